"""Evaluates what a flow answered in production: recorded requests in the place of a data file and a run.

There is no ground truth, so only those evaluators are asked that look at inputs and outputs. What is compared with a
baseline are means, since production asks other questions every day.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

from mlops.common.errors import RunFailed
from mlops.data.column_mapping import mapped_columns
from mlops.evaluation.evaluation import column_mappings, evaluate_rows
from mlops.evaluation.gate import decide
from mlops.evaluation.judges import judged_by
from mlops.evaluation.provenance import provenance
from mlops.evaluation.recorded_requests import Recorded
from mlops.evaluation.results import Evaluation, Row, Threshold
from mlops.runs.session import Session
from mlops.tracing.tokens import TokenCount

FAILED = "requests.failed"  # the metric: 1 for a request that ended in an error, else 0


def production(environment: str) -> str:
    """Return what evaluations of an environment's recorded requests go by, apart from those of its data."""
    return f"{environment}_production"


def write_inputs(requests: Sequence[Recorded], path: Path) -> None:
    """Write the inputs of those that were answered as a data file.

    Raises:
        RunFailed: none was.
    """
    answered = [request for request in requests if request.outputs is not None]
    if not answered:
        kinds = ", ".join(sorted({request.error or "no answer" for request in requests}))
        raise RunFailed(f"{requests[0].flow}: none of {len(requests)} recorded requests was answered: {kinds}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(0o600)
    with path.open("w", encoding="utf-8") as file:
        for request in answered:
            file.write(json.dumps(request.inputs, ensure_ascii=False) + "\n")


def evaluate_recorded(
    session: Session,
    requests: Sequence[Recorded],
    baseline: Evaluation | None,
    sample: str,
) -> Evaluation:
    """Score recorded requests.

    Args:
        session: an open session of the flow.
        requests: those to score, which all have content.
        baseline: an earlier evaluation, of recorded requests or of data, to compare means with.
        sample: what the requests are a sample of.
    """
    start = time.monotonic()
    rows = [_row(number, request) for number, request in enumerate(requests, 1)]
    mapping = without_ground_truth(session)
    evaluators = {name: judge for name, judge in session.definition.evaluators(session).items() if name in mapping}
    answered = [row for row in rows if row.scores[FAILED] == 0]
    if evaluators:
        results = evaluate_rows(session, answered, evaluators, mapping)
        scored = {row.number: _with_results(row, result) for row, result in zip(answered, results)}
        rows = [scored.get(row.number) or _not_to_judge(row, evaluators) for row in rows]
    names = list(dict.fromkeys(name for row in rows for name in row.scores))
    kept = baseline and replace(baseline, metrics=tuple(each for each in baseline.metrics if each.name in names))
    metrics, failures = decide(rows, names, _thresholds(session, mapping), kept, paired=False)
    tokens = TokenCount(
        sum(request.prompt_tokens for request in requests), sum(request.completion_tokens for request in requests)
    )
    return Evaluation(
        flow=session.flow,
        environment=production(session.environment),
        run=session.run_name,
        rows=tuple(rows),
        metrics=metrics,
        failures=failures,
        created=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        seconds=time.monotonic() - start,
        cost=session.cost(tokens),
        baseline=baseline.run if baseline else None,
        about={
            **judged_by(session, mapping),
            **provenance(session.config, session.data, session.data_sha256),
            "sample": sample,
        },
    )


def without_ground_truth(session: Session) -> dict[str, Mapping[str, str]]:
    """Return the column mappings of the evaluators that look at nothing but a flow's inputs and outputs."""
    inputs = set(session.config.column_mapping)
    mappings = column_mappings(session.definition.evaluator_config)
    return {name: each for name, each in mappings.items() if set(mapped_columns(each)) <= inputs}


def _thresholds(session: Session, mapping: Mapping[str, object]) -> dict[str, Threshold]:
    asked = {name: limits for name, limits in session.config.thresholds.items() if name.partition(".")[0] in mapping}
    limits = {**asked, **session.config.production_thresholds}
    return {name: Threshold(**each.model_dump()) for name, each in limits.items()}


def _row(number: int, request: Recorded) -> Row:
    failed = request.outputs is None
    return Row(
        number,
        request.inputs or {},
        request.outputs or {},
        {FAILED: float(failed)},
        {"requests.trace": request.trace, "requests.at": request.at.isoformat(timespec="seconds")}
        | ({"requests.error": request.error or "no answer"} if failed else {}),
        seconds=request.seconds,
        tokens=request.prompt_tokens + request.completion_tokens,
    )


def _with_results(row: Row, scored: Row) -> Row:
    return replace(scored, scores={**row.scores, **scored.scores}, notes={**row.notes, **scored.notes})


def _not_to_judge(row: Row, evaluators: Mapping[str, object]) -> Row:
    return replace(row, not_applicable={name: "the request failed" for name in evaluators})
