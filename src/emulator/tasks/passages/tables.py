"""The tables of a passage: which lines are rows, what their cells are, and which row names the columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

_BLANK = re.compile(r"[^\S\t ]")
_PARTING = re.compile(r"\s*\|\s*|\t+| {2,}")
_MOST_WORDS_OF_CELL = 4.0
_LONGEST_ROW = 110
_LONGEST_FRAGMENT = 50
_MOST_FRAGMENTS = 3
_DIGIT = re.compile(r"\d")
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d(?:[/–-]\d{2,4})?$")
_IN_BRACKETS = re.compile(r"\([^()]*\)")
_OPEN_END = re.compile(r"(?:[,\-‐–&/]|\b(?:and|or|of|the|with|for|in|to|a|an|from|on|at|by|per))$")
_HYPHEN = re.compile(r"[a-z][-‐\u00ad]$")
_ITEM = re.compile(r"^(?:[-*•–▪◦]\s|\(?(?:\d{1,3}|[a-z])[.)]\s)")
_ENDS = (".", "!", "?", ":", ";", "…")

Cells = tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """A row of a table.

    Attributes:
        cells: what its cells say; of a pair, such as "Post code | VR 5559", the name and the value.
        header: the names of its columns; empty where there is no header.
        section: the line within the table above the row that names a part of it; else empty.
    """

    cells: Cells
    header: Cells = ()
    section: str = ""


def find(lines: Sequence[str]) -> dict[int, list[Row]]:
    """The rows of all tables: for each line that belongs to one the rows that begin there."""
    cells = [cells_of(line) for line in lines]
    found: dict[int, list[Row]] = {}
    index = 0
    while index < len(lines):
        if len(cells[index]) < 2:
            index += 1
            continue
        end = _end(lines, cells, index)
        rows = _rows([(place, cells[place] or (lines[place].strip(),)) for place in range(index, end)])
        if rows:
            found.update((place, []) for place in range(index, end))
            for place, row in rows:
                found[place].append(row)
        index = end
    return found


def cells_of(line: str) -> Cells:
    """A line's cells; none for running text that was set with wide gaps, and for the rule under a header."""
    stripped = _BLANK.sub(" ", line).strip().strip("|").strip()
    if not stripped or len(stripped) > _LONGEST_ROW and "|" not in stripped and "\t" not in stripped:
        return ()
    parts = tuple(part.strip() for part in _PARTING.split(stripped))
    if all(not part.strip("-:=+ ") for part in parts):
        return ()
    is_prose = "|" not in stripped and "\t" not in stripped and (
        len(stripped.split()) / len(parts) > _MOST_WORDS_OF_CELL or stripped.endswith((",", "-", "‐"))
        or len(parts) > 2 and stripped.endswith("."))
    return () if is_prose or len(parts) < 2 else parts


def _end(lines: Sequence[str], cells: Sequence[Cells], start: int) -> int:
    """The index behind a table's last line; lines of a wrapped cell may stand between its rows and at its end."""
    end = start + 1
    place = end
    while place < len(lines) and place - end <= _MOST_FRAGMENTS:
        line = lines[place].strip()
        if len(cells[place]) > 1:
            end = place + 1
        elif line and _is_rule(line):
            pass
        elif not line or len(line) > _LONGEST_FRAGMENT or line.endswith(_ENDS) or _ITEM.match(line):
            break
        elif line[0].islower() and place == end and not line.endswith(_ENDS):
            end = place + 1
        place += 1
    return end


def _is_rule(line: str) -> bool:
    return not line.strip("-:=+| ")


def _rows(lines: list[tuple[int, Cells]]) -> list[tuple[int, Row]]:
    """The rows of one table, each with the line where it begins; none where a single line is no pair."""
    sizes = Counter(len(cells) for _, cells in lines if len(cells) > 1)
    width = max(sizes, key=lambda size: (sizes[size], size))
    assembled = _assembled([line for line in lines if len(line[1]) > 1 or not _is_rule(line[1][0])], width)
    full = [cells for _, cells in assembled if len(cells) > 1]
    pairs = [_is_pairs(cells) for cells in full]
    if len(full) == 1:
        return _pairs(assembled[0][0], full[0]) if pairs[0] else []
    header = _header(full, width)
    alike = sum(pairs[bool(header):]) > len(pairs[bool(header):]) / 2
    paired = alike and not header
    rows: list[tuple[int, Row]] = []
    section = ""
    for place, cells in assembled:
        if len(cells) == 1:
            section = cells[0]
        elif header and cells == full[0]:
            rows.append((place, Row(header, header)))
        elif paired and len(cells) % 2 == 0 or _is_pairs(cells) and not alike or len(cells) == 2 and not header:
            rows += _pairs(place, cells)
        else:
            rows.append((place, Row(cells, header if len(cells) == len(header) else (), section)))
    return rows


def _assembled(lines: list[tuple[int, Cells]], width: int) -> list[tuple[int, Cells]]:
    """The rows with wrapped cells put together again."""
    rows: list[tuple[int, Cells]] = []
    for place, cells in lines:
        if rows:
            together = _together(rows[-1][1], cells, width)
            if together is not None:
                rows[-1] = rows[-1][0], together
                continue
        rows.append((place, cells))
    return rows


def _together(row: Cells, cells: Cells, width: int) -> Cells | None:
    """A row with what goes on in the next line; None where that is a row of its own."""
    goes_on = cells[0][:1].islower() or bool(_OPEN_END.search(row[-1])) and len(row[-1]) > 1
    missing = width - len(row)
    if goes_on and len(cells) - 1 <= max(0, missing) and (len(cells) == 1 or len(cells) - 1 == missing):
        return *row[:-1], _joined(row[-1], cells[0]), *cells[1:]
    return row + cells if missing > 0 and len(row) > 1 and len(cells) == missing and not goes_on else None


def _joined(first: str, second: str) -> str:
    return first[:-1] + second if _HYPHEN.search(first) and second[:1].islower() else f"{first} {second}"


def _has_digit(text: str) -> bool:
    return bool(_DIGIT.search(_IN_BRACKETS.sub("", text)))


def _is_pairs(cells: Cells) -> bool:
    """Whether a row is made of names and values in turn: "Post code | VR 5559 | Rain in a year | 923 mm"."""
    names, values = cells[::2], cells[1::2]
    return len(names) == len(values) and all(map(_has_digit, values)) and not any(
        _has_digit(name) or not name[:1].isupper() for name in names)


def _pairs(place: int, cells: Cells) -> list[tuple[int, Row]]:
    return [(place, Row((name.rstrip(" :"), value))) for name, value in zip(cells[::2], cells[1::2], strict=False)
            if name and value]


def _header(rows: list[Cells], width: int) -> Cells:
    """The names of the columns: the first row, if it has no numbers but those of years; else nothing."""
    first, others = rows[0], [row for row in rows[1:] if len(row) == width]
    if len(first) not in (width, width - 1) or not others:
        return ()
    years = all(map(_YEAR.match, first[len(first) > width - 1:]))
    if any(map(_has_digit, first)) and not years:
        return ()
    if width == 2 and not all(_has_digit(row[-1]) or not row[-1].strip("–- ") for row in others):
        return ()
    return first if len(first) == width else ("", *first)
