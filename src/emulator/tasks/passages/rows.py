"""The row of a table as an answer, with the header's names for its cells."""

from __future__ import annotations

import re

from src.emulator.tasks.passages.columns import look_up
from src.emulator.tasks.passages.question import Question
from src.emulator.tasks.passages.units import Unit
from src.emulator.tasks.passages.words import terms

_UNIT = (r"euros?|cents?|dollars?|pounds?|francs?|crowns?|€|\$|£|EUR|USD|GBP|CHF|k?m|cm|mm|kg|met(?:er|re)s?"
         r"|kilomet(?:er|re)s?|feet|miles|hectares|ha|km²|m²|square \w+|°C|%|percent|minutes|hours|days|weeks|months"
         r"|years|tonnes|kilograms?|degrees|lit(?:er|re)s|thousands?|millions?")
_IN_UNIT = re.compile(rf"\s*(?:\(\s*(?:in )?(?P<one>{_UNIT})\s*\)|,?\s+in (?P<two>{_UNIT}))\s*$", re.IGNORECASE)
_CAPTION_UNIT = re.compile(r"\bin (?P<unit>euros?|cents?|dollars?|pounds?|francs?|crowns?|EUR|USD|GBP|CHF|€|\$"
                           r"|£)(?!\w)", re.IGNORECASE)
_BARE_NUMBER = re.compile(r"[–-]?\d[\d.,–-]*$")


def row_text(unit: Unit, question: Question) -> str:
    """A row in words: what it is about, then the columns that the question asks for with their values.

    Args:
        unit: the row, with its header where it has one.
        question: what is asked.
    """
    cells, header = unit.cells, unit.header
    if not cells:
        return unit.text
    if not header and len(cells) == 2:
        return f"{cells[0]}: {cells[1]}"
    if len(cells) != len(header) or len(cells) < 2 or cells == header:
        return " – ".join(cell for cell in cells if cell)
    told = look_up(question, unit).columns
    given = [index for index in range(len(cells)) if index not in told and (
        not index or set(terms(cells[index])) & question.terms.keys())]
    if not told or told == (0,):
        shown = given[1:] or range(1, len(cells))
        return f"{cells[0]}: " + ", ".join(_named(unit, index, question) for index in shown if cells[index])
    key = ", ".join(cells[index] for index in given)
    return f"{key}, " + ", ".join(_named(unit, index, question) for index in told if index)


def _named(unit: Unit, index: int, question: Question) -> str:
    """A column's name and value; the unit of the name or the caption is put behind a bare number."""
    name, value = unit.header[index], unit.cells[index]
    if not _BARE_NUMBER.match(value):
        return f"{name}: {value}" if name else value
    unit_of_name = _IN_UNIT.search(name)
    if unit_of_name:
        name = name[:unit_of_name.start()]
        value += " " + (unit_of_name.group("one") or unit_of_name.group("two"))
    elif question.kind == "money" or re.search(r"\d[.,]\d\d$", value):
        of_caption = _CAPTION_UNIT.search(unit.caption)
        value += f" {of_caption.group('unit')}" if of_caption else ""
    return f"{name}: {value}" if name else value
