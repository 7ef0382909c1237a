"""What became of a batch: lines, failures, seconds and tokens, read from what Prompt flow wrote line by line."""

from __future__ import annotations

import json
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mlops.common.errors import RunFailed
from mlops.common.paths import OUTPUTS, shown
from mlops.common.tables import aligned

if TYPE_CHECKING:
    from promptflow.entities import Run

RUNS = OUTPUTS / "runs"


@dataclass(frozen=True)
class FailedLine:
    """A line that has no output.

    Attributes:
        number: the line of the data file, counted from 1.
        reason: why.
    """

    number: int
    reason: str


@dataclass(frozen=True)
class BatchReport:
    """The outcome of a batch run.

    Attributes:
        flow: the flow's name.
        run: the run's name.
        lines: how many lines the data has.
        failed: those without an output.
        seconds: how long the batch took, without the start of the process.
        tokens: tokens of prompts and answers together, as the model endpoint counted them.
        output: the file with one JSON object for each finished line.
    """

    flow: str
    run: str
    lines: int
    failed: tuple[FailedLine, ...]
    seconds: float
    tokens: int
    output: Path


def report_batch(flow: str, lines: int, run: Run, tokens: int) -> BatchReport:
    """Read the outcome of a run of `lines` lines. A line that left no trace has failed as well."""
    finished = {record["line_number"]: record for record in line_records(RUNS / run.name)}
    failed = []
    for index in range(lines):
        record = finished.get(index)
        if record is None:
            failed.append(FailedLine(index + 1, run_error(run)))
        elif record["status"] != "Completed":
            failed.append(FailedLine(index + 1, _reason(record)))
    metrics = run.properties.get("system_metrics") or {}
    return BatchReport(
        flow=flow,
        run=run.name,
        lines=lines,
        failed=tuple(failed),
        seconds=float(metrics.get("duration") or 0),
        tokens=tokens,
        output=RUNS / run.name / "flow_outputs" / "output.jsonl",
    )


def line_records(run_folder: Path, known: Container[int] = ()) -> Iterator[dict]:
    """Yield Prompt flow's record of every line that is done, in order, leaving out what a killed run half wrote.

    Args:
        run_folder: the run's folder below outputs/runs.
        known: indexes of lines that need not be read again.
    """
    for path in sorted((run_folder / "flow_artifacts").glob("*.jsonl")):
        if int(path.stem.partition("_")[0]) in known:
            continue
        try:
            yield json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            continue


def print_batches(reports: Sequence[BatchReport]) -> None:
    """Print a table of batches, the places of their outputs, and the lines that failed.

    Raises:
        RunFailed: a line failed.
    """
    rows = [("flow", "lines", "failed", "seconds", "tokens")]
    rows += [(r.flow, str(r.lines), str(len(r.failed)), f"{r.seconds:.1f}", str(r.tokens)) for r in reports]
    print(f"\n{aligned(rows)}\n")
    for report in reports:
        print(f"{report.flow}: {shown(report.output)}")
    failed = [f"{r.flow}, line {line.number}: {line.reason}" for r in reports for line in r.failed]
    if failed:
        runs = ", ".join(f"--resume_from {r.run}" for r in reports if r.failed)
        lines = "1 line" if len(failed) == 1 else f"{len(failed)} lines"
        raise RunFailed("\n".join([*failed, f"{lines} failed; the others are kept. Go on with {runs}"]))


def _reason(record: dict) -> str:
    error = (record.get("run_info") or {}).get("error") or {}
    return " ".join(str(error.get("message") or "no reason was given").split())


def run_error(run: Run) -> str:
    """Return why a run ended before all of its lines did."""
    path = RUNS / run.name / "error.json"
    try:
        message = json.loads(path.read_text(encoding="utf-8")).get("message")
    except (OSError, ValueError):  # there is none, or a killed run half wrote it
        message = None
    return " ".join(str(message or "the run ended before this line").split())
