"""What `python -m flows.<flow>.evaluate.evaluate` does around an evaluation: options, variants, baseline, reports."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from mlops.common.cli import environment_parser, exit_status, positive
from mlops.common.errors import RunFailed
from mlops.common.names import resume_command, run_name
from mlops.common.paths import display_path
from mlops.common.tables import aligned
from mlops.evaluation.baselines import EVALUATIONS, LATEST, find_baseline
from mlops.evaluation.reports import write_reports
from mlops.evaluation.results import Evaluation, Metric
from mlops.flow_folders.definition import FlowDefinition
from mlops.flow_folders.variants import variants
from mlops.runs.batch import exit_on_interrupt
from mlops.runs.session import Session, open_session

SHOWN_FAILURES = 10


def evaluation_arguments(
    description: str, argv: list[str] | None = None, of_one_flow: bool = False
) -> argparse.Namespace:
    """Parse the arguments of an evaluation; that of one flow can resume an earlier one."""
    return evaluation_parser(description, of_one_flow).parse_args(argv)


def evaluation_parser(description: str, of_one_flow: bool = False) -> argparse.ArgumentParser:
    """Return a parser of what an evaluation takes, for commands that take more."""
    parser = environment_parser(description)
    parser.set_defaults(resume_from=None)
    lines = parser.add_mutually_exclusive_group()
    lines.add_argument("--data", metavar="FILE", help="JSONL or CSV file to evaluate on instead of the configured one")
    if of_one_flow:
        lines.add_argument(
            "--resume_from", metavar="RUN", help="resume an evaluation that was interrupted or has failed lines"
        )
    parser.add_argument(
        "--repeat", type=positive, metavar="N", help="ask every line this many times, and report how its answers differ"
    )
    add_report_options(parser)
    return parser


def add_report_options(parser: argparse.ArgumentParser) -> None:
    """Add what every evaluation takes: what to compare with, and where the reports go."""
    parser.add_argument(
        "--baseline",
        metavar=f"FILE|{LATEST}",
        help="metrics.json of an earlier evaluation to compare with, or the latest that passed on the same data",
    )
    parser.add_argument(
        "--output",
        metavar="FOLDER",
        help="where results and reports of each flow go, <FOLDER>/<flow>; default: outputs/evaluations, by run",
    )


def evaluation_runner(flow: FlowDefinition, description: str) -> int:
    """Evaluate a flow as the command line says, write reports, print the outcome, and return the exit status.

    Args:
        flow: the flow.
        description: what the evaluation asks, for --help.
    """

    def command() -> None:
        arguments = evaluation_arguments(description, of_one_flow=True)
        finish(evaluate_flow(flow, arguments), arguments)

    return exit_status(command)


def evaluate_flow(flow: FlowDefinition, arguments: argparse.Namespace) -> list[Evaluation]:
    """Evaluate a flow once for every variant, and write a report for each, and one over all where there are several.

    Raises:
        UserError: the evaluation cannot be run.
    """
    run = import_module(flow.evaluation_module).run
    evaluations = []
    for each in variants(arguments):
        with open_session(flow, each, evaluation=True) as session:

            def baseline(lines: Sequence[dict[str, Any]], session: Session = session) -> Evaluation | None:
                return find_baseline(session.flow, session.environment, arguments.baseline, session.variant, lines)

            with exit_on_interrupt(session):
                evaluations.append(run(session, baseline))
                write_reports(evaluations[-1:], report_folder(evaluations[-1], arguments))
    if len(evaluations) > 1:
        name = run_name(f"{flow.name}_variants", arguments.environment_name)
        folder = report_folder(evaluations[0], arguments).with_name(name)
        write_reports(evaluations, folder, title=f"{flow.name}: {len(evaluations)} variants")
        print(f"\n{len(evaluations)} variants side by side: {display_path(folder / 'report.html')}")
    return evaluations


def report_folder(evaluation: Evaluation, arguments: argparse.Namespace) -> Path:
    """Return where an evaluation's results and reports go: with --output a place that is known beforehand."""
    if getattr(arguments, "output", None):
        return Path(arguments.output) / evaluation.flow / (evaluation.run if evaluation.variant else "")
    return EVALUATIONS / f"{evaluation.flow}_{evaluation.environment}" / evaluation.run


def finish(evaluations: list[Evaluation], arguments: argparse.Namespace) -> None:
    """Print the outcome of evaluations, and where their reports are.

    Raises:
        RunFailed: one of them does not pass its gate.
    """
    print("\n" + outcome_table(evaluations) + "\n")
    for evaluation in evaluations:
        verdict = "passed" if evaluation.passed else "FAILED"
        number = len(evaluation.degraded)
        degraded = f", {number} of {len(evaluation.rows)} rows degraded" if number else ""
        report = display_path(report_folder(evaluation, arguments) / "report.html")
        print(f"{evaluation.heading}: {verdict}{degraded}, {report}")
    failures = [f"{evaluation.title}: {failure}" for evaluation in evaluations for failure in evaluation.failures]
    if failures:
        lost = [evaluation for evaluation in evaluations if any(row.error or row.degraded for row in evaluation.rows)]
        go_on = [
            f"resume with {resume_command(f'flows.{e.flow}.evaluate.evaluate', e.environment, e.run)}" for e in lost
        ]
        more = len(failures) - SHOWN_FAILURES
        rest = [f"... and {more} more, all in the report"] if more > 0 else []
        raise RunFailed("\n".join([*failures[:SHOWN_FAILURES], *rest, *go_on]))


def outcome_table(evaluations: list[Evaluation]) -> str:
    """Return a table with a line for every metric of every evaluation."""
    rows: list[tuple[str, ...]] = [("flow", "metric", "mean", "95 %", "threshold", "change", "rows", "")]
    repeated = any(row.answers for evaluation in evaluations for row in evaluation.rows)
    if repeated:
        rows = [(*rows[0][:-1], "spread", "pass", "flaky", "")]
    for evaluation in evaluations:
        for metric in evaluation.metrics:
            cells = _cells(metric, len(evaluation.rows))
            if repeated:
                cells = (*cells[:-1], *_cells_of_repeats(metric), cells[-1])
            rows.append((evaluation.title, metric.name, *cells))
    return aligned(rows, left=(0, 1, len(rows[0]) - 1))


def _cells(metric: Metric, rows: int) -> tuple[str, ...]:
    limits = metric.threshold
    threshold = " ".join(
        f"{sign}{value:g}" for sign, value in (("≥", limits.min), ("≤", limits.max)) if value is not None
    )
    if limits.pass_rate is not None:
        threshold += f" in {limits.pass_rate:.0%}"
    change = f"{metric.change.difference:+.3f} (p {metric.change.p:.2g})" if metric.change else ""
    interval = "" if math.isnan(metric.low) else f"{metric.low:.2f}-{metric.high:.2f}"
    verdict = "failed" if metric.failure else "ok"
    return (f"{metric.mean:.3f}", interval, threshold, change, f"{metric.scored}/{rows}", verdict)


def _cells_of_repeats(metric: Metric) -> tuple[str, str, str]:
    """Return how the answers to a line differ, how many of all answers pass, and how many lines pass only sometimes."""
    passing = "" if metric.pass_rate is None else f"{metric.pass_rate:.0%}"
    return ("" if metric.spread is None else f"{metric.spread:.3f}", passing, str(len(metric.flaky)) if passing else "")
