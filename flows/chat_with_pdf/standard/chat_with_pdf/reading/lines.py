"""The lines of a page: which of its runs stand on one baseline."""

from collections.abc import Iterable
from typing import NamedTuple

from .baselines import ATTACHED, HIGHEST, LOWEST, RIGHT_TO_LEFT, SAME_BASE, main_of, offset
from .cells import Cell, cells_of
from .marks import as_note, note_labels
from .runs import LINE_HYPHENS, UPRIGHT, Run
from .strays import with_initials, with_late_marks

NEAR = 20  # runs at the end of a line, which tell where its baseline is


class Line(NamedTuple):
    """What stands on one baseline.

    Attributes:
        cells: from the first to the last in reading order.
        base: how far its baseline is up, in points.
        size: of its largest font, in points.
        direction: the unit vector along which it is read.
        opens, closes: whether no paragraph goes on to it, or from it, whatever it looks like.
        continues: whether its paragraph goes on in the next line, whatever it looks like.
    """

    cells: tuple[Cell, ...]
    base: float
    size: float
    direction: tuple[float, float] = UPRIGHT
    opens: bool = False
    closes: bool = False
    continues: bool = False


def lines_of(runs: Iterable[Run]) -> list[Line]:
    """Return the lines of a page in the order of its runs."""
    lines: list[list[Run]] = []
    for run in runs:
        if lines and _is_on_line(lines[-1], run):
            lines[-1].append(run)
        else:
            lines.append([run])
    lines = with_initials(with_late_marks(lines))
    mains = [main_of(line) for line in lines]
    usual = max(mains, key=lambda run: len(run.text)).size if mains else 0.0
    notes = note_labels(
        ("".join(run.text for run in line), offset(line[0], main), main.size / usual)
        for line, main in zip(lines, mains)
    )
    marks = frozenset(run.text.strip() for line, main in zip(lines, mains) for run in line if offset(run, main) > 0)
    written = []
    for line, main in zip(lines, mains):
        cells = _with_note(tuple(cells_of(line, main, notes)), main.size / usual, marks)
        written.append(Line(cells, main.base, main.size, main.direction))
    return written


def _with_note(cells: tuple[Cell, ...], size: float, marks: frozenset[str]) -> tuple[Cell, ...]:
    """Return the cells of a line with the first as the beginning of a note, if it is one; its text may stand apart."""
    first = as_note(cells[0].text, size, marks) if marks else cells[0].text
    if first == cells[0].text:
        return cells
    if first.endswith(" ") and len(cells) > 1:
        return cells[1]._replace(text=first + cells[1].text.lstrip(), start=cells[0].start), *cells[2:]
    return cells[0]._replace(text=first), *cells[1:]


def _is_on_line(line: list[Run], run: Run) -> bool:
    """Whether a run stands on the line of the runs before it."""
    last = line[-1]
    if last.text.rstrip()[-1:] in LINE_HYPHENS:
        return False
    is_told = not run.before.strip(" ")  # by PDFium, which knows upright text best
    if last.direction != run.direction:
        return is_told
    if is_told and run.direction == UPRIGHT:
        return True
    if abs(run.base - last.base) > (HIGHEST - LOWEST) * max(run.size, last.size):
        return False
    if RIGHT_TO_LEFT.search(last.text + run.text):
        return is_told
    near = line[-NEAR:]
    main = main_of([*near, run])
    gap = (run.start - last.end) / main.size
    if abs(run.base - main_of(near).base) < SAME_BASE * main.size:
        return gap > -0.5
    is_mark = offset(run, main) or offset(last, main)
    return bool(is_mark) and -1.5 < gap < ATTACHED and run.start > line[0].start
