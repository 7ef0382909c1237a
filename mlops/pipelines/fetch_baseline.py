"""Fetch the last accepted evaluation of a flow, so that `--baseline latest` compares the next one with it.

A pipeline keeps an evaluation that passed its gate as an artifact; this looks for the newest that a run on the branch
left. Without one, as at the first run, it says so, and the evaluation runs without a comparison.
"""

from __future__ import annotations

import os
import sys

from mlops.common.cli import command_parser, exit_status
from mlops.common.errors import UserError
from mlops.common.paths import display_path
from mlops.evaluation.command import EVALUATIONS
from mlops.evaluation.reports import read_results
from mlops.pipelines.artifacts import LARGEST, unpack_results
from mlops.pipelines.systems import system


def main() -> None:
    """Fetch what the command line says."""
    parser = command_parser(__doc__)
    parser.add_argument("--environment_name", required=True, metavar="E", help="in which the flow was evaluated")
    parser.add_argument("--flow_type", required=True, metavar="F", help="the flow")
    parser.add_argument("--branch", required=True, metavar="B", help="whose runs count, such as development")
    arguments = parser.parse_args()
    flow, environment = arguments.flow_type, arguments.environment_name
    repository = system(os.environ)
    address = repository.newest_artifact(f"baseline-{flow}-{environment}", arguments.branch)
    if address is None:
        print(f"No evaluation of {flow} in {environment} has been accepted yet on {arguments.branch}.")
        return
    folder = EVALUATIONS / f"{flow}_{environment}" / "baseline"
    unpack_results(repository.api.download(address, LARGEST), folder)
    accepted = read_results(folder)
    if (accepted.flow, accepted.environment) != (flow, environment):
        raise UserError(f"the artifact is an evaluation of {accepted.flow} in {accepted.environment}")
    print(f"{flow}: {accepted.run} of {accepted.created}, {display_path(folder)}")


if __name__ == "__main__":
    sys.exit(exit_status(main))
