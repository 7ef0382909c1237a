"""Column mappings: by argument, a reference to a column such as "${data.text}", or a value that stands for itself."""

from __future__ import annotations

import re
from collections.abc import Mapping

DATA_COLUMN = re.compile(r"\$\{data\.(.+)\}", re.DOTALL)


def column_of(value: object) -> str | None:
    """Return the column of the data that a value of a column mapping refers to; None where it stands for itself."""
    found = DATA_COLUMN.fullmatch(value) if isinstance(value, str) else None
    return found[1] if found else None


def mapped_columns(column_mapping: Mapping[str, object]) -> list[str]:
    """Return the columns of the data that a column mapping refers to."""
    return sorted({column for value in column_mapping.values() if (column := column_of(value)) is not None})


def map_row(column_mapping: Mapping[str, object], row: Mapping[str, object]) -> dict[str, object]:
    """Return the arguments for a line of the data. An argument whose column the line does not have is left out."""
    columns = {name: column_of(value) for name, value in column_mapping.items()}
    return {
        name: column_mapping[name] if column is None else row[column]
        for name, column in columns.items()
        if column is None or column in row
    }
