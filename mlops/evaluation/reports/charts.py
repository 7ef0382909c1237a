"""The geometry of the report's charts, in percent of their width and height; the templates draw them as SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mlops.evaluation.reports.rows import Scale, finite
from mlops.evaluation.reports.wording import count, score
from mlops.evaluation.results import Metric

BINS = 20
ROUND = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


@dataclass(frozen=True)
class Bar:
    """A mean with its confidence interval on the metric's range.

    Attributes:
        mean: the length of the bar; None where there is no mean.
        interval: the ends of the interval; None where there is none.
        ticks: where the thresholds are.
        ends: the captions of the range's ends.
    """

    mean: float | None
    interval: tuple[float, float] | None
    ticks: tuple[float, ...]
    ends: tuple[str, str]


@dataclass(frozen=True)
class Bin:
    """One column of a histogram.

    Attributes:
        left: where it begins.
        width: how wide it is, with the gap to the next.
        height: how high it is; the highest is 100.
        caption: its range and how many rows it holds.
    """

    left: float
    width: float
    height: float
    caption: str


@dataclass(frozen=True)
class Histogram:
    """How values are distributed.

    Attributes:
        bins: the columns, from left to right, those without a row as well.
        ends: the captions of the range's ends.
        marks: positions worth a line, with what they are, such as (81.2, "mean 0.812").
        summary: the columns that hold rows, in words.
    """

    bins: tuple[Bin, ...]
    ends: tuple[str, str]
    marks: tuple[tuple[float, str], ...]
    summary: str


def scale_from_zero(values: Sequence[float]) -> Scale:
    """Return a range from 0 to the next round number above positive values, such as times."""
    highest = max(values, default=0.0)
    if highest < 1e-9:
        return Scale(0.0, 1.0)
    unit = 10.0 ** math.floor(math.log10(highest))
    return Scale(0.0, next(step * unit for step in ROUND if step * unit >= highest or step == ROUND[-1]))


def metric_bar(metric: Metric, scale: Scale) -> Bar:
    """Return the bar of a metric."""
    limits = finite((metric.threshold.min, metric.threshold.max))
    interval = finite((metric.low, metric.high))
    return Bar(
        mean=next((_percent(scale, mean) for mean in finite([metric.mean])), None),
        interval=(_percent(scale, interval[0]), _percent(scale, interval[1])) if len(interval) == 2 else None,
        ticks=tuple(_percent(scale, limit) for limit in limits),
        ends=(_end(scale.low), _end(scale.high)),
    )


def histogram(
    values: Sequence[float | None], scale: Scale, marks: Sequence[tuple[str, float | None]] = (), unit: str = ""
) -> Histogram:
    """Count how many values lie in each of 20 equal parts of a range; scores such as 1 to 5 get a part each.

    Args:
        values: those that are missing, NaN or infinite are left out.
        scale: the range; nothing lies outside.
        marks: what to point out, and where.
        unit: what follows each number, such as " s".
    """
    numbers = finite(values)
    if scale.high - scale.low in (4.0, 5.0, 10.0) and all(number.is_integer() for number in numbers):
        scale, parts = Scale(scale.low - 0.5, scale.high + 0.5), round(scale.high - scale.low) + 1
        names = [f"{scale.low + 0.5 + part:g}{unit}" for part in range(parts)]
        ends = (names[0], names[-1])
    else:
        parts = BINS
        edges = [scale.low + (scale.high / parts - scale.low / parts) * part for part in range(parts + 1)]
        names = [f"{_end(low)} to {_end(high)}{unit}" for low, high in zip(edges, edges[1:])]
        ends = (_end(scale.low) + unit, _end(scale.high) + unit)
    held = [0] * parts
    for number in numbers:
        # Rounded, since 0.3 * 20 is a little less than 6.
        held[min(int(round(scale.position(number) * parts, 9)), parts - 1)] += 1
    captions = [f"{name}: {count(rows, 'row')}" for name, rows in zip(names, held)]
    width, most = 100 / parts, max(max(held), 1)
    return Histogram(
        bins=tuple(
            Bin(round(width * part, 3), round(width, 3), round(100 * rows / most, 2), captions[part])
            for part, rows in enumerate(held)
        ),
        ends=ends,
        marks=tuple((_percent(scale, place), name) for name, place in marks for place in finite([place])),
        summary="; ".join(caption for caption, rows in zip(captions, held) if rows) or "no rows",
    )


def _percent(scale: Scale, value: float) -> float:
    return round(100 * scale.position(value), 2)


def _end(value: float) -> str:
    return score(value) if abs(value) >= 1e6 else f"{value:.4g}".replace("-", "−")
