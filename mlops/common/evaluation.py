"""Evaluates a flow: every line through the flow, every answer through the evaluators, then the gate."""

from __future__ import annotations

import contextlib
import functools
import inspect
import io
import json
import logging
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops.common.batch_reports import RUNS, line_records, run_error
from mlops.common.batches import open_batch
from mlops.common.data_files import check_known_columns, mapped_columns
from mlops.common.errors import RunFailed, UserError
from mlops.common.evaluation_log import log_evaluation
from mlops.common.evaluations import Evaluation, Row, Threshold
from mlops.common.gate import judge
from mlops.common.promptflow_fixes import threads_for
from mlops.common.promptflow_speedups import import_evaluate, one_ssl_context
from mlops.common.provenance import provenance

if TYPE_CHECKING:
    from promptflow.entities import Run

    from mlops.common.session import Session

OUTPUT_PREFIX = "__outputs."  # what promptflow-evals calls the columns that a target returned
ERROR_KEY = "error"  # what an evaluator that failed returns instead of scores
NOT_APPLICABLE_KEY = "not_applicable"  # what one returns that has nothing to score in a row: the reason


@dataclass(frozen=True)
class FlowEvaluation:
    """How a flow is evaluated.

    Attributes:
        flow: the flow's name, as in the sections of config.yaml.
        target: returns the arguments of `pf.run` for the flow in a session.
        evaluators: returns the evaluators by name; each takes keyword arguments and returns a flat dict.
        column_mapping: by evaluator, its arguments from ${data.<column>} and ${target.<output>}.
    """

    flow: str
    target: Callable[[Session], dict[str, Any]]
    evaluators: Callable[[Session], Mapping[str, Callable[..., dict]]]
    column_mapping: Mapping[str, Mapping[str, str]]

    def run(self, session: Session, baseline: Evaluation | None = None) -> Evaluation:
        """Evaluate the flow on the session's data.

        Args:
            session: an open session of the flow.
            baseline: an earlier evaluation to compare with.

        Raises:
            UserError: the data lacks a column that an evaluator needs; no line was run.
        """
        for name, mapping in self.column_mapping.items():
            check_known_columns(session.data, mapped_columns(mapping), f"the evaluator {name}")
        start = time.monotonic()
        with open_batch(session, traced=True) as batch:
            batch.run = session.pf.run(**batch.new_or_resumed(**self.target(session)))
        rows = read_rows(session.data, batch.run)
        rows, names = self._scored(session, rows)
        thresholds = {name: Threshold(**limits.model_dump()) for name, limits in session.config.thresholds.items()}
        metrics, failures = judge(rows, names, thresholds, baseline)
        return Evaluation(
            flow=self.flow,
            environment=session.environment,
            run=session.run_name,
            rows=tuple(rows),
            metrics=metrics,
            failures=failures,
            created=datetime.now(timezone.utc).isoformat(timespec="seconds"),
            seconds=time.monotonic() - start,
            variant=dict(session.variant),
            cost=session.cost(batch.tokens),
            baseline=baseline.run if baseline else None,
            about=provenance(session.config),
        )

    def _scored(self, session: Session, rows: list[Row]) -> tuple[list[Row], list[str]]:
        """Return the rows with their scores, and the names of the metrics that every row has to have."""
        answered = [row for row in rows if row.error is None]
        if not answered:
            return rows, list(session.config.thresholds)
        evaluators = self.evaluators(session)
        results = evaluate_rows(session, answered, evaluators, self.column_mapping)
        by_number = {row.number: with_scores(row, result) for row, result in zip(answered, results)}
        rows = [by_number.get(row.number, row) for row in rows]
        return rows, list(dict.fromkeys(name for row in rows for name in row.scores))


def evaluate_rows(
    session: Session,
    rows: list[Row],
    evaluators: Mapping[str, Callable[..., dict]],
    column_mapping: Mapping[str, Mapping[str, str]],
) -> list[dict[str, Any]]:
    """Put rows through promptflow-evals, and log to the AI Studio project where the session has one.

    Returns:
        For each row, in the same order, what every evaluator returned, by "evaluator.key".
    """
    evaluate = import_evaluate(log_to_azure=session.aistudio is not None)
    logging.getLogger("promptflow.evals").setLevel(logging.CRITICAL)  # it calls it an error that it logs nothing
    if session.aistudio is None:
        _say_offline()
    data = RUNS / session.run_name / "answered.jsonl"
    with data.open("w", encoding="utf-8") as file:
        for row in rows:
            columns = {**row.inputs, **{OUTPUT_PREFIX + name: value for name, value in row.outputs.items()}}
            file.write(json.dumps(columns, ensure_ascii=False) + "\n")
    # It prints its own table of aggregates.
    with threads_for(len(evaluators)), one_ssl_context(), contextlib.redirect_stdout(io.StringIO()):
        result = evaluate(
            evaluation_name=session.run_name,
            data=str(data),
            evaluators={name: keeping_reasons(evaluator) for name, evaluator in evaluators.items()},
            evaluator_config={name: _as_columns(mapping) for name, mapping in column_mapping.items()},
            _use_pf_client=False,  # threads of this process instead of a pool of processes
        )
    if session.aistudio is not None:
        _log(session, result)
    prefixes = tuple(f"outputs.{name}." for name in evaluators)
    return [
        {key.removeprefix("outputs."): value for key, value in row.items() if key.startswith(prefixes)}
        for row in result["rows"]
    ]


@functools.cache
def _say_offline() -> None:
    print("No AI Studio project is configured, so the results stay on this machine.", file=sys.stderr)


def _log(session: Session, result: dict[str, Any]) -> None:
    """Log to the project; should Azure fail, what was evaluated stays, and with it the verdict."""
    try:
        link = log_evaluation(session.aistudio, session.run_name, result["metrics"], result["rows"])
    except (UserError, RunFailed) as error:
        print(f"The results stay on this machine: {error}", file=sys.stderr)
    else:
        print(f"Logged to {link}", file=sys.stderr)


def keeping_reasons(evaluator: Callable[..., dict]) -> Callable[..., dict]:
    """Return the evaluator with its exceptions as results; promptflow-evals would turn them into NaN and forget why."""

    @functools.wraps(evaluator, assigned=(), updated=())
    def evaluate(**inputs: Any) -> dict:
        try:
            return evaluator(**inputs)
        except Exception as error:
            return {ERROR_KEY: f"{type(error).__name__}: {error}"}

    evaluate.__signature__ = inspect.signature(evaluator)
    return evaluate


def read_rows(data: Path, run: Run) -> list[Row]:
    """Return a row for every line of the data, with the run's outputs, or with the reason why there are none."""
    records = {record["line_number"]: record for record in line_records(RUNS / run.name)}
    rows = []
    with data.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            record = records.get(number - 1)
            inputs = json.loads(line)
            rows.append(_row(number, inputs, record) if record else Row(number, inputs, {}, {}, error=run_error(run)))
    return rows


def _row(number: int, inputs: dict[str, Any], record: dict[str, Any]) -> Row:
    info = record["run_info"]
    seconds = (
        datetime.fromisoformat(record["end_time"]) - datetime.fromisoformat(record["start_time"])
    ).total_seconds()
    if record["status"] != "Completed":
        reason = (info.get("error") or {}).get("message") or "the flow failed and gave no reason"
        return Row(number, inputs, {}, {}, error=" ".join(str(reason).split()), seconds=seconds)
    output = info["output"] if isinstance(info["output"], dict) else {"output": info["output"]}
    outputs = {name: value for name, value in output.items() if name != "line_number"}
    tokens = (info.get("system_metrics") or {}).get("total_tokens")
    return Row(number, inputs, outputs, {}, seconds=seconds, tokens=tokens)


def with_scores(row: Row, results: Mapping[str, Any]) -> Row:
    """Sort what the evaluators returned into scores, notes, errors, and what does not apply."""
    scores: dict[str, float | None] = {}
    notes: dict[str, str] = {}
    not_applicable: dict[str, str] = {}
    errors = []
    for key, value in results.items():
        evaluator, _, name = key.partition(".")
        if name == ERROR_KEY:
            if isinstance(value, str):  # NaN where another row has an error
                errors.append(f"{evaluator}: {value}")
        elif name == NOT_APPLICABLE_KEY:
            if isinstance(value, str):
                not_applicable[evaluator] = value
        elif isinstance(value, str):
            notes[key] = value
        else:
            scores[key] = None if value is None else float(value)
    scored = Row(
        row.number,
        row.inputs,
        row.outputs,
        scores,
        notes,
        "; ".join(errors) or None,
        row.seconds,
        row.tokens,
        not_applicable,
    )
    # A table has a cell for every row, so what one row was scored for is NaN in a row to which it does not apply.
    return replace(scored, scores={name: score for name, score in scores.items() if scored.applies(name)})


def _as_columns(mapping: Mapping[str, str]) -> dict[str, dict[str, str]] | dict[str, str]:
    return {name: value.replace("${target.", "${data." + OUTPUT_PREFIX) for name, value in mapping.items()}
