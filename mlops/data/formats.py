"""The formats of data files, JSONL and CSV, in UTF-8. A byte-order mark and blank lines at the end are no lines."""

from __future__ import annotations

import codecs
import csv
import json
import math
import re
from collections.abc import Iterator
from pathlib import Path

from mlops.common.errors import UserError
from mlops.common.paths import display_path

HALF_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]")
DEEPEST = 100  # levels of nesting; what writes and shows values goes through them level by level, and has its limits
LONGEST_CELL = 2**31 - 1  # characters; the csv module takes 131,072 by default, and a document may be longer


def json_lines(path: Path) -> Iterator[tuple[str, dict]]:
    """Yield the place and the content of every line, which has to be a JSON object.

    Raises:
        UserError: names the place, and says what is wrong there.
    """
    blank = 0  # the first of the blank lines so far, which may be the last of the file
    for number, text in _lines(path):
        if not text.strip():
            blank = blank or number
            continue
        if blank:
            raise UserError(f"{display_path(path)}, line {blank}: is blank; every line has to be a JSON object")
        place = f"{display_path(path)}, line {number}"
        row = parse_json(text, place)
        if not isinstance(row, dict):
            raise UserError(f"{place}: is no JSON object but a {type(row).__name__}")
        yield place, row


def csv_rows(path: Path) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield the place and the cells of every row below the header; the place is the line in which the row ends.

    Raises:
        UserError: names the place, and says what is wrong there.
    """
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader((text for _, text in _lines(path)), strict=True)
    header, blank = None, 0
    try:
        for cells in reader:
            place = f"{display_path(path)}, line {reader.line_num}"
            if not cells:
                blank = blank or reader.line_num
            elif blank:
                raise UserError(
                    f'{display_path(path)}, line {blank}: is blank; a row of one empty cell is written as ""'
                )
            elif header is None:
                header = _header(cells, place)
            elif len(cells) != len(header):
                raise UserError(f"{place}: the number of cells is {len(cells)}, and that of the header {len(header)}")
            else:
                yield place, dict(zip(header, cells))
    except csv.Error as error:
        raise UserError(f"{display_path(path)}, line {reader.line_num}: is not valid CSV: {error}") from None


def _header(cells: list[str], place: str) -> list[str]:
    if len(cells) == 1 and (other := next((mark for mark in ";\t|" if mark in cells[0]), None)):
        raise UserError(f"{place}: the columns are separated by {other!r}; separate them by commas")
    if (twice := next((name for name in cells if cells.count(name) > 1), None)) is not None:
        raise UserError(f'{place}: duplicate column "{twice}"')
    return cells


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            yield number, _decoded(raw, number, f"{display_path(path)}, line {number}")


def _decoded(raw: bytes, number: int, place: str) -> str:
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UserError(f"{place}: is UTF-16; save the file as UTF-8")
    if number == 1:
        raw = raw.removeprefix(codecs.BOM_UTF8)
    if raw.startswith(codecs.BOM_UTF8):
        raise UserError(f"{place}: starts with a byte-order mark, which has its place at the beginning of the file")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UserError(f"{place}: byte {error.start + 1} is not UTF-8; save the file as UTF-8") from None


def parse_json(text: str, place: str) -> object:
    """Return the value of a line of JSON, as the standard has it: no key twice, no NaN, no half character.

    Raises:
        UserError: names the place, and says what is wrong there.
    """
    try:
        row = json.loads(text, object_pairs_hook=unique_keys, parse_constant=no_constant, parse_float=_finite)
        if HALF_CHARACTER.search(text):  # perhaps: two halves make one, and a backslash may itself be escaped
            json.dumps(row, ensure_ascii=False).encode("utf-8")
        if text.count("[") + text.count("{") > DEEPEST and _depth(row) > DEEPEST:
            raise ValueError(f"it is nested more than {DEEPEST} deep")
    except UnicodeEncodeError:
        raise UserError(f"{place}: has half a character, a \\ud800 to \\udfff without its other half") from None
    except (ValueError, RecursionError) as error:
        raise UserError(f"{place}: is not valid JSON: {error}") from None
    return row


def _depth(value: object) -> int:
    """Return how deep lists and objects are nested; level by level, since recursion has its own limit."""
    depth, level = 0, [value]
    while level := [each for each in level if isinstance(each, (dict, list))]:
        depth += 1
        level = [inner for each in level for inner in (each.values() if isinstance(each, dict) else each)]
    return depth


def unique_keys(pairs: list[tuple[str, object]]) -> dict:
    """Return the pairs of a JSON object as a mapping; one that says two things under one key is refused."""
    row = dict(pairs)
    if len(row) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"duplicate key {next(key for key in keys if keys.count(key) > 1)!r}")
    return row


def _finite(digits: str) -> float:
    if math.isinf(number := float(digits)):
        raise ValueError(f"{digits} is more than a number can be")
    return number


def no_constant(name: str) -> None:
    """Refuse NaN and Infinity, which Python reads and JSON does not have."""
    raise ValueError(f"{name} is no JSON value")
