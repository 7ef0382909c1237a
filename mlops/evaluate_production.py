"""Score a sample of what flows answered in production, so that a drift after deployment is seen; gate and report."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

from flows import all_flows
from mlops.common.cli import command_parser, exit_status, positive
from mlops.common.errors import UserError
from mlops.common.paths import OUTPUTS, display_path
from mlops.evaluation.baselines import find_baseline
from mlops.evaluation.command import add_report_options, finish, report_folder
from mlops.evaluation.production import evaluate_recorded, production, without_ground_truth, write_inputs
from mlops.evaluation.recorded_requests import CONTENT_SWITCH, Recorded, read_recorded, sampled
from mlops.evaluation.reports import write_reports
from mlops.evaluation.results import Evaluation
from mlops.flow_folders.definition import FlowDefinition
from mlops.runs.session import open_session

AGO = re.compile(r"(\d+)([mhd])")
UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = command_parser(__doc__)
    parser.add_argument("--environment_name", required=True, metavar="E", help="whose judges, thresholds and prices")
    parser.add_argument(
        "--traces",
        required=True,
        metavar="FILE",
        type=Path,
        help="traces with content, as the service or a collector's file exporter writes them (docs/monitoring.md)",
    )
    parser.add_argument(
        "--flow", nargs="+", choices=all_flows(), help="flows to evaluate; default: all that were asked"
    )
    parser.add_argument("--sample", type=positive, default=100, metavar="N", help="at most this many requests per flow")
    parser.add_argument("--seed", type=int, default=0, help="another seed, another sample (default: %(default)s)")
    parser.add_argument(
        "--since", type=since, metavar="TIME", help="only later requests: 2026-05-01, 2026-05-01T12:00Z, 24h, 7d"
    )
    add_report_options(parser)
    # What a session takes besides.
    parser.set_defaults(variant={}, visualize=False, deploy_traces=False, resume_from=None)
    return parser.parse_args(argv)


def since(text: str) -> datetime:
    """Return the time that an option names, in UTC unless it says otherwise; 24h is that long ago."""
    ago = AGO.fullmatch(text)
    if ago:
        return datetime.now(timezone.utc) - timedelta(**{UNITS[ago[2]]: int(ago[1])})
    try:
        at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is not a time: write 2026-05-01T12:00Z, 24h or 7d") from None
    return at if at.tzinfo else at.replace(tzinfo=timezone.utc)


def main() -> None:
    """Evaluate as the command line says."""
    given = arguments()
    requests = usable(read_recorded(given.traces), given)
    asked = {request.flow for request in requests}
    outcomes = [
        evaluate(flow, [request for request in requests if request.flow == name], given)
        for name, flow in all_flows().items()
        if name in asked
    ]
    finish(outcomes, given)


def usable(requests: list[Recorded], given: argparse.Namespace) -> list[Recorded]:
    """Return the requests that can be scored, and report what is left out.

    Raises:
        UserError: none can.
    """
    place = display_path(given.traces)
    asked = [
        request
        for request in requests
        if (not given.flow or request.flow in given.flow) and (not given.since or request.at >= given.since)
    ]
    if not asked:
        if not requests:
            raise UserError(
                f"{place} has no request for a flow: ask the service something first; it writes spans "
                "every five seconds, and when it ends"
            )
        flows = ", ".join(sorted({request.flow for request in requests}))
        raise UserError(f"{place} has no such request; it has {len(requests)} requests, for {flows}")
    with_content = [request for request in asked if request.inputs is not None]
    if not with_content:
        raise UserError(
            f"{place} has {len(asked)} requests, but not what was asked and answered: serve with "
            f"{CONTENT_SWITCH} to record it, and read in docs/monitoring.md what that means for privacy"
        )
    for request in with_content:
        if request.outputs is None and request.error is None:
            raise UserError(f"{place}: the trace {request.trace} has inputs, but neither outputs nor an error")
    kept = [request for request in with_content if not (request.error and request.of_caller)]
    _report_left_out(
        len(asked) - len(with_content), f"of {len(asked)} requests in {place} were recorded without content"
    )
    _report_left_out(
        len(with_content) - len(kept), f"of {len(asked)} requests in {place} failed by what the caller sent"
    )
    if not kept:
        raise UserError(f"{place}: every request failed by what its caller sent, so there is nothing to score")
    return kept


def _report_left_out(left_out: int, why: str) -> None:
    if left_out:
        print(f"{left_out} {why}, and are left out.", file=sys.stderr)


def evaluate(definition: FlowDefinition, requests: list[Recorded], given: argparse.Namespace) -> Evaluation:
    """Evaluate a sample of the recorded requests of one flow, and write its report."""
    flow, environment = definition.name, given.environment_name
    sample = sampled(requests, given.sample, given.seed)
    first, last = (f"{request.at:%Y-%m-%d %H:%M}" for request in (sample[0], sample[-1]))
    about = f"{len(sample)} of {len(requests)} requests from {first} to {last}"
    data = OUTPUTS / "production" / f"{flow}_{environment}.jsonl"
    write_inputs(sample, data)
    settings = {**vars(given), "data": str(data)}
    baseline = find_baseline(flow, production(environment), given.baseline)
    with open_session(definition, argparse.Namespace(**settings), evaluation=True) as session:
        judged = without_ground_truth(session)
        others = [name for name in definition.evaluator_config if name not in judged]
        lacking = f"; without ground truth there is no {' and no '.join(others)}" if others else ""
        print(f"{flow}: {about} UTC{lacking}.", file=sys.stderr)
        outcome = evaluate_recorded(session, sample, baseline, f"{about} UTC, seed {given.seed}")
    write_reports([outcome], report_folder(outcome, given))
    return outcome


if __name__ == "__main__":
    sys.exit(exit_status(main))
