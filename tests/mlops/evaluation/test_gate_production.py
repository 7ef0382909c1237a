"""Recorded requests are compared with a baseline by means, since they are never the same."""

import pytest

from mlops.evaluation.gate import decide
from mlops.evaluation.results import Evaluation, Row, Threshold
from mlops.evaluation.significance import unpaired_p

METRIC = "groundedness.groundedness"


def rows(values, text):
    return [Row(n, {"text": f"{text} {n}"}, {}, {METRIC: value}) for n, value in enumerate(values, 1)]


def baseline(values):
    metrics, failures = decide(rows(values, "then"), [METRIC], {})
    return Evaluation("f", "local", "earlier", tuple(rows(values, "then")), metrics, failures, "2026-01-01", 1.0)


def judged(values, before):
    return decide(rows(values, "now"), [METRIC], {METRIC: Threshold(max_drop=0.5)}, baseline(before), paired=False)


def test_a_mean_that_fell_fails_though_no_row_is_the_same():
    metrics, failures = judged([3.0, 3.0, 4.0, 3.0], [5.0, 5.0, 4.0, 5.0, 5.0])
    assert metrics[0].change.difference == pytest.approx(3.25 - 4.8) and metrics[0].change.rows == 4
    assert failures == (f"{METRIC} dropped by 1.550 from 4.800 (p = {metrics[0].change.p:.3g}, 4 rows), more than 0.5",)


def test_a_mean_that_stayed_passes():
    assert judged([5.0, 4.0, 5.0], [5.0, 5.0, 4.0, 4.0])[1] == ()


def test_p_is_small_for_what_is_no_chance_and_1_where_nothing_differs():
    assert unpaired_p([5.0] * 20, [3.0] * 20) < 0.001
    assert unpaired_p([4.0] * 5, [4.0] * 9) == 1.0
    assert unpaired_p([1.0, 2.0, 3.0, 4.0], [2.0, 3.0, 4.0, 1.0]) > 0.9
