"""The lines of a data file as they go to Azure: in a file of this repository's making, named by its content."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mlops.common.paths import OUTPUTS
from mlops.data.column_mapping import column_of, mapped_columns
from mlops.data.files import ColumnRequirement, read_data

FOLDER = OUTPUTS / "data"


def renamed_columns(
    data: Path, required: Iterable[ColumnRequirement], column_mapping: Mapping[str, object]
) -> tuple[Path, dict[str, object]]:
    """Return a JSONL file with the columns that a flow needs, `column_1` and so on, and a column mapping to them.

    There, Prompt flow reads the data with pandas: it would pair lines with answers by a column `line_number`, and make
    dates of what stands in one such as `date`, `modified` or `created_at`.
    """
    names = {column: f"column_{number}" for number, column in enumerate(mapped_columns(column_mapping), 1)}
    rows = ({name: row[column] for column, name in names.items()} for row in read_data(data, required))
    mapping = {
        argument: value if (column := column_of(value)) is None else f"${{data.{names[column]}}}"
        for argument, value in column_mapping.items()
    }
    return _written(rows), mapping


def as_json_lines(data: Path, required: Iterable[ColumnRequirement]) -> Path:
    """Return a data file as JSONL: itself, or a copy of one in another format."""
    return data if data.suffix.lower() != ".csv" else _written(read_data(data, required))


def _written(rows: Iterable[Mapping[str, object]]) -> Path:
    """Write lines to a file that is whole or not there."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    temporary = FOLDER / f".{os.getpid()}"
    digest = hashlib.sha256()
    with temporary.open("wb") as file:
        for row in rows:
            line = json.dumps(row, ensure_ascii=False).encode("utf-8") + b"\n"
            digest.update(line)
            file.write(line)
    target = FOLDER / f"{digest.hexdigest()[:12]}.jsonl"
    os.replace(temporary, target)
    return target


def to_jsonable(value: Any) -> Any:
    """Return what a flow's class is made with as JSON: a model configuration becomes a mapping."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {key: item for key, item in dataclasses.asdict(value).items() if item is not None}
    return value
