"""Compare implementations of the same flow on the same data: metrics, latency, tokens, and where they disagree.

It informs and does not gate: a metric under its threshold is shown, and the status is 0.
"""

import sys

from flows import all_flows, find_flow
from mlops.common.cli import exit_status
from mlops.common.names import run_name
from mlops.common.paths import display_path
from mlops.evaluation.command import EVALUATIONS, evaluate_flow, evaluation_parser, outcome_table
from mlops.evaluation.reports import write_reports


def main() -> None:
    """Compare the flows that the command line names."""
    parser = evaluation_parser(__doc__)
    default = alternatives()
    parser.add_argument("--flows", nargs="+", default=default, metavar="FLOW", help="what to compare")
    arguments = parser.parse_args()
    flows = [find_flow(name) for name in arguments.flows]
    evaluations = [outcome for flow in flows for outcome in evaluate_flow(flow, arguments)]
    name = run_name("comparison", arguments.environment_name)
    folder = EVALUATIONS / f"comparison_{arguments.environment_name}" / name
    write_reports(evaluations, folder, title=f"{len(evaluations)} implementations compared")
    print(f"\n{outcome_table(evaluations)}\n\nSide by side: {display_path(folder / 'report.html')}")


def alternatives() -> list[str]:
    """Return the flows of the first group that has several, which do the same in different ways."""
    groups: dict[str, list[str]] = {}
    for flow in all_flows().values():
        groups.setdefault(flow.group, []).append(flow.name)
    return next((names for names in groups.values() if len(names) > 1), [])


if __name__ == "__main__":
    sys.exit(exit_status(main))
