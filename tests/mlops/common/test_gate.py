import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops.common.evaluations import Evaluation, Row, Threshold
from mlops.common.gate import judge, row_problem

METRIC = "match.f1"
scores = st.lists(st.floats(0, 1), min_size=1, max_size=30)


def rows(values, **columns):
    return [Row(i, {"text": f"text {i}", **columns}, {}, {METRIC: value}) for i, value in enumerate(values, 1)]


def evaluation(values, name="earlier", **columns):
    metrics, failures = judge(rows(values, **columns), [METRIC], {})
    return Evaluation("flow", "local", name, tuple(rows(values, **columns)), metrics, failures, "2026-01-01", 1.0)


def test_passes_when_every_row_is_scored_and_the_mean_reaches_its_minimum():
    metrics, failures = judge(rows([1.0, 0.8]), [METRIC], {METRIC: Threshold(min=0.9)})
    assert failures == ()
    assert metrics[0].mean == pytest.approx(0.9)


def test_a_mean_under_its_minimum_names_metric_score_and_threshold():
    _, failures = judge(rows([1.0, 0.5]), [METRIC], {METRIC: Threshold(min=0.8)})
    assert failures == ("match.f1 is 0.750, under its minimum of 0.8",)


def test_a_score_is_not_missing_where_its_evaluator_has_nothing_to_score():
    other = Row(2, {"text": "text 2"}, {}, {}, not_applicable={"match": "no truth is known"})
    metrics, failures = judge([*rows([0.9]), other], [METRIC], {METRIC: Threshold(min=0.9)})
    assert failures == ()
    assert (metrics[0].mean, metrics[0].scored) == (0.9, 1)


def test_another_evaluators_score_is_missing_all_the_same():
    other = Row(2, {"text": "text 2"}, {}, {}, not_applicable={"retrieval": "no page is known"})
    assert judge([*rows([0.9]), other], [METRIC], {})[1] == ("line 2: match.f1 is missing",)


def test_a_metric_that_applies_to_no_row_fails():
    other = Row(1, {"text": "text"}, {}, {}, not_applicable={"match": "no truth is known"})
    assert judge([other], [METRIC], {})[1] == ("match.f1 has no score in any row",)


def test_a_mean_over_its_maximum_fails():
    _, failures = judge(rows([1.0, 0.5]), [METRIC], {METRIC: Threshold(max=0.5)})
    assert failures == ("match.f1 is 0.750, over its maximum of 0.5",)


@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_one_row_without_a_proper_score_fails_whatever_the_mean(value):
    _, failures = judge(rows([1.0] * 99 + [value]), [METRIC], {METRIC: Threshold(min=0.1)})
    assert len(failures) == 1
    assert failures[0].startswith("line 100: ")
    assert METRIC in failures[0]


def test_one_row_with_an_error_fails_whatever_the_mean():
    failed = Row(3, {"text": "x"}, {}, {}, error="the model said no")
    _, failures = judge([*rows([1.0, 1.0]), failed], [METRIC], {METRIC: Threshold(min=0.1)})
    assert failures == ("line 3: the model said no",)


def test_no_rows_fail():
    _, failures = judge([], [METRIC], {})
    assert "there are no rows" in failures


def test_a_threshold_for_what_was_not_measured_fails():
    _, failures = judge(rows([1.0]), [METRIC], {"match.f2": Threshold(min=0.1)})
    assert failures == ("match.f2 has a threshold but was not measured",)


def test_a_metric_that_the_baseline_had_and_is_gone_fails():
    _, failures = judge(rows([1.0]), [], {}, evaluation([1.0]))
    assert "match.f1 was measured in the baseline but not now" in failures


def test_a_drop_by_more_than_allowed_fails_with_the_drop_and_its_p():
    _, failures = judge(rows([0.2] * 20), [METRIC], {METRIC: Threshold(max_drop=0.1)}, evaluation([0.9] * 20))
    assert len(failures) == 1
    assert "dropped by 0.700 from 0.900" in failures[0]
    assert "p = " in failures[0]


@given(scores)
def test_the_same_scores_twice_never_fail_and_have_p_1(values):
    metrics, failures = judge(rows(values), [METRIC], {METRIC: Threshold(max_drop=0.0)}, evaluation(values))
    assert failures == ()
    assert metrics[0].change.p == 1.0
    assert metrics[0].change.difference == 0


def test_an_allowed_drop_passes():
    _, failures = judge(rows([0.85] * 20), [METRIC], {METRIC: Threshold(max_drop=0.1)}, evaluation([0.9] * 20))
    assert failures == ()


def test_rows_are_paired_by_their_inputs_not_by_their_place():
    shuffled = list(reversed(rows([0.0, 0.5, 1.0])))
    metrics, _ = judge(shuffled, [METRIC], {}, evaluation([0.0, 0.5, 1.0]))
    assert metrics[0].change.p == 1.0


def test_a_baseline_on_other_data_cannot_vouch_for_a_metric_with_max_drop():
    _, failures = judge(rows([1.0]), [METRIC], {METRIC: Threshold(max_drop=0.1)}, evaluation([1.0], language="de"))
    assert failures == ("match.f1 cannot be compared with earlier: they have no row in common",)


@given(scores, st.floats(0, 1))
def test_passed_means_that_the_mean_is_not_under_the_minimum(values, minimum):
    metrics, failures = judge(rows(values), [METRIC], {METRIC: Threshold(min=minimum)})
    assert (failures == ()) == (metrics[0].mean >= minimum - 1e-9)


@given(scores)
def test_the_interval_holds_the_mean(values):
    (metric,), _ = judge(rows(values), [METRIC], {})
    assert min(values) - 1e-9 <= metric.low <= metric.mean + 1e-9
    assert metric.mean - 1e-9 <= metric.high <= max(values) + 1e-9


@given(st.dictionaries(st.sampled_from([METRIC, "other"]), st.one_of(st.none(), st.floats())))
def test_a_row_is_a_problem_exactly_when_a_score_is_missing_or_no_number(row_scores):
    problem = row_problem(Row(1, {}, {}, row_scores), [METRIC])
    score = row_scores.get(METRIC)
    assert (problem is None) == (score is not None and math.isfinite(score))
