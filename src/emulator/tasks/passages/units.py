"""What can be an answer: sentences, list items and rows of tables, each with what stands around it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

from src.emulator.tasks.passages.lines import blocks
from src.emulator.tasks.passages.tables import Row
from src.emulator.tasks.passages.words import beginnings, terms

_SENTENCE_END = re.compile(r"(?<=[.!?…。])[\"'”’)\]]{0,3}\s+(?=[\"'“‘(\[]?[^\Wa-z])")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|No|Nos|Art|Sec|Fig|Inc|Ltd|Co|Jr|Sr|vs|ca|cf|approx|e\.g|i\.e|a\.m|p\.m|[A-Z]))\.$")
_LONGEST_LIST = 400
_MOST_HEADINGS = 2
_NUMBERING = re.compile(r"^\W*\d{1,2}(?:\.\d{1,2}){0,3}\.?\s")
_VALUE = re.compile(r"(?:[€$£]\s?)?\d[\d.,:–-]{0,20}(?:\s?(?:[€$£%]|[a-zA-Z°]{1,3}\b))?|(?:free|none|–|-)(?!\S)")
_VALUES = re.compile(rf"(?:\s+(?:{_VALUE.pattern}))+$")
_LONGEST_VALUES = 200
_MOST_LINES = 6000
_LONGEST_SENTENCE = 4000
_LONGEST_TEXT = 100_000


@dataclass(frozen=True)
class Passage:
    """A quoted stretch of a document: its text, and the number of its page where that is known."""

    text: str
    page: int | None = None


@dataclass(frozen=True)
class Unit:
    """A sentence, a list item or a row.

    Attributes:
        text: as it stands in the passage, in one line.
        page: the passage's page.
        passage: the index of the passage.
        heading: the headings above, the header of the table, or the line that introduces the list.
        before: the sentence before in the same paragraph.
        cells: a row's cells.
        header: the header's cells of a row's table.
        kind: "sentence", "item", "list" or "row".
        caption: of a row the headings above without the header.
    """

    text: str
    page: int | None
    passage: int
    heading: str = ""
    before: str = ""
    cells: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    kind: str = "sentence"
    caption: str = ""
    own: frozenset[str] = field(init=False)
    above: frozenset[str] = field(init=False)
    previous: frozenset[str] = field(init=False)
    own_beginnings: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        own = frozenset(terms(self.text))
        object.__setattr__(self, "own", own)
        object.__setattr__(self, "above", frozenset(terms(self.heading)))
        object.__setattr__(self, "previous", frozenset(terms(self.before)))
        object.__setattr__(self, "own_beginnings", beginnings(own))


def units(passages: Sequence[Passage]) -> list[Unit]:
    """The units of all passages in their order; of very long ones the beginning of each."""
    most = _MOST_LINES // max(1, len(passages))
    return [unit for index, passage in enumerate(passages) for unit in _units(passage, index, most)]


def sentences(text: str) -> list[str]:
    """The sentences of a text in one line; an abbreviation's full stop ends none."""
    found: list[str] = []
    for part in _SENTENCE_END.split(text[:_LONGEST_TEXT]):
        if found and _ABBREVIATION.search(found[-1][-8:]):
            found[-1] += " " + part
        elif part.strip():
            found.append(part.strip())
    return found


def _units(passage: Passage, index: int, most: int) -> list[Unit]:
    """The units of a passage: what stands above one goes with it."""
    made: list[Unit] = []
    above = lead = ""
    for kind, stretch in groupby(blocks(passage.text, most), key=lambda block: block.kind):
        alike = list(stretch)
        members = [block.text for block in alike]
        if kind == "row":
            made += [_row(block.row, passage.page, index, above) for block in alike]
        elif kind == "line":
            above, rows = _lines(members, passage.page, index)
            made += rows
            lead = ""
        else:
            for text in members:
                made += _sentences(text, kind, passage.page, index, f"{above} {lead if kind == 'item' else ''}")
            if kind == "item" and lead:
                made += _list(members, lead, passage.page, index, above)
            lead = made[-1].text if kind == "text" and made[-1].text.endswith(":") else ""
    return made


def _row(row: Row, page: int | None, index: int, above: str) -> Unit:
    names = () if row.cells == row.header else row.header
    heading = " ".join((above, row.section, *names))
    return Unit(" ".join(row.cells), page, index, heading, cells=row.cells, header=row.header, kind="row",
                caption=f"{above} {row.section}".strip())


def _lines(members: list[str], page: int | None, index: int) -> tuple[str, list[Unit]]:
    """What stands above the text after a run of short lines, and the lines of it that can be answers.

    A single line is a heading. Lines with numbers are rows, and those before the first of them their header.
    """
    first = next((place for place, line in enumerate(members) if _has_value(line)), 1 if len(members) > 2 else 0)
    heads = members[:first] or members[:1]
    heading = " ".join(heads[-_MOST_HEADINGS:])
    rows = members[len(heads):]
    made = [_line(line, heads[-1], page, index, heading) for line in rows]
    if heads == members[:1] and _has_value(members[0]):
        made.insert(0, Unit(members[0], page, index, kind="row"))
    return f"{heading} {rows[-1]}" if rows and not _has_value(rows[-1]) else heading, made


def _line(line: str, header: str, page: int | None, index: int, heading: str) -> Unit:
    """A line as a row; where its last words are as many values as the header has columns, they are cells."""
    values = _VALUES.search(line[-_LONGEST_VALUES:])
    columns = tuple(header.split())
    if values and len(line) <= _LONGEST_VALUES:
        cells = (line[:values.start()].strip(), *(one.strip() for one in _VALUE.findall(values.group())))
        if cells[0] and len(cells) == len(columns):
            return Unit(line, page, index, heading, cells=cells, header=columns, kind="row")
    return Unit(line, page, index, heading, kind="row")


def _has_value(line: str) -> bool:
    return any(character.isdigit() for character in _NUMBERING.sub("", line))


def _sentences(text: str, kind: str, page: int | None, index: int, above: str) -> list[Unit]:
    made: list[Unit] = []
    before = ""
    for sentence in (one[:_LONGEST_SENTENCE] for one in sentences(text)):
        made.append(Unit(sentence, page, index, above, before, kind="item" if kind == "item" else "sentence"))
        before = sentence
    return made


def _list(members: list[str], lead: str, page: int | None, index: int, above: str) -> list[Unit]:
    """The whole of a short list with the line that introduces it."""
    text = f"{lead} {'; '.join(member.rstrip(';,.') for member in members)}."
    is_short = len(members) > 1 and len(text) <= _LONGEST_LIST
    return [Unit(text, page, index, above, kind="list")] if is_short else []
