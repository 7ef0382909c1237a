"""The cells of a line: what its wide gaps part, with a sign for each mark that is raised or lowered."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .baselines import RIGHT_TO_LEFT, WORD_GAP, offset
from .marks import lowered, raised
from .runs import Run

CELL_GAP = 1.1  # in units of the font's size; justified lines mostly have gaps of less than half of that
STRETCHED = 2.5  # times a line's narrowest gap: no more than that is the same gap, in a line that is stretched
BULLETS = "•▪◦‣–*-"
CLOSING = ".,;:!?)]»”’"


class Cell(NamedTuple):
    """A part of a line without wide gaps: a whole line of running text, or a cell of a table's row.

    Attributes:
        text: what it says.
        start, end: where its ink begins and ends, in points.
        base: how far its own baseline is up, in points; cells of a row may stand on several.
    """

    text: str
    start: float
    end: float
    base: float


def cells_of(line: Sequence[Run], main: Run, notes: frozenset[str]) -> Iterator[Cell]:
    """Yield the cells of a line, with a sign for what is raised or lowered."""
    if len(line) == 1 and not main.gaps:
        yield Cell(main.text, main.start, main.end, main.base)
        return
    text, start, end, base = "", line[0].start, line[0].end, (main if offset(line[0], main) else line[0]).base
    cell_gap = _cell_gap(line)
    place = 0
    while place < len(line):
        run = line[place]
        shift = offset(run, main)
        piece = [run]
        while shift and place + len(piece) < len(line):  # a minus and a digit may be of two fonts
            following = line[place + len(piece)]
            if offset(following, main) * shift <= 0 or (following.start - piece[-1].end) / main.size > WORD_GAP:
                break
            piece.append(following)
        place += len(piece)
        between = _between(text, line[place - len(piece) - 1], run, main, cell_gap) if text else ""
        if between is None:
            yield Cell(text, start, end, base)
            text, start, between, base = "", run.start, "", (main if shift else run).base
        if shift:
            mark = "".join(each.text for each in piece)
            after = line[place].before + line[place].text if place < len(line) else ""
            sign = raised if shift > 0 else lowered
            text = sign(text + between, mark.strip(), after, notes)
        else:
            pieces = _parted(run, cell_gap)
            for part, left, right in pieces[:-1]:
                yield Cell(text + between + part, start, left, base)
                text, between, start = "", "", right
            text += between + pieces[-1][0]
        end = max(end, piece[-1].end)
    yield Cell(text, start, end, base)


def _cell_gap(line: Sequence[Run]) -> float:
    """Return how wide a gap has to be in a line to part cells: justified lines are stretched, sometimes by much."""
    widths = [(right - left) / run.size for run in line for _, left, right in run.gaps]
    widths += [(run.start - last.end) / run.size for last, run in zip(line, line[1:]) if run.before == " "]
    narrowest = min(widths, default=CELL_GAP)
    return max(CELL_GAP, STRETCHED * narrowest) if narrowest < CELL_GAP else CELL_GAP


def _between(text: str, before: Run, run: Run, main: Run, cell_gap: float) -> str | None:
    """Return what stands between two runs of a line, or None where a gap parts cells."""
    gap = (run.start - before.end) / (run.size if run.before == " " else main.size)
    parted = gap > cell_gap and text.rstrip()[-1:] not in BULLETS and not RIGHT_TO_LEFT.search(before.text + run.text)
    if parted and (run.before and not text.endswith(" ") and not run.text.startswith(" ")):
        return None
    if "\n" not in run.before:
        return run.before
    if run.text[0] in CLOSING:
        return ""
    return " " if gap > WORD_GAP and not text.endswith(" ") and not run.text.startswith(" ") else ""


def _parted(run: Run, cell_gap: float) -> list[tuple[str, float, float]]:
    """Return the parts of a run between wide gaps, each with where the gap after it begins and ends."""
    parts, done = [], 0
    for place, left, right in run.gaps:
        if right - left > cell_gap * run.size and run.text[:place].rstrip()[-1:] not in BULLETS:
            parts.append((run.text[done:place].rstrip(" \xa0"), left, right))
            done = place + 1
    return [*parts, (run.text[done:], run.end, run.end)]
