"""What the reports compute themselves: percentiles, ranges, histograms, wording, and the order of rows."""

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_samples import limits, numbers, realistic_evaluation, sample_row, small_evaluation

from mlops.evaluation.reports import wording
from mlops.evaluation.reports.charts import histogram, metric_bar, scale_from_zero
from mlops.evaluation.reports.comparison import compare_rows, disagreements, letter
from mlops.evaluation.reports.rows import Scale, metric_scale, percentile, scale_of, worst_first
from mlops.evaluation.reports.views import columns
from mlops.evaluation.results import Metric, Threshold

finite_numbers = st.floats(allow_nan=False, allow_infinity=False)


@given(values=st.lists(st.floats(0, 1e6), min_size=2, max_size=50))
def test_percentiles_are_those_of_the_standard_library(values):
    expected = statistics.quantiles(values, n=100, method="inclusive")
    assert percentile(values, 0.5) == pytest.approx(expected[49])
    assert percentile(values, 0.95) == pytest.approx(expected[94])


def test_a_percentile_of_nothing_is_nothing():
    assert percentile([], 0.5) is None
    assert percentile([3.0], 0.95) == 3.0


@given(values=st.lists(numbers, max_size=10))
def test_every_score_has_a_place_in_its_range(values):
    scale = scale_of(values)
    assert scale.low < scale.high
    for value in values:
        if math.isfinite(value):
            assert 0 <= scale.position(value) <= 1


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        ([0.2, 0.9], Scale(0, 1)),
        ([1.0, 5.0], Scale(0, 5)),
        ([0, 80], Scale(0, 100)),
        ([-1.0, 1.0], Scale(-1, 1)),
        ([], Scale(0, 1)),
        ([math.nan, None], Scale(0, 1)),
        ([-2.0], Scale(-3, -1)),
        ([200.0, 500.0], Scale(200, 500)),
    ],
)
def test_ranges_are_the_usual_ones_where_scores_fit(values, scale):
    assert scale_of(values) == scale


@pytest.mark.parametrize(("highest", "end"), [(0.0042, 0.005), (0.95, 1), (1.0, 1), (1.2, 1.5), (7, 8), (101, 150)])
def test_times_are_shown_up_to_a_round_number(highest, end):
    assert scale_from_zero([highest, 0.001]) == Scale(0, pytest.approx(end))


@given(values=st.lists(numbers, max_size=30))
def test_a_histogram_counts_every_number_once(values):
    drawn = histogram(values, scale_of(values))
    counted = sum(int(bin.caption.rpartition(": ")[2].split()[0].replace(",", "")) for bin in drawn.bins)
    assert counted == sum(math.isfinite(value) for value in values)
    assert all(0 <= bin.height <= 100 for bin in drawn.bins)


def test_grades_get_a_column_each():
    drawn = histogram([1.0, 5.0, 5.0], Scale(0, 5))
    assert [bin.caption for bin in drawn.bins if bin.height] == ["1: 1 row", "5: 2 rows"]


def judged(*scores, name="fluency.fluency", reason="fluency.reason", least=None):
    rows = [sample_row(n, scores={name: score}, notes={reason: "So."}) for n, score in enumerate(scores, 1)]
    return small_evaluation(*rows, metrics=(Metric(name, 3.0, 3.0, 3.0, len(rows), Threshold(min=least)),))


@pytest.mark.parametrize(
    ("evaluation", "scale"),
    [
        (judged(1.0, 4.0), Scale(1, 5)),
        (judged(5.0), Scale(1, 5)),
        (judged(2.0, math.nan), Scale(1, 5)),
        (judged(4.0, least=4), Scale(1, 5)),
        (judged(0.5), Scale(0, 1)),
        (judged(1.0, 7.0), Scale(0, 10)),
        (judged(1.0, 4.0, reason="other.reason"), Scale(0, 5)),
        (judged(1.0, 2.0, name="entities.number"), Scale(0, 5)),
    ],
)
def test_the_range_of_a_judge_begins_at_one_point(evaluation, scale):
    assert metric_scale([evaluation], evaluation.metrics[0].name) == scale


def test_points_of_a_judge_get_a_column_each():
    drawn = histogram([1.0, 5.0, 5.0], Scale(1, 5))
    assert len(drawn.bins) == 5 and drawn.ends == ("1", "5")


def test_a_score_on_an_edge_belongs_to_the_column_on_its_right():
    assert histogram([0.3, 1.0], Scale(0, 1)).summary == "0.3 to 0.35: 1 row; 0.95 to 1: 1 row"


@given(numbers, numbers, numbers, limits, limits)
def test_a_bar_never_leaves_its_range(mean, low, high, least, most):
    bar = metric_bar(Metric("m", mean, low, high, 1, Threshold(least, most)), scale_of([least, most]))
    assert all(0 <= place <= 100 for place in (bar.mean or 0, *(bar.interval or ()), *bar.ticks))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "missing"),
        (math.nan, "NaN"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (0.5, "0.500"),
        (-0.25, "−0.250"),
        (123456.0, "1.235e+05"),
    ],
)
def test_scores_in_words(value, text):
    assert wording.score(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0.0042, "4 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1.00 s"),
        (59.99, "59.99 s"),
        (59.996, "1 min 00 s"),
        (185.2, "3 min 05 s"),
    ],
)
def test_seconds_in_words(value, text):
    assert wording.seconds(value) == text


def test_long_texts_are_cut_in_one_line():
    assert wording.clip("one\n two  three", 9) == "one two…"
    assert wording.clip("x" * 1_000_000, 5) == "xxxx…"
    assert wording.gist({"kind": "date", "text": "a long text", "number": 5}) == "a long text"
    assert wording.gist({"question": "Why?", "context": "a longer text"}) == "Why?"
    assert wording.gist({"number": [5]}) == '{"number": [5]}'


def test_the_worst_rows_come_first_and_less_is_better_below_a_maximum():
    rows = [sample_row(1, 0.2), sample_row(2, 0.9), sample_row(3, math.nan), sample_row(4, 0.5, error="broken")]
    more = small_evaluation(*rows)
    less = small_evaluation(*rows, metrics=(Metric("match.f1", 0.5, 0.4, 0.6, 4, Threshold(max=0.7)),))
    assert [row.number for row in worst_first(more)] == [3, 4, 1, 2]
    assert [row.number for row in worst_first(less)] == [3, 4, 2, 1]


def test_rows_that_only_some_have_or_scored_are_disagreements():
    one = small_evaluation(sample_row(1), sample_row(2), sample_row(3, error="x"), sample_row(4, 0.1 + 0.2))
    other = small_evaluation(sample_row(1), sample_row(3), sample_row(4, 0.3))
    assert [row.number for row in disagreements(compare_rows([one, other]))] == [2, 3]


def test_two_evaluations_that_both_failed_on_a_row_agree():
    broken = small_evaluation(sample_row(1, None, error="down"))
    assert disagreements(compare_rows([broken, broken])) == []


def test_letters_go_on_after_z():
    assert [letter(place) for place in (0, 25, 26, 51, 52, 701, 702)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]


def test_columns_stand_side_by_side_in_a_comparison():
    both = columns([small_evaluation(), small_evaluation()])
    assert [(column.group, column.label) for column in both] == [("match.f1", "A"), ("match.f1", "B")]
    assert [column.group for column in columns([realistic_evaluation()])][-2:] == ["seconds", "tokens"]
