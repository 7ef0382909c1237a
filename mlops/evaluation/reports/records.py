"""Evaluations as JSON that any parser accepts.

JSON has no NaN and no infinities. Among scores and other numbers of ours they are the texts "NaN", "Infinity" and
"-Infinity"; inside inputs and outputs, where such a text may be data, they are objects such as {"$number": "NaN"}.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Sequence
from typing import Any

from mlops.evaluation.reports.comparison import compare_rows, disagreements, labels
from mlops.evaluation.reports.rows import latencies, percentile, problems
from mlops.evaluation.results import Evaluation, Row

NUMBER = "$number"


def encode_json(record: object, indent: int | None = None) -> str:
    """Return a record as strict JSON, with the letters of all languages as they are."""
    return json.dumps(record, ensure_ascii=False, allow_nan=False, indent=indent)


def encode_data(value: Any) -> Any:
    """Return a value of the data so that strict JSON can hold it; what JSON does not know becomes its text."""
    if isinstance(value, float) and not math.isfinite(value):
        return {NUMBER: _number(value)}
    if isinstance(value, dict):
        encoded = {str(key): encode_data(item) for key, item in value.items()}
        return {NUMBER: encoded} if list(encoded) == [NUMBER] else encoded
    if isinstance(value, (list, tuple)):
        return [encode_data(item) for item in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def decode_data(value: Any) -> Any:
    """Return the value that `encode_data` encoded."""
    if isinstance(value, list):
        return [decode_data(item) for item in value]
    if not isinstance(value, dict):
        return value
    if list(value) != [NUMBER]:
        return {key: decode_data(item) for key, item in value.items()}
    held = value[NUMBER]
    return {NUMBER: decode_data(held[NUMBER])} if isinstance(held, dict) else float(held)


def row_record(row: Row) -> dict[str, Any]:
    """Return a row as it stands in results.jsonl."""
    return {
        "number": row.number,
        "inputs": encode_data(row.inputs),
        "outputs": encode_data(row.outputs),
        "scores": {name: _number(score) for name, score in row.scores.items()},
        "notes": row.notes,
        "error": row.error,
        "seconds": _number(row.seconds),
        "tokens": row.tokens,
        "not_applicable": row.not_applicable,
        **({"answers": [_part(answer) for answer in row.answers]} if row.answers else {}),
    }


def row_of(record: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of the row that `row_record` recorded; numbers may still be texts."""
    of_line = {"number": record["number"], "inputs": record["inputs"]}
    return {
        **record,
        "inputs": decode_data(record["inputs"]),
        "outputs": decode_data(record["outputs"]),
        "answers": [row_of({**of_line, "repeat": n, **each}) for n, each in enumerate(record.get("answers", ()), 1)],
    }


def evaluation_record(evaluation: Evaluation) -> dict[str, Any]:
    """Return an evaluation as it stands in metrics.json: everything but its rows."""
    times = latencies(evaluation)
    return {
        "title": evaluation.title,
        "verdict": "passed" if evaluation.passed else "failed",
        "failures": list(evaluation.failures),
        "flow": evaluation.flow,
        "environment": evaluation.environment,
        "variant": evaluation.variant,
        "run": evaluation.run,
        "created": evaluation.created,
        "baseline": evaluation.baseline,
        "row_count": len(evaluation.rows),
        "failed_rows": list(problems(evaluation)),
        "degraded_rows": [line.number for line in evaluation.degraded],
        "metrics": [_numbers(dataclasses.asdict(metric)) for metric in evaluation.metrics],
        "seconds": _number(evaluation.seconds),
        "latency": {"p50": percentile(times, 0.5), "p95": percentile(times, 0.95)},
        "tokens": evaluation.tokens,
        "cost": _number(evaluation.cost),
        "about": evaluation.about,
    }


def comparison_record(evaluations: Sequence[Evaluation]) -> dict[str, Any]:
    """Return a comparison as it stands in metrics.json: its evaluations, and the lines on which they disagree."""
    named = zip(labels(evaluations), evaluations)
    return {
        "evaluations": [{"label": label, **evaluation_record(evaluation)} for label, evaluation in named],
        "disagreements": [row.number for row in disagreements(compare_rows(evaluations))],
    }


def compared_row_records(evaluations: Sequence[Evaluation]) -> list[dict[str, Any]]:
    """Return the lines of a comparison's results.jsonl, in the order of the data, with a part per evaluation."""
    names = labels(evaluations)
    return [
        {
            "number": row.number,
            "inputs": encode_data(row.inputs),
            "spread": row.spread,
            "evaluations": {name: part and _part(part) for name, part in zip(names, row.rows)},
        }
        for row in sorted(compare_rows(evaluations), key=lambda row: row.number)
    ]


def _part(row: Row) -> dict[str, Any]:
    return {key: value for key, value in row_record(row).items() if key not in ("number", "inputs")}


def _number(value: float | None) -> float | str | None:
    if value is None or math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _numbers(record: dict[str, Any]) -> dict[str, Any]:
    """Return a metric's record with its numbers, and those of its threshold and change, as strict JSON has them."""
    return {
        key: _numbers(value) if isinstance(value, dict) else _number(value) if isinstance(value, float) else value
        for key, value in record.items()
    }
