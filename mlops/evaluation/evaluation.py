"""Evaluates a flow: every line through the flow, every answer through the evaluators, then the gate."""

from __future__ import annotations

import functools
import itertools
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops.common.errors import RunFailed, UserError
from mlops.data.files import read_data
from mlops.endpoint.emulator import NOT_RECORDED, counted
from mlops.evaluation.aistudio import log_evaluation
from mlops.evaluation.gate import decide
from mlops.evaluation.judges import judged_by
from mlops.evaluation.kept_scores import read_kept_scores
from mlops.evaluation.provenance import provenance
from mlops.evaluation.repeats import by_line
from mlops.evaluation.results import Evaluation, Row, Threshold
from mlops.evaluation.scoring import ColumnMapping, Evaluator, required_by_evaluators, score_rows
from mlops.runs.batch import open_batch
from mlops.runs.batch_report import RUNS, line_records, run_error
from mlops.runs.degraded import too_many
from mlops.runs.resume import ancestors

if TYPE_CHECKING:
    from promptflow.entities import Run

    from mlops.configuration.sections import AiStudioConfig
    from mlops.runs.session import Session


Baseline = Callable[[Sequence[dict[str, Any]]], "Evaluation | None"]


def evaluate(
    session: Session,
    *,
    data: Path,
    target: Mapping[str, Any],
    evaluators: Mapping[str, Evaluator],
    evaluator_config: Mapping[str, Mapping[str, Mapping[str, str]]],
    baseline: Baseline | None = None,
) -> Evaluation:
    """Put every line of the data through a flow, score each answer, and judge the scores by the session's thresholds.

    The arguments are those of promptflow-evals' `evaluate`; decision 14 says why that function is not called.

    Args:
        session: an open session of the flow.
        data: the session's data.
        target: the arguments of `pf.run` for the flow.
        evaluators: by name; each takes keyword arguments and returns a flat dict.
        evaluator_config: by evaluator, {"column_mapping": {argument: "${data.<column>}" or "${target.<output>}"}}.
        baseline: chooses, for the lines of the data, an earlier evaluation to compare with.

    Raises:
        UserError: the data lacks a column that an evaluator needs; no line was run.
    """
    column_mapping = column_mappings(evaluator_config)
    required = [*session.column_requirements, *required_by_evaluators(evaluators, column_mapping)]
    lines = list(read_data(data, required))
    compared = baseline(lines) if baseline else None
    start = time.monotonic()
    with open_batch(session, traced=True) as batch:
        batch.run = batch.resumed() or session.pf.run(data=data, **target, **batch.options())
    rows, names = _scored(session, read_rows(lines, batch.run, session.repeat), evaluators, column_mapping)
    thresholds = {name: Threshold(**limits.model_dump()) for name, limits in session.config.thresholds.items()}
    metrics, failures = decide(rows, names, thresholds, compared)
    degraded = [line for row in rows if (line := row.degraded)]
    if excess := too_many(degraded, len(rows), session.config.max_degraded):
        failures = (*(f"line {line.number} is degraded: {line.reason}" for line in degraded), excess, *failures)
    failures = (*failures, *_without_scores(rows, evaluators))
    if missing := session.counts[NOT_RECORDED]:
        failures = (f"{missing} requests are not recorded, so nothing can be said of what they ask", *failures)
    return Evaluation(
        flow=session.flow,
        environment=session.environment,
        run=session.run_name,
        rows=tuple(rows),
        metrics=metrics,
        failures=tuple(failures),
        created=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        seconds=time.monotonic() - start,
        variant=dict(session.variant),
        # Of an evaluation that was resumed it would be the cost of its own lines alone.
        cost=None if session.resume_from else session.cost(batch.tokens),
        baseline=compared.run if compared else None,
        about={
            "answers": f"{session.answered_by}{_sources(session)}",
            **judged_by(session, column_mapping),
            **provenance(session.config, session.data, session.data_sha256),
        },
    )


def column_mappings(evaluator_config: Mapping[str, Mapping[str, Mapping[str, str]]]) -> ColumnMapping:
    """Return the column mapping of each evaluator."""
    return {name: config.get("column_mapping", {}) for name, config in evaluator_config.items()}


def _scored(
    session: Session, rows: list[Row], evaluators: Mapping[str, Evaluator], column_mapping: ColumnMapping
) -> tuple[list[Row], list[str]]:
    """Return the rows with their scores, and the names of the metrics that every row has to have."""
    answered = [row for row in rows if row.error is None]
    if not answered:
        return by_line(rows), list(session.config.thresholds)
    scored = evaluate_rows(session, answered, evaluators, column_mapping)
    by_place = {(row.number, row.repeat): row for row in scored}
    rows = by_line([by_place.get((row.number, row.repeat), row) for row in rows])
    return rows, list(dict.fromkeys(name for row in rows for name in row.scores))


def _without_scores(rows: Sequence[Row], evaluators: Iterable[str]) -> list[str]:
    """Return that an evaluator has not scored a single row, though rows were answered to which it applies."""
    answered = [row for row in rows if row.outputs and not row.error]
    return [
        f"the evaluator {name} gave no score in any row; it returns a dict with numbers, or a number"
        for name in evaluators
        if any(row.applies(name) for row in answered)
        and not any(score.startswith(f"{name}.") for row in answered for score in row.scores)
    ]


def _sources(session: Session) -> str:
    return f": {counted(session.counts)}" if session.counts else ""


def evaluate_rows(
    session: Session, rows: Sequence[Row], evaluators: Mapping[str, Evaluator], column_mapping: ColumnMapping
) -> list[Row]:
    """Return the rows with what evaluators gave them; log them to the Foundry project where the session has one."""
    kept = read_kept_scores(RUNS / name for name in ancestors(session.resume_from))
    scored = score_rows(rows, evaluators, column_mapping, RUNS / session.run_name, kept)
    if session.aistudio is None:
        _report_local_only()
    else:
        _log(session, session.aistudio, scored)
    return scored


@functools.cache
def _report_local_only() -> None:
    print("No Foundry project is configured, so the results stay on this machine.", file=sys.stderr)


def _log(session: Session, project: AiStudioConfig, rows: Sequence[Row]) -> None:
    """Log to the project; should Azure fail, what was evaluated stays, and with it the verdict."""
    scores: dict[str, list[float]] = {}
    for name, score in itertools.chain.from_iterable(row.scores.items() for row in rows):
        if score is not None:
            scores.setdefault(name, []).append(score)
    table = [
        {f"inputs.{name}": value for name, value in row.inputs.items()}
        | {f"outputs.{name}": value for name, value in {**row.outputs, **row.scores, **row.notes}.items()}
        for row in rows
    ]
    try:
        means = {name: sum(values) / len(values) for name, values in scores.items()}
        link = log_evaluation(project, session.run_name, means, table)
    except (UserError, RunFailed) as error:
        print(f"The results stay on this machine: {error}", file=sys.stderr)
    else:
        print(f"Logged to {link}", file=sys.stderr)


def read_rows(lines: Sequence[dict[str, Any]], run: Run, repeat: int = 1) -> list[Row]:
    """Return a row for every line of the data, with the run's outputs, or with the reason why there are none.

    Args:
        lines: the data.
        run: a run over them, of which line number n, counted from 0, is line n modulo their number.
        repeat: how often each line was answered.
    """
    records = {record["line_number"]: record for record in line_records(RUNS / run.name)}
    rows = []
    for index in range(len(lines) * repeat):
        asked, place = divmod(index, len(lines))
        record = records.get(index)
        if record:
            row = _row(place + 1, lines[place], record)
        else:
            row = Row(place + 1, lines[place], {}, {}, error=run_error(run))
        rows.append(replace(row, repeat=asked + 1))
    return rows


def _row(number: int, inputs: dict[str, Any], record: dict[str, Any]) -> Row:
    info = record["run_info"]
    took = datetime.fromisoformat(record["end_time"]) - datetime.fromisoformat(record["start_time"])
    seconds = max(0.0, took.total_seconds())  # the clock may have been set back
    if record["status"] != "Completed":
        reason = (info.get("error") or {}).get("message") or "the flow failed and gave no reason"
        return Row(number, inputs, {}, {}, error=" ".join(str(reason).split()), seconds=seconds)
    outputs = info["output"] if isinstance(info["output"], dict) else {"output": info["output"]}
    tokens = (info.get("system_metrics") or {}).get("total_tokens")
    return Row(number, inputs, outputs, {}, seconds=seconds, tokens=tokens)
