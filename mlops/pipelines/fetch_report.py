"""Fetch the evaluation that a pull request's workflow has left on GitHub, after it ended, so that it can be shown.

The run may be that of a fork, so nothing of it is trusted: it is data, of a bounded size, and two files are taken.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from mlops.common.cli import command_parser, exit_status
from mlops.common.errors import UserError
from mlops.common.paths import REPOSITORY, display_path
from mlops.pipelines.artifacts import LARGEST, unpack_results
from mlops.pipelines.github import ended_run, github


def flow_of(workflow: str) -> str:
    """Return the flow whose pull-request workflow is in a file such as .github/workflows/class_basic_flow_pr.yml.

    Raises:
        UserError: it is none of a flow of this repository.
    """
    name = re.fullmatch(r"\.github/workflows/([a-z_]+)_pr\.yml", workflow.partition("@")[0])
    if name is None or not (REPOSITORY / "flows" / name[1] / "standard").is_dir():
        raise UserError(f"{workflow!r} is not the pull-request workflow of a flow of this repository")
    return name[1]


def main() -> None:
    """Fetch what the command line says."""
    parser = command_parser(__doc__)
    parser.add_argument("--output", type=Path, required=True, metavar="FOLDER", help="results go to FOLDER/<flow>")
    arguments = parser.parse_args()
    run = ended_run()
    flow = flow_of(run["path"])
    repository = github()
    address = repository.artifact_of_run(int(run["id"]), f"report-{flow}")
    if address is None:
        print(f"The run {run['id']} left no evaluation of {flow}.")
        return
    folder = arguments.output / flow
    unpack_results(repository.api.download(address, LARGEST), folder)
    print(f"{flow}: {display_path(folder)}")


if __name__ == "__main__":
    sys.exit(exit_status(main))
