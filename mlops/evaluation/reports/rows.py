"""Which rows deserve a look: those that were not scored, and those with the worst scores."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mlops.evaluation.gate import row_problem
from mlops.evaluation.reports.wording import REASON
from mlops.evaluation.results import Evaluation, Metric, Row


@dataclass(frozen=True)
class Scale:
    """The range in which a metric's scores are shown.

    Attributes:
        low: the end on the left.
        high: the end on the right, above `low`.
    """

    low: float
    high: float

    def position(self, value: float) -> float:
        """Return where a value lies, from 0 at the left end to 1 at the right one; values outside lie on an end."""
        # Halves, since the whole width of the largest floats overflows.
        place = (value / 2 - self.low / 2) / (self.high / 2 - self.low / 2)
        return min(max(place, 0.0), 1.0)


RUBRIC = Scale(1.0, 5.0)  # of judges: the rubrics of azure-ai-evaluation give from 1 to 5 points


def scale_of(values: Iterable[float | None]) -> Scale:
    """Return the range that fits scores: 0 to 1, 5, 10 or 100 where they lie in one of these, else their own."""
    numbers = finite(values)
    low, high = min(numbers, default=0.0), max(numbers, default=1.0)
    for end in (1.0, 5.0, 10.0, 100.0):
        if low >= 0 and high <= end:
            return Scale(0.0, end)
    if max(abs(low), abs(high)) < 1e-300:  # too narrow to divide by
        return Scale(-1.0, 1.0)
    if low == high:
        return Scale(low - 1, high + 1) if abs(low) < 1e15 else Scale(min(low, 0.0), max(high, 0.0))
    return Scale(low, high)


def metric_scale(evaluations: Sequence[Evaluation], name: str) -> Scale:
    """Return the range that fits a metric's scores and thresholds in all of the evaluations.

    A judge's scores begin at 1, and so does their range. Ends of confidence intervals do not count: that of a share may
    lie beyond 1.
    """
    values: list[float | None] = []
    judged = False
    for evaluation in evaluations:
        judged = judged or any(_is_judged(row, name) for row in evaluation.rows)
        values += [row.scores.get(name) for row in evaluation.rows]
        for metric in evaluation.metrics:
            if metric.name == name:
                values += [metric.threshold.min, metric.threshold.max]
    lowest, highest = RUBRIC.low, RUBRIC.high
    return RUBRIC if judged and all(lowest <= value <= highest for value in finite(values)) else scale_of(values)


def _is_judged(row: Row, name: str) -> bool:
    """Whether a score is a judge's: called as the judge is, such as "fluency.fluency", and given with a reason."""
    evaluator, _, score = name.partition(".")
    return score == evaluator and f"{evaluator}.{REASON}" in row.notes


def finite(values: Iterable[float | None]) -> list[float]:
    """Return the values that are numbers: neither missing nor NaN nor infinite."""
    return [value for value in values if value is not None and math.isfinite(value)]


def percentile(values: Sequence[float], share: float) -> float | None:
    """Return the value below which a share of the values lie, between neighbours in proportion; None without values.

    This is the definition that numpy uses by default: number 7 of Hyndman and Fan, Sample Quantiles, 1996.
    """
    if not values:
        return None
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def latencies(evaluation: Evaluation) -> list[float]:
    """Return how many seconds the flow took, for each row of which that is known."""
    return finite(row.seconds for row in evaluation.rows)


def problems(evaluation: Evaluation) -> dict[int, str]:
    """Return why rows count as failed, by their numbers."""
    names = [metric.name for metric in evaluation.metrics]
    found = ((row.number, row_problem(row, names)) for row in evaluation.rows)
    return {number: reason for number, reason in found if reason is not None}


def less_is_better(metric: Metric) -> bool:
    """Return whether a metric's only limit is a maximum."""
    return metric.threshold.max is not None and metric.threshold.min is None


def shortfalls(evaluation: Evaluation) -> dict[int, float]:
    """Return how far each row is from the best: 0 at the best end of every metric's range, 1 at the worst of all.

    More is better, unless a metric's only limit is a maximum. A row that was not scored is beyond 1.
    """
    scales = [(metric, metric_scale([evaluation], metric.name)) for metric in evaluation.metrics]
    return {row.number: _shortfall(row, scales) for row in evaluation.rows}


def worst_first(evaluation: Evaluation) -> list[Row]:
    """Return the rows in the order in which they deserve a look; equal ones in the order of the data."""
    distance = shortfalls(evaluation)
    return sorted(evaluation.rows, key=lambda row: -distance[row.number])


def _shortfall(row: Row, scales: Sequence[tuple[Metric, Scale]]) -> float:
    if row_problem(row, [metric.name for metric, _ in scales]) is not None:
        return 2.0
    distances = []
    for metric, scale in scales:
        if not row.applies(metric.name):
            continue
        place = scale.position(row.scores[metric.name] or 0.0)
        distances.append(place if less_is_better(metric) else 1 - place)
    return sum(distances) / len(distances) if distances else 0.0
