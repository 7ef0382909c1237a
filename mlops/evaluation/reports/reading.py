"""Reads an evaluation back from its results, so that a later one can be compared with it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from mlops.common.errors import UserError
from mlops.common.paths import display_path
from mlops.evaluation.reports.records import row_of
from mlops.evaluation.results import Evaluation

METRICS, RESULTS = "metrics.json", "results.jsonl"


def read_results(path: Path) -> Evaluation:
    """Read an evaluation from metrics.json and results.jsonl.

    Args:
        path: the folder of the two files, or one of them.

    Raises:
        UserError: a file is missing, damaged, cut short, or holds a comparison of several evaluations.
    """
    folder = path if path.is_dir() else path.parent
    if not path.is_dir() and path.name not in (METRICS, RESULTS):
        raise UserError(f"{display_path(path)} is neither a folder with an evaluation's results nor its {METRICS}")
    record = _parse(_text(folder / METRICS), display_path(folder / METRICS))
    if "evaluations" in record:
        raise UserError(f"{display_path(folder)} compares several evaluations; give the folder of one of them")
    rows = _rows(folder / RESULTS)
    if record.get("row_count") != len(rows):
        raise UserError(
            f"{display_path(folder / RESULTS)} has {len(rows)} rows, but {METRICS} counts {record.get('row_count')}; "
            f"one of them is damaged: evaluate again, or give other results"
        )
    try:
        evaluation = TypeAdapter(Evaluation).validate_python({**record, "rows": rows})
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise _damaged(display_path(folder), f'"{place}": {first["msg"]}') from error
    if not math.isfinite(evaluation.seconds):
        raise _damaged(display_path(folder), f'"seconds": {evaluation.seconds} is no time')
    return evaluation


def _rows(path: Path) -> list[dict[str, Any]]:
    rows = []
    # Only \n ends a row: splitlines() would also split at U+2028 and others inside a text.
    for number, line in enumerate(_text(path).rstrip("\n").split("\n"), 1):
        if not line and number == 1:
            break
        place = f"{display_path(path)}, line {number}"
        record = _parse(line, place)
        try:
            rows.append(row_of(record))
        except (KeyError, TypeError, ValueError) as error:
            raise _damaged(place, "it has no readable inputs and outputs") from error
    return rows


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError as error:
        raise UserError(
            f"{display_path(path)} does not exist; evaluate first, or give another evaluation's folder"
        ) from error
    except UnicodeDecodeError as error:
        raise _damaged(display_path(path), "it is not UTF-8") from error
    except OSError as error:
        raise UserError(f"{display_path(path)} cannot be read: {error.strerror}") from error


def _parse(text: str, place: str) -> dict[str, Any]:
    try:
        record = json.loads(text)
    except ValueError as error:
        raise _damaged(place, f"it is no JSON ({error})") from error
    if not isinstance(record, dict):
        raise _damaged(place, "it is no JSON object")
    return record


def _damaged(place: str, reason: str) -> UserError:
    return UserError(f"{place} is damaged: {reason}; evaluate again, or give other results")
