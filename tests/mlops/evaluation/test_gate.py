import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops.evaluation.gate import decide, row_problem
from mlops.evaluation.repeats import by_line
from mlops.evaluation.results import Evaluation, Row, Threshold

METRIC = "match.f1"
scores = st.lists(st.floats(0, 1), min_size=1, max_size=30)


def rows(values, **columns):
    return [Row(i, {"text": f"text {i}", **columns}, {}, {METRIC: value}) for i, value in enumerate(values, 1)]


def evaluation(values, name="earlier", **columns):
    metrics, failures = decide(rows(values, **columns), [METRIC], {})
    return Evaluation("flow", "local", name, tuple(rows(values, **columns)), metrics, failures, "2026-01-01", 1.0)


def test_passes_when_every_row_is_scored_and_the_mean_reaches_its_minimum():
    metrics, failures = decide(rows([1.0, 0.8]), [METRIC], {METRIC: Threshold(min=0.9)})
    assert failures == ()
    assert metrics[0].mean == pytest.approx(0.9)


def test_a_mean_under_its_minimum_names_metric_score_and_threshold():
    _, failures = decide(rows([1.0, 0.5]), [METRIC], {METRIC: Threshold(min=0.8)})
    assert failures == ("match.f1 is 0.750, under its minimum of 0.8",)


def test_a_score_is_not_missing_where_its_evaluator_has_nothing_to_score():
    other = Row(2, {"text": "text 2"}, {}, {}, not_applicable={"match": "no truth is known"})
    metrics, failures = decide([*rows([0.9]), other], [METRIC], {METRIC: Threshold(min=0.9)})
    assert failures == ()
    assert (metrics[0].mean, metrics[0].scored) == (0.9, 1)


def test_another_evaluators_score_is_missing_all_the_same():
    other = Row(2, {"text": "text 2"}, {}, {}, not_applicable={"retrieval": "no page is known"})
    assert decide([*rows([0.9]), other], [METRIC], {})[1] == ("line 2: match.f1 is missing",)


def test_a_metric_that_applies_to_no_row_fails():
    other = Row(1, {"text": "text"}, {}, {}, not_applicable={"match": "no truth is known"})
    assert decide([other], [METRIC], {})[1] == ("match.f1 has no score in any row",)


def test_a_mean_over_its_maximum_fails():
    _, failures = decide(rows([1.0, 0.5]), [METRIC], {METRIC: Threshold(max=0.5)})
    assert failures == ("match.f1 is 0.750, over its maximum of 0.5",)


@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_one_row_without_a_proper_score_fails_whatever_the_mean(value):
    _, failures = decide(rows([1.0] * 99 + [value]), [METRIC], {METRIC: Threshold(min=0.1)})
    assert len(failures) == 1
    assert failures[0].startswith("line 100: ")
    assert METRIC in failures[0]


def test_one_row_with_an_error_fails_whatever_the_mean():
    failed = Row(3, {"text": "x"}, {}, {}, error="the model said no")
    _, failures = decide([*rows([1.0, 1.0]), failed], [METRIC], {METRIC: Threshold(min=0.1)})
    assert failures == ("line 3: the model said no",)


def test_no_rows_fail():
    _, failures = decide([], [METRIC], {})
    assert "there are no rows" in failures


def test_a_threshold_for_what_was_not_measured_fails():
    _, failures = decide(rows([1.0]), [METRIC], {"match.f2": Threshold(min=0.1)})
    assert failures == ("match.f2 has a threshold but was not measured",)


def test_a_metric_that_the_baseline_had_and_is_gone_fails():
    _, failures = decide(rows([1.0]), [], {}, evaluation([1.0]))
    assert "match.f1 was measured in the baseline but not now" in failures


def test_a_drop_by_more_than_allowed_fails_with_the_drop_and_its_p():
    _, failures = decide(rows([0.2] * 20), [METRIC], {METRIC: Threshold(max_drop=0.1)}, evaluation([0.9] * 20))
    assert len(failures) == 1
    assert "dropped by 0.700 from 0.900" in failures[0]
    assert "p = " in failures[0]


@given(scores)
def test_the_same_scores_twice_never_fail_and_have_p_1(values):
    metrics, failures = decide(rows(values), [METRIC], {METRIC: Threshold(max_drop=0.0)}, evaluation(values))
    assert failures == ()
    assert metrics[0].change.p == 1.0
    assert metrics[0].change.difference == 0


def test_an_allowed_drop_passes():
    _, failures = decide(rows([0.85] * 20), [METRIC], {METRIC: Threshold(max_drop=0.1)}, evaluation([0.9] * 20))
    assert failures == ()


def test_rows_are_paired_by_their_inputs_not_by_their_place():
    shuffled = list(reversed(rows([0.0, 0.5, 1.0])))
    metrics, _ = decide(shuffled, [METRIC], {}, evaluation([0.0, 0.5, 1.0]))
    assert metrics[0].change.p == 1.0


def test_a_baseline_on_other_data_cannot_vouch_for_a_metric_with_max_drop():
    _, failures = decide(rows([1.0]), [METRIC], {METRIC: Threshold(max_drop=0.1)}, evaluation([1.0], language="de"))
    assert failures == ("match.f1 cannot be compared with earlier: they have no row in common",)


@given(scores, st.floats(0, 1))
def test_passed_means_that_the_mean_is_not_under_the_minimum(values, minimum):
    metrics, failures = decide(rows(values), [METRIC], {METRIC: Threshold(min=minimum)})
    assert (failures == ()) == (metrics[0].mean >= minimum - 1e-9)


@given(scores)
def test_the_interval_holds_the_mean(values):
    (metric,), _ = decide(rows(values), [METRIC], {})
    assert min(values) - 1e-9 <= metric.low <= metric.mean + 1e-9
    assert metric.mean - 1e-9 <= metric.high <= max(values) + 1e-9


@given(st.dictionaries(st.sampled_from([METRIC, "other"]), st.one_of(st.none(), st.floats())))
def test_a_row_is_a_problem_exactly_when_a_score_is_missing_or_no_number(row_scores):
    problem = row_problem(Row(1, {}, {}, row_scores), [METRIC])
    score = row_scores.get(METRIC)
    assert (problem is None) == (score is not None and math.isfinite(score))


def test_rows_that_repeat_an_input_are_paired_by_their_occurrence():
    same = [Row(i, {"text": "the same"}, {}, {METRIC: value}) for i, value in enumerate([1.0, 1.0, 1.0, 0.0], 1)]
    metrics, failures = decide(same, [METRIC], {})
    earlier = Evaluation("flow", "local", "earlier", tuple(same), metrics, failures, "2026-01-01", 1.0)
    now = [replace(row, scores={METRIC: 0.0}) for row in same]
    [metric], failures = decide(now, [METRIC], {METRIC: Threshold(max_drop=0.05)}, earlier)
    assert (metric.change.baseline, metric.change.difference, metric.change.rows) == (0.75, -0.75, 4)
    assert failures[0].startswith("match.f1 dropped by 0.750 from 0.750 (p = ")


@given(st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 1)), min_size=1, max_size=12))
def test_every_row_is_paired_with_itself_however_often_its_input_repeats(values):
    same = [Row(i, {"text": text}, {}, {METRIC: value}) for i, (text, value) in enumerate(values, 1)]
    metrics, failures = decide(same, [METRIC], {})
    earlier = Evaluation("flow", "local", "earlier", tuple(same), metrics, failures, "2026-01-01", 1.0)
    [metric], _ = decide(same, [METRIC], {}, earlier)
    assert (metric.change.difference, metric.change.p, metric.change.rows) == (pytest.approx(0), 1.0, len(values))


def repeated(*lines):
    """Rows of lines with several answers each."""
    return by_line(
        [
            Row(number, {"text": f"text {number}"}, {}, {METRIC: score}, repeat=repeat)
            for number, scores in enumerate(lines, 1)
            for repeat, score in enumerate(scores, 1)
        ]
    )


def test_answers_to_a_line_count_as_one_row_with_mean_spread_and_flakiness():
    [metric], failures = decide(repeated([1, 0], [1, 1], [0, 0]), [METRIC], {METRIC: Threshold(min=0.5)})
    assert failures == ()
    assert (metric.mean, metric.scored, metric.pass_rate, metric.flaky) == (0.5, 3, 0.5, (1,))
    assert metric.spread == pytest.approx(0.5 / 3)


def test_too_few_answers_that_pass_fail_although_the_mean_does_not():
    limits = {METRIC: Threshold(min=0.6, pass_rate=0.9)}
    [metric], failures = decide(repeated([1, 1], [1, 0.5]), [METRIC], limits)
    assert failures == ("match.f1 passes in 75.0% of the answers, fewer than 90.0%",) == (metric.failure,)
    assert decide(repeated([1, 1], [1, 0.5]), [METRIC], {METRIC: Threshold(min=0.6, pass_rate=0.75)})[1] == ()
    assert decide(rows([1.0, 0.5]), [METRIC], {METRIC: Threshold(min=0.6, pass_rate=0.75)})[1] != ()


def test_an_answer_without_a_score_fails_its_line():
    assert decide(repeated([1, None], [1, 1]), [METRIC], {})[1] == ("line 1: match.f1 is missing",)
    assert decide(repeated([1, math.nan], [1, 1]), [METRIC], {})[1] == ("line 1: match.f1 is NaN",)


def test_repeats_make_no_more_rows_of_a_comparison():
    """A hundred answers to two lines say no more about other lines than two do: they are clusters."""
    before = repeated([0.0] * 100, [0.1] * 100)
    metrics, failures = decide(before, [METRIC], {})
    earlier = Evaluation("flow", "local", "earlier", tuple(before), metrics, failures, "2026-01-01", 1.0)
    [metric], _ = decide(repeated([1.0] * 100, [0.9] * 100), [METRIC], {}, earlier)
    assert metric.change.rows == 2 and metric.change.p > 0.2
    [once], _ = decide(rows([0.2, 0.9]), [METRIC], {})
    [often], _ = decide(repeated([0.2] * 50, [0.9] * 50), [METRIC], {})
    assert (often.low, often.high) == (once.low, once.high)


def test_answers_to_a_line_are_one_row_of_the_first_answer_with_all_errors():
    first = Row(1, {"text": "a"}, {"answer": "x"}, {METRIC: 1.0}, {"why": "n"}, None, 1.0, 10)
    second = replace(first, outputs={}, scores={}, error="it broke", seconds=3.0, tokens=None, repeat=2)
    [row] = by_line([second, first])
    assert row.outputs == {"answer": "x"} and row.error == "answer 2 of 2: it broke"
    assert (row.seconds, row.tokens, row.answers) == (2.0, 10, (first, second))
    assert by_line([first]) == [first]
