"""Columns of running text that were drawn line by line across the page: each is read to its end before the next.

A table looks much the same. What tells them apart is what tells a reader: in a column the lines are about as long as
the column is wide and most begin in the middle of a sentence; in a table each row begins anew, in all its columns.
"""

import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .lines import Line
from .runs import UPRIGHT

LEAST_LINES = 3  # of a column
LEAST_LENGTH = 18  # characters of its lines on average
IN_SENTENCE = 0.4  # share of the lines that begin with a small letter; in English, four of five do
FILLED = 0.6  # of the column's width, by half of its lines
ROW_GAP = 1.25  # times the usual distance of lines: where both columns have it, a new row of a table begins
FULL = 0.75  # of the column's width: a line that long goes on in the next
ENDS = (".", "!", "?", ":", ";", "…")
MOST_COLUMNS = 6  # side by side
MOST_FEET = 5  # lines below a column that are no part of it
MOST_GUTTERS = 4  # that are tried
TOLERANCE = 3.0  # points


class _Part(NamedTuple):
    """A cell of a line with its line, on one side of a gutter."""

    line: Line
    is_right: bool


def in_columns(lines: Sequence[Line], most: int = MOST_COLUMNS) -> list[Line]:
    """Return the lines of a page with those of columns one column after the other; all else stays as it is."""
    for gutter in _gutters(lines) if most > 1 else ():
        ordered: list[Line] = []
        block: list[Line] = []
        changed = False
        for line in [*lines, None]:
            if line is not None and _stays_clear(line, gutter):
                block.append(line)
                continue
            sorted_block = _sorted(block, gutter, most) if len(block) >= LEAST_LINES else None
            changed = changed or sorted_block is not None
            ordered += block if sorted_block is None else sorted_block
            ordered += [line] if line is not None else []
            block = []
        if changed:
            return ordered
    return list(lines)


def _gutters(lines: Sequence[Line]) -> Iterator[float]:
    """Yield where columns may begin, the most likely first: where cells begin that have another one beside them."""
    starts: Counter[int] = Counter()
    letters: Counter[int] = Counter()
    before: Line | None = None
    for line in lines:
        if line.direction != UPRIGHT:
            continue
        beside = before and abs(line.base - before.base) < line.size and line.cells[0].start > before.cells[-1].end
        for cell in line.cells if beside else line.cells[1:]:
            starts[round(cell.start)] += 1
            letters[round(cell.start)] += len(cell.text)
        before = line

    def near(counts: Counter[int], start: int) -> int:
        return sum(counts[start + by] for by in (-2, -1, 0, 1, 2))

    counts = {start: near(starts, start) for start in starts}
    likely = [
        start
        for start, count in counts.items()
        if count >= LEAST_LINES and near(letters, start) >= LEAST_LENGTH * count
    ]
    for start in sorted(likely, key=lambda start: (-counts[start], start))[:MOST_GUTTERS]:
        yield start - TOLERANCE


def _stays_clear(line: Line, gutter: float) -> bool:
    """Whether no cell of a line is on both sides of a gutter."""
    return line.direction == UPRIGHT and all(cell.end < gutter or cell.start >= gutter for cell in line.cells)


def _sorted(block: list[Line], gutter: float, most: int) -> list[Line] | None:
    """Return the lines between two that cross the gutter as columns, or None if they are none."""
    parts = [part for line in block for part in _split(line, gutter)]
    turns = sum(part.is_right != following.is_right for part, following in zip(parts, parts[1:]))
    if turns < 2 * LEAST_LINES - 1:  # one column after the other, as it should be
        return None
    first = next(place for place, part in enumerate(parts) if part.is_right)
    start = max(0, first - 1)
    end = len(parts)
    while len(parts) - end < MOST_FEET and end > start and not _continues(parts[:end], parts[end - 1]):
        end -= 1
    left = [part.line for part in parts[start:end] if not part.is_right]
    right = [part.line for part in parts[start:end] if part.is_right]
    head = [part.line for part in parts[:start]]
    tail = [part.line for part in parts[end:]]
    if not (_is_prose(left) and _is_prose(right)):
        return None
    rows = _rows(left, right)
    if len(rows) > 1:
        return [*head, *(_row(*row) for row in rows), *tail]
    return [*head, *_apart(in_columns(left, most - 1)), *_apart(in_columns(right, most - 1)), *tail]


def _apart(column: list[Line]) -> list[Line]:
    """Return the lines of a column with word of where its paragraphs go on; none of them leaves it."""
    left = min(line.cells[0].start for line in column)
    right = max(line.cells[-1].end for line in column)
    full = left + FULL * (right - left)
    following = [line.cells[0].text.lstrip() for line in column[1:]]
    flows = [
        line.cells[-1].end >= full and (next_text[:1].islower() or not line.cells[-1].text.rstrip().endswith(ENDS))
        for line, next_text in zip(column, following)
    ]
    marked = [line._replace(continues=flow) for line, flow in zip(column, [*flows, False])]
    marked[0] = marked[0]._replace(opens=True)
    marked[-1] = marked[-1]._replace(closes=True)
    return marked


def _split(line: Line, gutter: float) -> Iterator[_Part]:
    """Yield the parts of a line on either side of a gutter."""
    for is_right in (False, True):
        cells = tuple(cell for cell in line.cells if (cell.start >= gutter) == is_right)
        if cells:
            yield _Part(line._replace(cells=cells, base=cells[0].base), is_right)


def _continues(parts: Sequence[_Part], last: _Part) -> bool:
    """Whether the last part is a line of the column on its side, and not at the foot of the page."""
    above = [part.line for part in parts if part.is_right == last.is_right and part.line is not last.line]
    if len(above) < 2:
        return True
    step = above[-2].base - above[-1].base
    return abs(above[-1].base - last.line.base) < 3 * max(step, last.line.size)


def _is_prose(column: Sequence[Line]) -> bool:
    """Whether lines are running text."""
    if len(column) < LEAST_LINES:
        return False
    texts = [" ".join(cell.text for cell in line.cells).strip() for line in column]
    spans = [line.cells[-1].end - line.cells[0].start for line in column]
    width = max(line.cells[-1].end for line in column) - min(line.cells[0].start for line in column)
    has_case = any(text.lower() != text.upper() for text in texts)
    in_sentence = sum(text[:1].islower() for text in texts[1:]) / (len(texts) - 1)
    fills = statistics.median(spans) >= (FILLED if has_case else 0.9) * width
    return fills and sum(map(len, texts)) >= LEAST_LENGTH * len(texts) and (in_sentence >= IN_SENTENCE or not has_case)


def _rows(left: Sequence[Line], right: Sequence[Line]) -> list[tuple[list[Line], list[Line]]]:
    """Return the lines of both sides in the rows of a table; one row if they are no table."""
    steps = [before.base - line.base for side in (left, right) for before, line in zip(side, side[1:])]
    steps = [step for step in steps if step > TOLERANCE]
    usual = statistics.median_low(steps) if steps else 0.0
    begins = [_begins(side, ROW_GAP * usual) for side in (left, right)]
    cuts = [base for base in begins[0] if any(abs(base - other) < TOLERANCE for other in begins[1])]
    edges = [float("inf"), *(cut + TOLERANCE for cut in sorted(cuts, reverse=True)), float("-inf")]

    def between(side: Sequence[Line], upper: float, lower: float) -> list[Line]:
        return [line for line in side if lower < line.base <= upper]

    rows = [(between(left, *ends), between(right, *ends)) for ends in zip(edges, edges[1:])]
    return [row for row in rows if any(row)]


def _begins(column: Sequence[Line], gap: float) -> list[float]:
    """Return the baselines of the lines of a column that have a gap above them."""
    return [line.base for before, line in zip(column, column[1:]) if before.base - line.base > gap]


def _row(left: Sequence[Line], right: Sequence[Line]) -> Line:
    """Return a row of a table whose cells have several lines."""
    cells = [
        side[0].cells[0]._replace(text=" ".join(cell.text for line in side for cell in line.cells))
        for side in (left, right)
        if side
    ]
    return [*left, *right][0]._replace(cells=tuple(cells))
