"""The lines of a passage put together again: paragraphs, headings, list items and rows of tables."""

from __future__ import annotations

import re
from dataclasses import dataclass

from src.emulator.tasks.passages import tables

_ITEM = re.compile(r"^\s*(?:[-*•–▪◦]\s+|\(?(?:\d{1,3}|[a-z])[.)]\s+(?=\S))")
_SECTION = re.compile(r"^\s*\d{1,2}(?:\.\d{1,2}){0,3}\.?\s+[A-Z]")
_ENDS = (".", "!", "?", ":", ";", "…", "。", '."', ".”", ".)", "?)")
_SHORT_OF_WIDTH = 0.72
_LEAST_WIDTH = 45
_MOST_WORDS_OF_HEADING = 10
_LEADERS = re.compile(r"(?:\.\s?){4,500}\|?\s*(?:\d{1,4}|[ivxlc]{1,7})\s*$|…{2,500}\s*\d{1,4}\s*$")
_LONGEST_END = 40
_CONTENTS = re.compile(r"\s*(?:table of )?contents\W*$", re.IGNORECASE)
_PAGE_AT_END = re.compile(r"\S\s(?:\|\s*)?(?:\d{1,4}|[ivxlc]{1,7})\s*$")
_BROKEN_WORD = re.compile(r"[a-z][-‐\u00ad]$")


@dataclass(frozen=True)
class Block:
    """A stretch of a passage.

    Attributes:
        kind: "text", "item", "line" (short, without an end: a heading or a row), or "row" of a table with cells.
        text: what it says, in one line.
        row: a row's cells and the names of its columns.
    """

    kind: str
    text: str
    row: tables.Row | None = None


def blocks(text: str, most_lines: int) -> list[Block]:
    """The blocks of a passage's first lines in their order, without those of a table of contents."""
    lines = _without_contents(text.splitlines()[:most_lines])
    rows = tables.find(lines)
    width = max((len(line.strip()) for line in lines), default=0)
    least = max(_LEAST_WIDTH, _SHORT_OF_WIDTH * min(width, 120))
    found: list[Block] = []
    gathered: list[str] = []
    kind = "text"

    def close() -> None:
        nonlocal kind
        if gathered:
            found.append(_block(kind, gathered))
            gathered.clear()
        kind = "text"

    for index, line in enumerate(lines):
        stripped = line.strip()
        if not stripped or index in rows:
            close()
            found += [Block("row", " ".join(row.cells), row) for row in rows.get(index, ())]
            continue
        item = _ITEM.match(line)
        if gathered and (item or not _goes_on(gathered[-1], stripped, least)):
            close()
        if item and not gathered and not _is_section(stripped):
            kind = "item"
            stripped = line[item.end():].strip()
        gathered.append(stripped)
    close()
    return found


def _without_contents(lines: list[str]) -> list[str]:
    """The lines, those left empty that only tell on which page something begins."""
    kept: list[str] = []
    in_contents = False
    for line in lines:
        goes_on = bool(_PAGE_AT_END.search(line[-_LONGEST_END:])) or not line.strip()
        in_contents = bool(_CONTENTS.match(line[:40])) or in_contents and goes_on
        kept.append("" if in_contents or _LEADERS.search(line[-_LONGEST_END:]) else line)
    return kept


def _is_section(line: str) -> bool:
    """Whether a numbered line is a heading: "6. Technical committee"."""
    return bool(_SECTION.match(line)) and not line.endswith(_ENDS) and len(line.split()) <= 5


def _goes_on(last: str, line: str, least: float) -> bool:
    """Whether a line goes on with the sentence, or the paragraph, of the one before."""
    if line[0].islower():
        return not last.endswith((".", "!", "?"))
    return len(last) >= least


def _block(kind: str, lines: list[str]) -> Block:
    pieces = [line[:-1] if _BROKEN_WORD.search(line[-2:]) and after[:1].islower() else f"{line} "
              for line, after in zip(lines, [*lines[1:], ""], strict=True)]
    text = " ".join("".join(pieces).split())
    words = text.count(" ") + 1
    if kind == "text" and not text.endswith(_ENDS) and (
            words <= _MOST_WORDS_OF_HEADING or len(lines) == 1 and len(text) < _LEAST_WIDTH):
        kind = "line"
    return Block(kind, text)
