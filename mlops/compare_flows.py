"""Compare implementations of the same flow on the same data: metrics, latency, tokens, and where they disagree.

It informs and does not gate: a metric under its threshold is shown, and the status is 0.
"""

import sys

from mlops.common.errors import UserError, exit_status
from mlops.common.evaluation_command import EVALUATIONS, evaluate, evaluation_parser, outcome_table
from mlops.common.names import run_name
from mlops.common.paths import shown
from mlops.common.reports import write_reports
from mlops.evaluate_flows import EVALUATIONS as KNOWN

BASIC_FLOWS = ("class_basic_flow", "function_basic_flow", "yaml_basic_flow")


def main() -> None:
    """Compare the flows that the command line names."""
    parser = evaluation_parser(__doc__)
    parser.add_argument("--flows", nargs="+", default=BASIC_FLOWS, metavar="FLOW", help="what to compare")
    arguments = parser.parse_args()
    known = {evaluation.flow: evaluation for evaluation in KNOWN}
    if unknown := [flow for flow in arguments.flows if flow not in known]:
        raise UserError(f"there is no flow {', '.join(unknown)}; there are {', '.join(known)}")
    evaluations = [outcome for flow in arguments.flows for outcome in evaluate(known[flow], arguments)]
    name = run_name("comparison", arguments.environment_name)
    folder = EVALUATIONS / f"comparison_{arguments.environment_name}" / name
    write_reports(evaluations, folder, title=f"{len(evaluations)} implementations compared")
    print(f"\n{outcome_table(evaluations)}\n\nSide by side: {shown(folder / 'report.html')}")


if __name__ == "__main__":
    sys.exit(exit_status(main))
