"""Data files, JSONL or CSV: read by this repository alone, and checked before anything runs on them.

Prompt flow and promptflow-evals would read them with pandas, which takes "01632960733" for a number and a column `date`
for dates, rounds numbers, and has names of its own for columns: by `line_number`, Prompt flow pairs lines with answers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mlops.common.errors import UserError
from mlops.common.paths import display_path
from mlops.data.formats import csv_rows, json_lines, no_constant
from mlops.data.value_kinds import ANYTHING, NULL, Kinds, fits, in_words, kind_of

OTHER_FORMATS = (".json", ".tsv", ".parquet", ".xlsx", ".xls")
QUOTED = 40  # characters of a value that an error quotes


@dataclass(frozen=True)
class ColumnRequirement:
    """What something needs of a column of the data.

    Attributes:
        column: the column's name.
        kinds: of JSON values; empty: anything but null.
        required_by: what needs it, for errors, such as "the flow's input text".
        optional: whether a line may do without the column.
    """

    column: str
    kinds: Kinds = ANYTHING
    required_by: str = "the flow"
    optional: bool = False


def check_data(path: Path, required: Iterable[ColumnRequirement] = ()) -> int:
    """Check that every line of a UTF-8 file has what is required of it, and return the number of lines.

    Raises:
        UserError: names the file, the line and the column, and says what is wrong there.
    """
    return sum(1 for _ in read_data(path, required))


def read_data(path: Path, required: Iterable[ColumnRequirement] = ()) -> Iterator[dict[str, object]]:
    """Yield the lines of a file as mappings, by column; those of JSONL are JSON objects, and those of CSV hold text.

    A byte-order mark at the beginning and blank lines at the end are no lines. Text in CSV is read as JSON where what
    wants the column takes no text.

    Args:
        path: the file.
        required: what each line has to have.

    Raises:
        UserError: names the file, the line and the column, and says what is wrong there.
    """
    if not path.is_file():
        raise UserError(f"{display_path(path)} does not exist or is not a file")
    suffix = path.suffix.lower()
    if suffix in OTHER_FORMATS:
        raise UserError(f"{display_path(path)} has to end in .jsonl, with a JSON object on every line, or in .csv")
    required = list(required)
    empty = True
    places: Iterator[tuple[str, dict[str, object]]] = csv_rows(path) if suffix == ".csv" else json_lines(path)
    for place, row in places:
        empty = False
        if suffix == ".csv":
            _read_other_kinds(row, required)
        for each in required:
            _check(row, each, place)
        yield row
    if empty:
        what = "a row below its header" if suffix == ".csv" else "a JSON object on every line"
        raise UserError(f"{display_path(path)} is empty; it needs {what}")


def _check(row: Mapping[str, object], required: ColumnRequirement, place: str) -> None:
    column = required.column
    if column not in row:
        if required.optional:
            return
        has = ", ".join(row) or "none"
        raise UserError(f'{place}: has no column "{column}", which {required.required_by} needs; it has {has}')
    if fits(row[column], required.kinds):
        return
    kind = kind_of(row[column])
    is_now = NULL if kind == NULL else f"{in_words(frozenset({kind}))} ({_beginning(row[column])})"
    raise UserError(
        f'{place}: the column "{column}" is {is_now}; {required.required_by} takes {in_words(required.kinds)}'
    )


def _beginning(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= QUOTED else f"{text[:QUOTED]}…"


def _read_other_kinds(row: dict[str, object], required: Iterable[ColumnRequirement]) -> None:
    """Read cells as JSON where that gives a required kind and text does not."""
    for each in required:
        text = row.get(each.column)
        if isinstance(text, str) and each.kinds and "string" not in each.kinds:
            try:
                value = json.loads(text, parse_constant=no_constant) if text else None
            except (ValueError, RecursionError):
                continue  # it stays text, and is reported as the wrong kind
            row[each.column] = value


def sha256(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
