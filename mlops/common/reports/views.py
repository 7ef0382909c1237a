"""What the page shows of rows: the cells of the table, and what a row unfolds to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mlops.common.evaluations import Evaluation, Metric, Row
from mlops.common.gate import row_problem
from mlops.common.reports import wording
from mlops.common.reports.comparison import TOLERANCE, compare_rows, labels, letter, metric_names, metric_of
from mlops.common.reports.rows import Scale, finite, less_is_better, metric_scale, problems, worst_first

LONGEST_TEXT = 4000  # characters of a value; all of it is in results.jsonl


@dataclass(frozen=True)
class Column:
    """A column with numbers: a metric, seconds or tokens, of one evaluation.

    Attributes:
        group: what it shows.
        label: the evaluation's letter where there are several, else empty.
        metric: whether its rows can be filtered by score.
    """

    group: str
    label: str
    metric: bool


@dataclass(frozen=True)
class Cell:
    """A number in the table.

    Attributes:
        text: as it is shown.
        value: what it is sorted by; empty where there is none.
        look: "unscored", "poor", "good" or empty.
    """

    text: str
    value: float | str
    look: str = ""


@dataclass(frozen=True)
class Part:
    """What one evaluation has to say about a row.

    Attributes:
        heading: the evaluation's letter and name where there are several, else "Output".
        facts: how long the row took and how many tokens.
        reason: why the row failed there.
        values: outputs and notes by name.
    """

    heading: str
    facts: str
    reason: str | None
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class TableRow:
    """A line of the data as the table shows it.

    Attributes:
        number: the line of the data file.
        gist: what tells it from the others.
        reason: why it failed, in one line.
        odd: whether the evaluations disagree on it.
        cells: one for each column.
        inputs: columns of the data.
        parts: one for each evaluation that has the row.
    """

    number: int
    gist: str
    reason: str | None
    odd: bool
    cells: tuple[Cell, ...]
    inputs: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]


def columns(evaluations: Sequence[Evaluation]) -> list[Column]:
    """Return the columns with numbers: one per metric and evaluation; of a single one also its seconds and tokens."""
    names = metric_names(evaluations)
    if len(evaluations) == 1:
        return [*(Column(name, "", True) for name in names), Column("seconds", "", False), Column("tokens", "", False)]
    return [Column(name, letter(place), True) for name in names for place in range(len(evaluations))]


def evaluation_rows(evaluation: Evaluation) -> list[TableRow]:
    """Return an evaluation's rows, worst first."""
    metrics = [(metric, metric_scale([evaluation], metric.name)) for metric in evaluation.metrics]
    reasons = problems(evaluation)
    return [
        TableRow(
            number=row.number,
            gist=wording.gist(row.inputs),
            reason=reasons.get(row.number) and wording.clip(reasons[row.number], 300),
            odd=False,
            cells=(*(_score(row, metric, scale) for metric, scale in metrics), _seconds(row), _tokens(row)),
            inputs=_values(row.inputs),
            parts=(_part("Output", row, evaluation.metrics),),
        )
        for row in worst_first(evaluation)
    ]


def compared_rows(evaluations: Sequence[Evaluation]) -> list[TableRow]:
    """Return the rows of several evaluations, those first on which they disagree most."""
    names = [f"{letter(place)} {label}" for place, label in enumerate(labels(evaluations))]
    scales = {name: metric_scale(evaluations, name) for name in metric_names(evaluations)}
    table = []
    for compared in compare_rows(evaluations):
        both = list(zip(evaluations, compared.rows))
        parts = [_part(name, row, e.metrics) for name, (e, row) in zip(names, both) if row is not None]
        scores = [_score(row, metric_of(e, name), scale) for name, scale in scales.items() for e, row in both]
        failed = [f"{part.heading}: {part.reason}" for part in parts if part.reason is not None]
        table.append(
            TableRow(
                number=compared.number,
                gist=wording.gist(compared.inputs),
                reason=wording.clip("; ".join(failed), 300) or None,
                odd=compared.spread > TOLERANCE,
                cells=tuple(scores),
                inputs=_values(compared.inputs),
                parts=tuple(parts),
            )
        )
    return table


def _score(row: Row | None, metric: Metric | None, scale: Scale) -> Cell:
    if row is None or metric is None or not row.applies(metric.name):
        return Cell("–", "")
    value = row.scores.get(metric.name)
    if not finite([value]):
        return Cell(wording.score(value), "", "unscored")
    place = scale.position(value or 0.0)
    good = 1 - place if less_is_better(metric) else place
    return Cell(wording.score(value, 2), value or 0.0, "poor" if good < 0.5 else "good" if good >= 1 else "")


def _seconds(row: Row | None) -> Cell:
    [seconds] = finite([row.seconds if row else None]) or [None]
    return Cell("–", "") if seconds is None else Cell(f"{seconds:,.3f}", seconds)


def _tokens(row: Row | None) -> Cell:
    return Cell("–", "") if row is None or row.tokens is None else Cell(f"{row.tokens:,}", row.tokens)


def _part(heading: str, row: Row, metrics: Sequence[Metric]) -> Part:
    facts = [wording.seconds(row.seconds)] if row.seconds is not None else []
    facts += [wording.count(row.tokens, "token")] if row.tokens is not None else []
    reason = row_problem(row, [metric.name for metric in metrics])
    values = (*_values(row.outputs), *_values(row.notes), *_values(row.not_applicable))
    return Part(heading, ", ".join(facts), reason, values)


def _values(data: dict) -> tuple[tuple[str, str], ...]:
    return tuple((str(name), _shortened(wording.value(value))) for name, value in data.items())


def _shortened(text: str) -> str:
    if len(text) <= LONGEST_TEXT:
        return text
    return f"{text[:LONGEST_TEXT]}… ({len(text) - LONGEST_TEXT:,} more characters are in results.jsonl)"
