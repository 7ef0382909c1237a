"""Where in a page's lines a field's value or a text put over the page belongs: by its label, as one reads a form."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .cells import Cell
from .lines import Line
from .notes import Note
from .runs import UPRIGHT

BLANK = re.compile(r"[_.…]{3,}")  # what is left to be filled in
ABOVE = 2.5  # of a line's size: a label stands at most so far above its field
CLOSE = 2.0  # of a line's size: what is so near behind a field goes on with a sentence
FAR = 300  # points: what is further off is no label


class _Place(NamedTuple):
    distance: float
    line: int
    cell: int
    side: str


def with_notes(lines: Sequence[Line], notes: Iterable[Note]) -> list[Line]:
    """Return the lines of a page with the notes in them: after a label, before it where it is a box to be ticked."""
    lines = list(lines)
    for note in sorted(notes, key=lambda note: (-note.box[3], note.box[0])):
        places = list(_places(lines, note))
        if places:
            best = min(places)
            lines[best.line] = _filled(lines[best.line], best, note)
        else:
            _insert(lines, note)
    return lines


def _places(lines: Sequence[Line], note: Note) -> Iterable[_Place]:
    left, bottom, right, top = note.box
    for number, line in enumerate(lines):
        if line.direction != UPRIGHT:
            continue
        beside = bottom - 0.4 * line.size <= line.base <= top
        above = not note.is_button and top <= line.base <= top + ABOVE * line.size
        for place, cell in enumerate(line.cells):
            if beside and cell.start < left + 1 and right - 1 < cell.end + 1:
                yield _Place(0.0, number, place, "within")
            elif beside and cell.end <= left + 2:
                yield _Place(left - cell.end, number, place, "after")
            elif beside and cell.start >= right - 2:
                # A field's label stands before it; only a box to be ticked stands before its label.
                yield _Place(cell.start - right + (0 if note.is_button else FAR), number, place, "before")
            elif above and cell.start < right and cell.end > left:
                yield _Place(FAR / 2 + line.base - top + abs(cell.start - left), number, place, "after")


def _filled(line: Line, place: _Place, note: Note) -> Line:
    """Return a line with a note in one of its cells."""
    cell = line.cells[place.cell]
    left, _, right, _ = note.box
    if place.distance >= FAR:
        filled = cell._replace(text=f"{_named(note)} {cell.text.lstrip()}")
    elif place.side == "before":
        filled = Cell(f"{note.text} {cell.text.lstrip()}", left, cell.end, cell.base)
    elif place.side == "after":
        label = cell.text.rstrip()
        continues = any(0 <= other.start - right < CLOSE * line.size for other in line.cells)
        colon = ":" if note.name and not note.is_button and label[-1:].isalnum() and not continues else ""
        filled = Cell(f"{label}{colon} {note.text}", cell.start, max(cell.end, right), cell.base)
    else:
        filled = cell._replace(text=_written_into(cell, note))
    cells = (*line.cells[: place.cell], filled, *line.cells[place.cell + 1 :])
    return line._replace(cells=cells, opens=True, closes=True)


def _written_into(cell: Cell, note: Note) -> str:
    """Return the text of a cell with a note at its place in it, for what is to be filled in if there is such."""
    place = len(cell.text) * (note.box[0] - cell.start) / (cell.end - cell.start or 1.0)
    blanks = list(BLANK.finditer(cell.text))
    if blanks:
        blank = min(blanks, key=lambda blank: max(blank.start() - place, place - blank.end(), 0))
        start, end = blank.span()
    else:
        start = end = min((abs(found.start() - place), found.start()) for found in re.finditer(r" |$", cell.text))[1]
    return " ".join(filter(None, (cell.text[:start].rstrip(), note.text, cell.text[end:].lstrip())))


def _insert(lines: list[Line], note: Note) -> None:
    """Put a note without a label on a line of its own, above the first line that is lower."""
    left, bottom, right, _ = note.box
    lower = [number for number, line in enumerate(lines) if line.direction == UPRIGHT and line.base < bottom]
    new = Line((Cell(_named(note), left, right, bottom),), bottom, 1.0, opens=True, closes=True)
    lines.insert(lower[0] if lower else len(lines), new)


def _named(note: Note) -> str:
    return f"{note.name}: {note.text}" if note.name else note.text
