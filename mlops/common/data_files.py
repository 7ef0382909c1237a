"""Checks a JSONL file before anything runs on it, so that a bad line costs no tokens."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from mlops.common.errors import UserError
from mlops.common.paths import shown

HALF_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]")
DATA_COLUMN = re.compile(r"\$\{data\.([^}]+)\}")


def mapped_columns(column_mapping: Mapping[str, object]) -> list[str]:
    """Return the columns of the data that a column mapping such as {"text": "${data.text}"} refers to."""
    return sorted({column for value in column_mapping.values() for column in DATA_COLUMN.findall(str(value))})


def check_jsonl(path: Path, columns: Iterable[str] = ()) -> int:
    """Check that every line of a UTF-8 file is a JSON object with a value in each of the columns.

    Returns:
        The number of lines.

    Raises:
        UserError: names the file and the line, and says what is wrong there.
    """
    if not path.is_file():
        raise UserError(f"{shown(path)} does not exist or is no file")
    if path.suffix.lower() in (".csv", ".tsv", ".json", ".parquet"):  # Prompt flow goes by the name
        raise UserError(f"{shown(path)} has to end in .jsonl, and to hold a JSON object on every line")
    columns = list(columns)
    lines = 0
    with path.open("rb") as file:
        for lines, raw in enumerate(file, 1):
            _check_line(raw, columns, f"{shown(path)}, line {lines}")
    if lines == 0:
        raise UserError(f"{shown(path)} is empty; it needs a JSON object on every line")
    return lines


def check_known_columns(path: Path, columns: Iterable[str], asked_by: str) -> None:
    """Check that a file that `check_jsonl` found good has each of the columns in at least one of its lines.

    Raises:
        UserError: names the columns that no line has.
    """
    wanted, known = set(columns), set()
    with path.open(encoding="utf-8") as file:
        for line in file:
            known |= json.loads(line).keys()
    if missing := sorted(wanted - known):
        raise UserError(
            f"{shown(path)}: no line has the column {', '.join(missing)}, which {asked_by} needs; "
            f"its columns are {', '.join(sorted(known))}"
        )


def _check_line(raw: bytes, columns: list[str], place: str) -> None:
    row = _parse_line(raw, place)
    if not isinstance(row, dict):
        raise UserError(f"{place}: is no JSON object but a {type(row).__name__}")
    for column in columns:
        if column not in row:
            raise UserError(f'{place}: has no column "{column}"; it has {", ".join(row) or "none"}')
        if row[column] is None:
            raise UserError(f'{place}: the column "{column}" is null')


def _parse_line(raw: bytes, place: str) -> object:
    if raw.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UserError(f"{place}: starts with a byte-order mark; save the file as UTF-8 without one")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UserError(f"{place}: byte {error.start + 1} is not UTF-8; save the file as UTF-8") from None
    if not text.strip():
        raise UserError(f"{place}: is blank; every line has to be a JSON object")
    try:
        row = json.loads(text, object_pairs_hook=_unique_keys, parse_constant=_no_constant)
        if HALF_CHARACTER.search(text):  # perhaps: two halves make one, and a backslash may itself be escaped
            json.dumps(row, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise UserError(f"{place}: has half a character, a \\ud800 to \\udfff without its other half") from None
    except (ValueError, RecursionError) as error:
        raise UserError(f"{place}: is not valid JSON: {error}") from None
    return row


def _unique_keys(pairs: list[tuple[str, object]]) -> dict:
    row = dict(pairs)
    if len(row) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)!r} stands twice")
    return row


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON value")
