"""The lines of a passage put together again: paragraphs, headings, list items and rows of tables."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ITEM = re.compile(r"^\s*(?:[-*•–▪◦]\s+|\(?(?:\d{1,3}|[a-z])[.)]\s+(?=\S))")
_SECTION = re.compile(r"^\s*\d{1,2}(?:\.\d{1,2}){0,3}\.?\s+[A-Z]")
_CELLS = re.compile(r"\s*\|\s*|\t+| {2,}")
_ENDS = (".", "!", "?", ":", ";", "…", "。", '."', ".”", ".)", "?)")
_SHORT_OF_WIDTH = 0.72
_LEAST_WIDTH = 45
_MOST_WORDS_OF_HEADING = 10
_MOST_WORDS_OF_CELL = 4.0
_LONGEST_ROW = 110
_BROKEN_WORD = re.compile(r"[a-z][-‐\u00ad]$")


@dataclass(frozen=True)
class Block:
    """A stretch of a passage.

    Attributes:
        kind: "text", "item", "line" (short, without an end: a heading or a row), or "row" of a table with cells.
        text: what it says, in one line.
        cells: a row's cells.
    """

    kind: str
    text: str
    cells: tuple[str, ...] = ()


def blocks(text: str) -> list[Block]:
    """A passage's blocks in their order."""
    lines = text.splitlines()
    rows = _rows(lines)
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
            if index in rows:
                found.append(Block("row", " ".join(stripped.split()), rows[index]))
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


def _rows(lines: list[str]) -> dict[int, tuple[str, ...]]:
    """The lines that are rows of tables whose cells are parted by bars, tabs or several blanks, with their cells."""
    cells = [_cells(line) for line in lines]
    rows: dict[int, tuple[str, ...]] = {}
    for index, row in enumerate(cells):
        beside = (cells[near] for near in (index - 1, index + 1) if 0 <= near < len(cells))
        if len(row) > 1 and any(abs(len(row) - len(other)) <= 1 and len(other) > 1 for other in beside):
            rows[index] = row
    return rows


def _cells(line: str) -> tuple[str, ...]:
    """A line's cells; none for running text that was set with wide gaps, and for the rule under a header."""
    stripped = line.strip().strip("|").strip()
    if not stripped or len(stripped) > _LONGEST_ROW and "|" not in stripped and "\t" not in stripped:
        return ()
    parts = tuple(part.strip() for part in _CELLS.split(stripped))
    if all(not part.strip("-:=+ ") for part in parts):
        return ()
    is_prose = "|" not in stripped and "\t" not in stripped and (
        len(stripped.split()) / len(parts) > _MOST_WORDS_OF_CELL or stripped.endswith((",", "-", "‐"))
        or len(parts) > 2 and stripped.endswith("."))
    return () if is_prose else parts
