"""Several evaluations of the same data side by side: what they are called, and the rows on which they disagree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mlops.evaluation.gate import row_problem
from mlops.evaluation.reports.rows import Scale, finite, metric_scale
from mlops.evaluation.results import Evaluation, Metric, Row

TOLERANCE = 1e-9  # differences of scores below it come from the order of additions
UNSCORED = 2.0  # the spread of a row that only some evaluations have scored: above every difference of scores


@dataclass(frozen=True)
class ComparedRow:
    """A line of the data, and its result in each of the evaluations.

    Attributes:
        number: the line of the data file, counted from 1.
        inputs: the line's columns.
        rows: by evaluation; None where the evaluation lacks the line.
        spread: the widest distance of two scores, as a share of the metric's range; 2 where only some were scored.
        metric: the metric with that distance; None where all agree.
    """

    number: int
    inputs: dict[str, Any]
    rows: tuple[Row | None, ...]
    spread: float
    metric: str | None


def labels(evaluations: Sequence[Evaluation]) -> list[str]:
    """Return a name for each evaluation: its title, with environment and run where titles are the same."""
    titles = Counter(evaluation.title for evaluation in evaluations)
    named = [e.title if titles[e.title] == 1 else f"{e.title} ({e.environment}, {e.run})" for e in evaluations]
    repeated = Counter(named)
    return [name if repeated[name] == 1 else f"{name} #{place}" for place, name in enumerate(named, 1)]


def letter(place: int) -> str:
    """Return the short name of the evaluation at a place: A to Z, then AA, AB and so on, like a sheet's columns."""
    head, last = divmod(place, 26)
    return (letter(head - 1) if head else "") + chr(ord("A") + last)


def metric_names(evaluations: Sequence[Evaluation]) -> list[str]:
    """Return the metrics that any of the evaluations has, in their order."""
    return list(dict.fromkeys(metric.name for evaluation in evaluations for metric in evaluation.metrics))


def metric_of(evaluation: Evaluation, name: str) -> Metric | None:
    """Return an evaluation's metric of that name, if it has one."""
    return next((metric for metric in evaluation.metrics if metric.name == name), None)


def compare_rows(evaluations: Sequence[Evaluation]) -> list[ComparedRow]:
    """Return every line that any of the evaluations has, those first on which they disagree most."""
    by_number = [{row.number: row for row in evaluation.rows} for evaluation in evaluations]
    scales = {name: metric_scale(evaluations, name) for name in metric_names(evaluations)}
    compared = []
    for number in sorted(set().union(*by_number)):
        rows = tuple(found.get(number) for found in by_number)
        spread, metric = _widest(evaluations, rows, scales)
        inputs = next(row.inputs for row in rows if row is not None)
        compared.append(ComparedRow(number, inputs, rows, spread, metric))
    return sorted(compared, key=lambda row: -row.spread)


def disagreements(compared: Sequence[ComparedRow]) -> list[ComparedRow]:
    """Return the lines on which evaluations disagree: in a score, or in whether there is one at all."""
    return [row for row in compared if row.spread > TOLERANCE]


def _widest(
    evaluations: Sequence[Evaluation], rows: Sequence[Row | None], scales: dict[str, Scale]
) -> tuple[float, str | None]:
    distances: dict[str | None, float] = {None: 0.0}
    for name, scale in scales.items():
        scores = [row.scores.get(name) if row is not None else None for row in rows if row is None or row.applies(name)]
        places = [scale.position(score) for score in finite(scores)]
        if places:
            distances[name] = UNSCORED if len(places) < len(scores) else max(places) - min(places)
    widest = max(distances, key=lambda name: distances[name])
    scored = {
        row is not None and row_problem(row, [metric.name for metric in each.metrics]) is None
        for each, row in zip(evaluations, rows)
    }
    return (UNSCORED if len(scored) == 2 else distances[widest]), widest
