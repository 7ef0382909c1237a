"""Puts rows through evaluators: every value as the flow returned it and as the data held it, of the same type.

The `evaluate` of promptflow-evals and that of azure-ai-evaluation read rows with pandas, which takes "01632960733" for
a number and null for NaN; of what an evaluator raises, neither keeps the reason.
"""

from __future__ import annotations

import asyncio
import copy
import inspect
import json
import numbers
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from mlops.common.errors import RunFailed, UserError
from mlops.data.column_mapping import column_of
from mlops.data.files import ColumnRequirement
from mlops.data.value_kinds import kinds_of_parameters
from mlops.evaluation.kept_scores import KeptScores, fingerprint, key_of
from mlops.evaluation.results import Row

Evaluator = Callable[..., Any]
ColumnMapping = Mapping[str, Mapping[str, str]]
TARGET = "${target."
REPLY_KEY = "reply"  # the note that holds the whole reply of a judge without a score
ERROR_KEY = "error"  # what stands for the scores of an evaluator that failed
NOT_APPLICABLE_KEY = "not_applicable"  # what one returns that has nothing to score in a row: the reason
ONLY_SCORE = "score"  # what a score is called that is returned without a name
CALLS_AT_A_TIME = 32  # of evaluators; judges wait for their endpoint, and limit themselves


def required_by_evaluators(
    evaluators: Mapping[str, Evaluator], column_mapping: ColumnMapping
) -> list[ColumnRequirement]:
    """Return what evaluators need of the data's columns, by the annotations of their parameters.

    Raises:
        UserError: an evaluator is mapped what it does not take, or is not mapped what it needs.
    """
    required = []
    for name, evaluator in evaluators.items():
        taken = kinds_of_parameters(evaluator)
        mapping = column_mapping.get(name, {})
        if missing := [each for each, (_, optional) in taken.items() if not optional and each not in mapping]:
            raise UserError(f"the column mapping of the evaluator {name} lacks {', '.join(missing)}")
        for parameter, value in mapping.items():
            if (column := column_of(value)) is not None:
                kinds, optional = taken.get(parameter, (frozenset(), False))
                required.append(ColumnRequirement(column, kinds, f"the evaluator {name}'s {parameter}", optional))
    return required


def score_rows(
    rows: Sequence[Row],
    evaluators: Mapping[str, Evaluator],
    column_mapping: ColumnMapping,
    folder: Path,
    kept: Mapping[str, dict[str, Any]] | None = None,
) -> list[Row]:
    """Return the rows with what the evaluators gave them, in the same order.

    Args:
        rows: rows that the flow answered.
        evaluators: by name; each takes keyword arguments and returns a flat dict, or a number.
        column_mapping: by evaluator, its arguments from ${data.<column>} and ${target.<output>}.
        folder: of the evaluation's run, where each result is kept as soon as it is there.
        kept: results of earlier evaluations, as `read_kept_scores` returns them; what stands there is not asked again.
    """
    fingerprints = {name: fingerprint(name, evaluator) for name, evaluator in evaluators.items()}
    with KeptScores(folder, kept or {}) as results:

        def score(row: Row, name: str) -> dict[str, Any]:
            arguments = arguments_for(row, column_mapping.get(name, {}))
            key = key_of(fingerprints[name], row, arguments)
            result = results.get(key)
            if result is None:
                # A copy: an evaluator that sorts what it is given must not change what others see.
                result = call(evaluators[name], copy.deepcopy(arguments))
                if not isinstance(result.get(ERROR_KEY), str):
                    results.keep(key, result)
            return {f"{name}.{score}": value for score, value in result.items()}

        pool = ThreadPoolExecutor(CALLS_AT_A_TIME, thread_name_prefix="evaluator")
        try:
            futures = [[pool.submit(score, row, name) for name in evaluators] for row in rows]
            return [
                with_scores(row, {key: value for future in each for key, value in future.result().items()})
                for row, each in zip(rows, futures)
            ]
        finally:
            pool.shutdown(cancel_futures=True)


def arguments_for(row: Row, mapping: Mapping[str, str]) -> dict[str, Any]:
    """Return an evaluator's arguments; one whose column the row does not have is left out."""
    arguments = {}
    for name, value in mapping.items():
        if value.startswith(TARGET) and value.endswith("}"):
            found, key = row.outputs, value.removeprefix(TARGET).removesuffix("}")
        elif (column := column_of(value)) is not None:
            found, key = row.inputs, column
        else:
            found, key = {name: value}, name
        if key in found:
            arguments[name] = found[key]
    return arguments


def call(evaluator: Evaluator, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an evaluator returns, or {"error": why} if it raises: it is a failure of this row alone.

    One that is asynchronous is awaited. A number without a name is the score `score`, and numbers of NumPy are numbers.
    """
    try:
        result = evaluator(**arguments)
        if inspect.isawaitable(result):
            result = asyncio.run(_awaited(result))
        if not isinstance(result, Mapping):
            result = {ONLY_SCORE: _plain(result)}
            if not isinstance(result[ONLY_SCORE], numbers.Real):
                raise TypeError(f"it returned a {type(result[ONLY_SCORE]).__name__}, and neither a dict nor a number")
        return {str(name): _plain(value) for name, value in result.items()}
    except RunFailed as error:
        reply = getattr(error, "reply", "")  # of a judge, of which the error quotes but the beginning
        return {ERROR_KEY: str(error), **({REPLY_KEY: reply} if reply else {})}
    except (Exception, SystemExit) as error:  # whatever an evaluator may raise
        return {ERROR_KEY: f"{type(error).__name__}: {error}"}


async def _awaited(result: Awaitable[Any]) -> Any:
    return await result


def _plain(value: Any) -> Any:
    """Return a score as a number of Python's: those of NumPy have types of their own, which JSON does not know.

    Raises:
        OverflowError: it is more than a score can be.
    """
    if type(value).__module__ == "numpy" and getattr(value, "ndim", None) == 0:
        value = value.item()
    if isinstance(value, numbers.Real):
        float(value)
    return value


def with_scores(row: Row, results: Mapping[str, Any]) -> Row:
    """Sort what the evaluators returned, by "evaluator.key", into scores, notes, errors, and what does not apply."""
    scores: dict[str, float | None] = {}
    notes: dict[str, str] = {}
    not_applicable: dict[str, str] = {}
    errors = []
    for key, value in results.items():
        evaluator, _, name = key.partition(".")
        if name == ERROR_KEY and isinstance(value, str):  # a number may be a rate of errors
            errors.append(f"{evaluator}: {value}")
        elif name == NOT_APPLICABLE_KEY and isinstance(value, str):
            not_applicable[evaluator] = value
        elif value is None or isinstance(value, numbers.Real):
            scores[key] = None if value is None else float(value)
        else:
            notes[key] = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return replace(row, scores=scores, notes=notes, error="; ".join(errors) or None, not_applicable=not_applicable)
