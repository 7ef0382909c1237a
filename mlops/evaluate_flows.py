"""Evaluate every flow of this repository in one environment, and end in one table and one verdict."""

import sys

from flows import all_flows
from mlops.common.cli import exit_status
from mlops.evaluation.command import evaluate_flow, evaluation_arguments, finish


def main() -> None:
    """Evaluate the flows as the command line says."""
    arguments = evaluation_arguments(__doc__)
    finish([outcome for flow in all_flows().values() for outcome in evaluate_flow(flow, arguments)], arguments)


if __name__ == "__main__":
    sys.exit(exit_status(main))
