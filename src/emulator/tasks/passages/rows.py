"""The row of a table as an answer, with the header's names for its cells."""

from __future__ import annotations

from src.emulator.tasks.passages.units import Unit
from src.emulator.tasks.passages.words import terms


def row_text(unit: Unit, wanted: dict[str, float]) -> str:
    """A row in words: of a wide one the first cell, what the question names, and the cells of the columns it names.

    Args:
        unit: the row, with its header where it has one.
        wanted: the question's terms.
    """
    cells, header = unit.cells, unit.header
    if len(cells) != len(header) or len(cells) < 2:
        return " – ".join(cells) if cells else unit.text
    if cells == header:
        return " – ".join(cells)
    named = [index for index, name in enumerate(header) if index and wanted.keys() & set(terms(name))]
    shown = named if named and len(header) > 2 else range(1, len(cells))
    return f"{cells[0]}: " + ", ".join(f"{header[index]} {cells[index]}" for index in shown if cells[index])
