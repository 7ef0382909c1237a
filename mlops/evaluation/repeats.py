"""Lines that are asked repeatedly: one answer of a model is no measurement. A row holds all answers to its line.

Its scores are the means over its answers, so that everything that is computed over rows takes the answers to a line
as one cluster: intervals, and the significance of a change.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import replace

from mlops.evaluation.results import Row, Threshold

TOLERANCE = 1e-9  # of comparisons: a mean of 0.85 from floats is not under a threshold of 0.85


def by_line(answers: Sequence[Row]) -> list[Row]:
    """Return one row for each line, in the order of the lines, from a row for each answer."""
    lines: dict[int, list[Row]] = {}
    for answer in answers:
        lines.setdefault(answer.number, []).append(answer)
    return [_as_one(sorted(lines[number], key=lambda row: row.repeat)) for number in sorted(lines)]


def _as_one(answers: Sequence[Row]) -> Row:
    first, count = answers[0], len(answers)
    if count == 1:
        return first
    names = dict.fromkeys(name for row in answers for name in row.scores)
    errors = [f"answer {row.repeat} of {count}: {row.error}" for row in answers if row.error]
    seconds = [row.seconds for row in answers if row.seconds is not None]
    tokens = [row.tokens for row in answers if row.tokens is not None]
    return replace(
        first,
        scores={name: _mean([row.scores.get(name) for row in answers if row.applies(name)]) for name in names},
        error="; ".join(errors) or None,
        seconds=statistics.fmean(seconds) if seconds else None,
        tokens=sum(tokens) if tokens else None,
        not_applicable={
            name: why
            for name, why in first.not_applicable.items()
            if all(name in row.not_applicable for row in answers)
        },
        answers=tuple(answers),
    )


def _mean(scores: Sequence[float | None]) -> float | None:
    """Return the mean, or None where an answer has no score, so that the gate names the row."""
    given = [score for score in scores if score is not None]
    return statistics.fmean(given) if given and len(given) == len(scores) else None


def spread(row: Row, metric: str) -> float | None:
    """Return the standard deviation of a metric over the answers to a line; None where there are no two scores."""
    scores = [score for score in _scores(row, metric) if math.isfinite(score)]
    return statistics.pstdev(scores) if len(scores) > 1 else None


def passes(threshold: Threshold) -> Callable[[float], bool]:
    """Return a predicate: is a single score within the minimum and the maximum of a threshold?"""
    low = -math.inf if threshold.min is None else threshold.min - TOLERANCE
    high = math.inf if threshold.max is None else threshold.max + TOLERANCE
    return lambda score: low <= score <= high  # NaN is not


def pass_rate(rows: Sequence[Row], metric: str, threshold: Threshold) -> float | None:
    """Return the share of all answers whose score is within a threshold; None where it has neither end."""
    if threshold.min is None and threshold.max is None:
        return None
    within = [passes(threshold)(score) for row in rows for score in _scores(row, metric)]
    return sum(within) / len(within) if within else None


def flaky(rows: Sequence[Row], metric: str, threshold: Threshold) -> tuple[int, ...]:
    """Return the numbers of the lines of which some answers are within a threshold and others are not."""
    within = {row.number: set(map(passes(threshold), _scores(row, metric))) for row in rows}
    return tuple(number for number, found in within.items() if len(found) > 1)


def _scores(row: Row, metric: str) -> list[float]:
    answers = [answer for answer in row.answers or (row,) if answer.applies(metric)]
    return [score for answer in answers if (score := answer.scores.get(metric)) is not None]
