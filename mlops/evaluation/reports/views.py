"""What the page shows of rows: the cells of the table, and beneath them what was asked, answered and expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from mlops.evaluation.gate import row_problem
from mlops.evaluation.repeats import spread
from mlops.evaluation.reports import wording
from mlops.evaluation.reports.comparison import TOLERANCE, compare_rows, labels, letter, metric_names, metric_of
from mlops.evaluation.reports.rows import Scale, finite, less_is_better, metric_scale, problems, worst_first
from mlops.evaluation.reports.values import Value, answer_first, expected, said, values
from mlops.evaluation.results import Evaluation, Metric, Row

LONGEST_REASON = 600  # characters of why a row failed


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
        heading: the evaluation's letter and name where there are several, else "Answer".
        facts: how long the row took and how many tokens, where there are several.
        reason: why the row failed there, where there are several.
        answer: the outputs that are the answer.
        reasons: why it was scored as it was, by evaluator and score.
        rest: other outputs, other notes, and what does not apply.
    """

    heading: str
    facts: str
    reason: str | None
    answer: tuple[Value, ...]
    reasons: tuple[Value, ...]
    rest: tuple[Value, ...]


@dataclass(frozen=True)
class TableRow:
    """A line of the data as the table shows it.

    Attributes:
        number: the line of the data file.
        reason: why it failed, of a single evaluation.
        failed: whether it failed in any of the evaluations.
        odd: whether the evaluations disagree on it.
        cells: one for each column.
        inputs: columns of the data that the answer rests on.
        expected: columns that say what the answer should have been.
        parts: one for each evaluation that has the row.
    """

    number: int
    reason: str | None
    failed: bool
    odd: bool
    cells: tuple[Cell, ...]
    inputs: tuple[Value, ...]
    expected: tuple[Value, ...]
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
            reason=reasons.get(row.number) and wording.clip(reasons[row.number], LONGEST_REASON),
            failed=row.number in reasons,
            odd=False,
            cells=(*(_score(row, metric, scale) for metric, scale in metrics), _seconds(row), _tokens(row)),
            inputs=_inputs(row.inputs),
            expected=_expected(row.inputs),
            parts=(replace(_part("Answer", row), facts=_degraded(row)),),
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
        parts = [_compared_part(name, row, e.metrics) for name, (e, row) in zip(names, both) if row is not None]
        scores = [_score(row, metric_of(e, name), scale) for name, scale in scales.items() for e, row in both]
        table.append(
            TableRow(
                number=compared.number,
                reason=None,
                failed=any(part.reason is not None for part in parts),
                odd=compared.spread > TOLERANCE,
                cells=tuple(scores),
                inputs=_inputs(compared.inputs),
                expected=_expected(compared.inputs),
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
    apart = spread(row, metric.name)
    text = wording.score(value, 2) + (f" ±{wording.score(apart, 2)}" if apart else "")
    return Cell(text, value or 0.0, "poor" if good < 0.5 else "good" if good >= 1 else "")


def _seconds(row: Row | None) -> Cell:
    found = finite([row.seconds if row else None])
    return Cell(f"{found[0]:,.3f}", found[0]) if found else Cell("–", "")


def _tokens(row: Row | None) -> Cell:
    return Cell("–", "") if row is None or row.tokens is None else Cell(f"{row.tokens:,}", row.tokens)


def _part(heading: str, row: Row) -> Part:
    answer, others = answer_first(row.outputs)
    reasons = wording.reasons(row)
    if row.answers:
        answer = {f"{each.repeat} of {len(row.answers)}": said(each) for each in row.answers}
        reasons = {
            f"{name} ({each.repeat})": text for each in row.answers for name, text in wording.reasons(each).items()
        }
    kinds = (wording.REASON, wording.REPLY)
    notes = {name: text for name, text in row.notes.items() if name.rpartition(".")[2] not in kinds}
    rest = (*values(others), *values(notes), *values(row.not_applicable))
    return Part(heading, "", None, values(answer), values(reasons), rest)


def _compared_part(heading: str, row: Row, metrics: Sequence[Metric]) -> Part:
    facts = [wording.seconds(row.seconds)] if row.seconds is not None else []
    facts += [wording.count(row.tokens, "token")] if row.tokens is not None else []
    facts += [_degraded(row)] if row.degraded else []
    reason = row_problem(row, [metric.name for metric in metrics])
    return replace(_part(heading, row), facts=", ".join(facts), reason=reason and wording.clip(reason, LONGEST_REASON))


def _degraded(row: Row) -> str:
    return f"degraded: {wording.clip(row.degraded.reason, 300)}" if row.degraded else ""


def _inputs(columns: dict[str, Any]) -> tuple[Value, ...]:
    return values({name: value for name, value in columns.items() if not expected(name)})


def _expected(columns: dict[str, Any]) -> tuple[Value, ...]:
    return values({name: value for name, value in columns.items() if expected(name)})
