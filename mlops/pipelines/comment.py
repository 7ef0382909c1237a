"""Show a flow's evaluation on its pull request, in one comment that later runs rewrite.

On GitHub this runs after the pull request's workflow, for the workflow's own token cannot write when the pull request
comes from a fork. In Azure DevOps it is a job of the same pipeline. The comment is made here from the evaluation's
numbers, not taken from the run, so that a run can claim a result but not write anything else.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from mlops.common.cli import command_parser, exit_status
from mlops.common.errors import UserError
from mlops.evaluation.reports import read_results
from mlops.evaluation.reports.markdown import render_markdown
from mlops.evaluation.reports.reading import METRICS
from mlops.evaluation.reports.wording import legible
from mlops.evaluation.results import Evaluation
from mlops.pipelines.api import variable
from mlops.pipelines.azure_devops import azure_devops
from mlops.pipelines.fetch_report import flow_of
from mlops.pipelines.github import ended_run, github

LONGEST = 65_000  # characters; GitHub takes 65,536

FORK = (
    "From a fork, which gets no secrets: evaluated on `local`, where recorded answers stand in for the model. "
    "The scores say that everything works, and nothing about a model. They are what the fork's own run reports."
)
LOCAL = (
    "Evaluated on `local`, where recorded answers stand in for the model, since this run could not sign in to Azure. "
    "The scores say that everything works, and nothing about a model."
)


@dataclass(frozen=True)
class Run:
    """What is known about the run from its system, not from the run.

    Attributes:
        flow: the flow that it evaluated.
        from_fork: whether the pull request comes from a fork.
        link: the page of the run.
    """

    flow: str
    from_fork: bool
    link: str


def marker(flow: str) -> str:
    """Return the first line of the comment on a flow, which no reader sees."""
    return f"<!-- evaluation of {flow} -->"


def comment_text(run: Run, evaluation: Evaluation | None) -> str:
    """Return the comment: a note on where it was evaluated, the report, and a link to the run."""
    link = f"[Reports and logs of this run]({run.link})"
    if evaluation is None:
        return f"## ❌ {run.flow} was not evaluated\n\nA check before it failed, or it could not start. {link}\n"
    note = FORK if run.from_fork else LOCAL if evaluation.environment == "local" else ""
    text = "\n\n".join(part for part in (note, render_markdown(evaluation, evaluation.title), link) if part)
    return legible(text)[:LONGEST]


def found_evaluation(folder: Path, flow: str) -> Evaluation | None:
    """Return the flow's evaluation in a folder, None if the run left none.

    Raises:
        UserError: it is damaged, or another flow's.
    """
    if not (folder / flow / METRICS).exists():
        return None
    try:
        evaluation = read_results(folder / flow)
    except RecursionError as error:
        raise UserError(f"the results of {flow} are nested too deeply to be read") from error
    if evaluation.flow != flow:
        raise UserError(f"the run of {flow} reports on another flow")
    return evaluation


def comment_on_github(results: Path) -> None:
    """Comment on the pull requests whose workflow run has ended."""
    ended = ended_run()
    if ended["conclusion"] in ("cancelled", "skipped", "action_required"):
        print(f"The run {ended['id']} ended as {ended['conclusion']}: a later one will have more to say.")
        return
    repository = github()
    flow = flow_of(ended["path"])
    pulls = repository.pull_requests_of(ended)
    for pull in pulls:
        from_fork = pull["head"]["repo"]["id"] != pull["base"]["repo"]["id"]
        run = Run(flow, from_fork, f"{repository.link}/actions/runs/{int(ended['id'])}")
        text = comment_text(run, found_evaluation(results, flow))
        print(f"#{pull['number']}: {repository.upsert_comment(pull['number'], marker(flow), text)}")
    if not pulls:
        print("No open pull request is at the commit of this run any more.")


def comment_on_azure_devops(results: Path, flow: str) -> None:
    """Comment on the pull request that this pipeline runs for."""
    number = int(variable(os.environ, "SYSTEM_PULLREQUEST_PULLREQUESTID"))
    project = azure_devops()
    from_fork = os.environ.get("SYSTEM_PULLREQUEST_ISFORK", "").lower() == "true"
    run = Run(flow, from_fork, f"{project.link}/_build/results?buildId={variable(os.environ, 'BUILD_BUILDID')}")
    evaluation = found_evaluation(results, flow)
    resolved = evaluation is not None and evaluation.passed
    print(f"#{number}: {project.upsert_comment(number, marker(flow), comment_text(run, evaluation), resolved)}")


def main() -> None:
    """Comment as the command line says."""
    parser = command_parser(__doc__)
    parser.add_argument("--results", type=Path, required=True, metavar="FOLDER", help="results are in FOLDER/<flow>")
    parser.add_argument("--flow_type", metavar="F", help="the flow, in Azure DevOps; GitHub's event names the workflow")
    arguments = parser.parse_args()
    if os.environ.get("GITHUB_ACTIONS"):
        comment_on_github(arguments.results)
    elif arguments.flow_type:
        comment_on_azure_devops(arguments.results, arguments.flow_type)
    else:
        raise UserError("--flow_type is missing: it says which flow the comment is about")


if __name__ == "__main__":
    sys.exit(exit_status(main))
