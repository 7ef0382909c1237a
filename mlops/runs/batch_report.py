"""The outcome of a batch: lines, failures, seconds and tokens, read from what Prompt flow wrote line by line."""

from __future__ import annotations

import json
import sys
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from mlops.common.errors import RunFailed
from mlops.common.paths import OUTPUTS, display_path
from mlops.common.tables import aligned
from mlops.runs.degraded import DegradedLine, degraded_line, too_many

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
        failed_samples: the records shown before the batch that failed, each with the reason.
        resume_command: the command that resumes the run.
        degraded: the lines that were answered without something that a transient fault kept from them.
        max_degraded: the share of lines that may be so.
    """

    flow: str
    run: str
    lines: int
    failed: tuple[FailedLine, ...]
    seconds: float
    tokens: int
    output: Path
    failed_samples: tuple[str, ...] = ()
    resume_command: str = ""
    degraded: tuple[DegradedLine, ...] = ()
    max_degraded: float = 0


def report_batch(
    flow: str, lines: int, run: Run, tokens: int, failed_samples: Sequence[str] = (), max_degraded: float = 0
) -> BatchReport:
    """Read the outcome of a run of `lines` lines. A line that left no trace has failed as well."""
    finished = {record["line_number"]: record for record in line_records(RUNS / run.name)}
    failed, degraded = [], []
    for index in range(lines):
        record = finished.get(index)
        if record is None:
            failed.append(FailedLine(index + 1, run_error(run)))
        elif record["status"] != "Completed":
            failed.append(FailedLine(index + 1, _reason(record)))
        elif line := degraded_line(index + 1, (record["run_info"] or {}).get("output")):
            degraded.append(line)
    metrics = run.properties.get("system_metrics") or {}
    return BatchReport(
        flow=flow,
        run=run.name,
        lines=lines,
        failed=tuple(failed),
        seconds=max(0.0, float(metrics.get("duration") or 0)),  # the clock may have been set back
        tokens=tokens,
        output=RUNS / run.name / "flow_outputs" / "output.jsonl",
        failed_samples=tuple(failed_samples),
        degraded=tuple(degraded),
        max_degraded=max_degraded,
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
    """Print a table of batches, the places of their outputs, and the lines that failed or are degraded.

    Raises:
        RunFailed: a line failed, or a record that was shown before, or more lines are degraded than may be.
    """
    rows = [("flow", "lines", "failed", "degraded", "seconds", "tokens")]
    rows += [
        (r.flow, str(r.lines), str(len(r.failed)), str(len(r.degraded)), f"{r.seconds:.1f}", str(r.tokens))
        for r in reports
    ]
    print(f"\n{aligned(rows)}\n")
    for report in reports:
        print(f"{report.flow}: {display_path(report.output)}")
    warnings = [line for r in reports for line in _by_reason(r.degraded, f"{r.flow}, degraded")]
    failures = [sample for r in reports for sample in r.failed_samples]
    failures += [line for r in reports for line in _by_reason(r.failed, r.flow)]
    failures += [f"{r.flow}: {reason}" for r in reports if (reason := too_many(r.degraded, r.lines, r.max_degraded))]
    if unfinished := [r for r in reports if r.failed or r.degraded]:
        advice = _resume_advice(unfinished)
        failures, warnings = ([*failures, advice], warnings) if failures else (failures, [*warnings, advice])
    if warnings:
        print("\n".join(warnings), file=sys.stderr)
    if failures:
        raise RunFailed("\n".join(failures))


def _by_reason(lines: Sequence[FailedLine | DegradedLine], title: str) -> list[str]:
    """Return a sentence for every reason, with the numbers of all lines that share it."""
    numbers: dict[str, list[int]] = {}
    for line in lines:
        numbers.setdefault(line.reason, []).append(line.number)
    return [
        f"{title}, line{'s' if len(found) > 1 else ''} {', '.join(_ranges(found))}: {reason}"
        for reason, found in numbers.items()
    ]


def _ranges(numbers: Sequence[int]) -> Iterator[str]:
    """Yield ascending numbers, and three or more in a row as one range."""
    for _, row in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
        found = [number for _, number in row]
        yield from [f"{found[0]}-{found[-1]}"] if len(found) > 2 else map(str, found)


def _resume_advice(reports: Sequence[BatchReport]) -> str:
    commands = "; ".join(report.resume_command for report in reports)
    failed, degraded = sum(len(r.failed) for r in reports), sum(len(r.degraded) for r in reports)
    counts = [
        f"{number} {'line' if number == 1 else 'lines'} {verb}"
        for number, verb in ((failed, "failed"), (degraded, "degraded"))
        if number
    ]
    return f"{', '.join(counts)}; the others are kept. Resume with {commands}"


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
