"""What `python -m flows.<flow>.evaluate.evaluate` does around an evaluation: options, variants, baseline, reports."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from mlops.common.cli import environment_parser
from mlops.common.errors import RunFailed, UserError
from mlops.common.evaluation import FlowEvaluation
from mlops.common.evaluations import Evaluation, Metric
from mlops.common.names import run_name
from mlops.common.paths import OUTPUTS, shown
from mlops.common.reports import read_results, write_reports
from mlops.common.session import open_session
from mlops.common.tables import aligned
from mlops.common.variants import variants

EVALUATIONS = OUTPUTS / "evaluations"
LATEST = "latest"
SHOWN_FAILURES = 10


def evaluation_arguments(description: str, argv: list[str] | None = None) -> argparse.Namespace:
    """Parse the arguments of an evaluation."""
    return evaluation_parser(description).parse_args(argv)


def evaluation_parser(description: str) -> argparse.ArgumentParser:
    """Return a parser of what an evaluation takes, for commands that take more."""
    parser = environment_parser(description)
    parser.add_argument("--data", metavar="FILE", help="JSONL file to evaluate on instead of the configured one")
    add_report_options(parser)
    parser.set_defaults(resume_from=None)
    return parser


def add_report_options(parser: argparse.ArgumentParser) -> None:
    """Add what every evaluation takes: what to compare with, and where the reports go."""
    parser.add_argument(
        "--baseline", metavar="FILE|latest", help="metrics.json of an earlier evaluation to compare with, or the latest"
    )
    parser.add_argument(
        "--output",
        metavar="FOLDER",
        help="where results and reports of each flow go, <FOLDER>/<flow>; default: outputs/evaluations, by run",
    )


def run_command(evaluation: FlowEvaluation, description: str) -> None:
    """Evaluate a flow as the command line says, write reports, and print the outcome on one screen.

    Raises:
        RunFailed: the gate is not passed.
        UserError: the evaluation cannot be run.
    """
    arguments = evaluation_arguments(description)
    finish(evaluate(evaluation, arguments), arguments)


def evaluate(evaluation: FlowEvaluation, arguments: argparse.Namespace) -> list[Evaluation]:
    """Evaluate a flow once for every variant, and write a report for each, and one over all where there are several."""
    baseline = find_baseline(evaluation.flow, arguments)
    evaluations = []
    for each in variants(arguments):
        with open_session(evaluation.flow, each, evaluation=True) as session:
            evaluations.append(evaluation.run(session, baseline))
        write_reports(evaluations[-1:], report_folder(evaluations[-1], arguments))
    if len(evaluations) > 1:
        name = run_name(f"{evaluation.flow}_variants", arguments.environment_name)
        folder = report_folder(evaluations[0], arguments).with_name(name)
        write_reports(evaluations, folder, title=f"{evaluation.flow}: {len(evaluations)} variants")
        print(f"\n{len(evaluations)} variants side by side: {shown(folder / 'report.html')}")
    return evaluations


def report_folder(evaluation: Evaluation, arguments: argparse.Namespace) -> Path:
    """Return where an evaluation's results and reports go: with --output a place that is known beforehand."""
    if getattr(arguments, "output", None):
        return Path(arguments.output) / evaluation.flow / (evaluation.run if evaluation.variant else "")
    return EVALUATIONS / f"{evaluation.flow}_{evaluation.environment}" / evaluation.run


def find_baseline(flow: str, arguments: argparse.Namespace) -> Evaluation | None:
    """Return the evaluation that --baseline names: a file, a folder, or the latest of the flow in the environment.

    Raises:
        UserError: there is no such file, or it is none of an evaluation.
    """
    if arguments.baseline is None:
        return None
    if arguments.baseline != LATEST:
        baseline = read_results(Path(arguments.baseline))
        if baseline.flow != flow:
            raise UserError(f"--baseline {arguments.baseline} is an evaluation of {baseline.flow}, not of {flow}")
        return baseline
    folder = EVALUATIONS / f"{flow}_{arguments.environment_name}"
    earlier = [read_results(path) for path in folder.glob("*/metrics.json") if "_variants_" not in path.parent.name]
    configured = [evaluation for evaluation in earlier if not evaluation.variant]
    if not configured:
        print(f"There is no earlier evaluation of {flow} in {arguments.environment_name} to compare with.")
        return None
    return max(configured, key=lambda evaluation: evaluation.created)


def finish(evaluations: list[Evaluation], arguments: argparse.Namespace) -> None:
    """Print the outcome of evaluations, and where their reports are.

    Raises:
        RunFailed: one of them does not pass its gate.
    """
    print("\n" + outcome_table(evaluations) + "\n")
    for evaluation in evaluations:
        verdict = "passed" if evaluation.passed else "FAILED"
        print(f"{evaluation.title}: {verdict}, {shown(report_folder(evaluation, arguments) / 'report.html')}")
    failures = [f"{evaluation.title}: {failure}" for evaluation in evaluations for failure in evaluation.failures]
    if failures:
        more = len(failures) - SHOWN_FAILURES
        rest = [f"... and {more} more, all in the report"] if more > 0 else []
        raise RunFailed("\n".join([*failures[:SHOWN_FAILURES], *rest]))


def outcome_table(evaluations: list[Evaluation]) -> str:
    """Return a table with a line for every metric of every evaluation."""
    rows = [("flow", "metric", "mean", "95 %", "threshold", "change", "rows", "")]
    for evaluation in evaluations:
        for metric in evaluation.metrics:
            rows.append((evaluation.title, metric.name, *_cells(metric, len(evaluation.rows))))
    return aligned(rows, left=(0, 1, 7))


def _cells(metric: Metric, rows: int) -> tuple[str, ...]:
    limits = metric.threshold
    threshold = " ".join(
        f"{sign}{value:g}" for sign, value in (("≥", limits.min), ("≤", limits.max)) if value is not None
    )
    change = f"{metric.change.difference:+.3f} (p {metric.change.p:.2g})" if metric.change else ""
    interval = "" if math.isnan(metric.low) else f"{metric.low:.2f}-{metric.high:.2f}"
    verdict = "failed" if metric.failure else "ok"
    return (f"{metric.mean:.3f}", interval, threshold, change, f"{metric.scored}/{rows}", verdict)
