"""Batches in Azure: the flow and its data go up to the Azure AI Studio project, which runs it and keeps the results."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from mlops.azure.client import azure_errors, ml_client
from mlops.cloud_runs.data import renamed_columns, to_jsonable
from mlops.cloud_runs.operations import (
    RunResult,
    failed_lines,
    follow,
    notify_still_running,
    retry_transient,
    runs_of,
    submit,
)
from mlops.cloud_runs.session import (
    ASSET,
    CloudSession,
    check_connection,
    chosen_data,
    open_cloud_session,
    resolved_data,
)
from mlops.common.cli import command_parser, exit_status
from mlops.common.errors import RunFailed, UserError
from mlops.common.names import experiment_name, fresh_identifier, run_name
from mlops.flow_folders.definition import FlowDefinition
from mlops.flow_folders.folders import complete_flow, with_documents
from mlops.flow_folders.signatures import definition_of
from mlops.promptflow_patches.setup import set_up_promptflow
from mlops.runs.batch_report import FailedLine

if TYPE_CHECKING:
    from promptflow.entities import Run

SERVERLESS = "serverless"
LINES_SHOWN = 20  # of those that failed
# Where Prompt flow's own SDK says that the runs of an AI Studio project are to be seen.
LINK = "https://ai.azure.com/projectflows/trace/run/{run}/details?wsid={project}"


def cloud_arguments(description: str) -> argparse.Namespace:
    """Parse the command line of a batch in Azure."""
    parser = command_parser(description)
    parser.add_argument("--environment_name", required=True, metavar="E", help="pr, dev or prod: picks the sections")
    parser.add_argument("--data", metavar="DATA", help="JSONL or CSV file or azureml:<name>@latest for the batch")
    parser.add_argument("--no_wait", action="store_true", help="end once the run is submitted")
    parser.add_argument("--compute", metavar="C", help=f"{SERVERLESS} or the name of a compute instance")
    parser.add_argument("--instance_type", metavar="SIZE", help="size of the machine of serverless compute")
    parser.add_argument("--dry_run", action="store_true", help="print the run as `pfazure run create` takes it")
    many = parser.add_argument_group("on many nodes (docs/scale_out.md)")
    many.add_argument("--scale_out", action="store_true", help="answer on many nodes; DATA may be a folder")
    many.add_argument("--resume_from", metavar="RUN", help="keep what this run answered, and ask the rest again")
    arguments = parser.parse_args()
    if arguments.resume_from and not arguments.scale_out:
        parser.error("--resume_from goes with --scale_out")
    return arguments


def azure_runner(flow: FlowDefinition, description: str) -> int:
    """Run a flow's batch in Azure as the command line says, and return the exit status.

    Args:
        flow: the flow.
        description: what the command does, for --help.
    """
    return exit_status(lambda: run_in_azure(flow, cloud_arguments(description)))


def run_in_azure(definition: FlowDefinition, arguments: argparse.Namespace) -> None:
    """Submit a flow's batch, follow its log and report how it ended.

    Args:
        definition: the flow.
        arguments: as `cloud_arguments` parsed them.

    Raises:
        UserError: something is missing here or in the project; nothing was submitted.
        RunFailed: the run did not complete.
    """
    set_up_promptflow()
    session = open_cloud_session(definition.name, arguments.environment_name)
    flow = definition.run_arguments(session)
    if arguments.scale_out:
        from mlops.cloud_runs.scale_out import scale_out

        scale_out(session, flow, arguments)
        return
    check_llm_nodes(session, Path(flow["flow"]))
    data, lines = chosen_data(session, arguments.data)
    run = new_run(session, flow, data, arguments)
    if arguments.dry_run:
        print(as_run_yaml(run), end="")
        return
    with azure_errors(f"submitting the run {run.name}"):
        client = ml_client(session.project)
        for connection in filter(None, (session.connection, session.search_connection)):
            check_connection(client, session, connection)
        run.data = resolved_data(client, run.data)
        runs = runs_of(client)
        submit(runs, run)
    link = LINK.format(run=run.name, project=session.project.resource_id)
    print(f"Submitted  {run.name}  {link}", file=sys.stderr)
    if arguments.no_wait:
        print(f"Submitted  {run.name}  {link}")
        return
    with notify_still_running(run.name, link), azure_errors(f"following the run {run.name}"):
        ended = follow(runs, run.name)
    print(f"{ended.status}  {run.name}  {link}")
    with azure_errors(f"asking for the lines of the run {run.name}"):
        completed = ended.status == "Completed"
        count, failed = retry_transient(lambda: failed_lines(runs, run.name, lines)) if completed else (0, [])
    report(run.name, ended, count, failed)


def check_llm_nodes(session: CloudSession, flow: Path) -> None:
    """Make sure that Prompt flow's LLM node, which Azure runs as it is, can sign in.

    Raises:
        UserError: it would have to do so without a key, which it can only at dated api-versions.
    """
    endpoint = session.model_endpoint
    _, definition = definition_of(flow)
    if endpoint.keyless and endpoint.kind != "azure" and any(n["type"] == "llm" for n in definition.get("nodes", [])):
        raise UserError(
            f"the LLM node of {session.flow} cannot sign in at {endpoint.url} (of the kind {endpoint.kind}) without a "
            "key in a batch that Azure runs; set AOAI_API_KEY, lead AOAI_BASE_ENDPOINT to the resource itself, or add "
            "--scale_out"
        )


def report(name: str, ended: RunResult, count: int, failed: list[FailedLine]) -> None:
    """Report how a run ended.

    Raises:
        RunFailed: it did not complete, or a line has no output.
    """
    if ended.status != "Completed":
        raise RunFailed(f"the run {name} ended as {ended.status}: {ended.reason or 'see its log'}")
    print(f"{count} lines, {len(failed)} failed", file=sys.stderr)
    if failed:
        shown = [f"line {line.number}: {line.reason}" for line in failed[:LINES_SHOWN]]
        more = [f"and {len(failed) - LINES_SHOWN} more"] if len(failed) > LINES_SHOWN else []
        raise RunFailed("\n".join([*shown, *more, f"{len(failed)} of {count} lines of the run {name} failed"]))


def new_run(session: CloudSession, flow: dict, data: str, arguments: argparse.Namespace) -> Run:
    """Return the run as Prompt flow's SDK takes it, with nothing uploaded yet."""
    from promptflow.entities import Run

    cloud = session.config.cloud
    compute = arguments.compute or cloud.compute
    if compute == SERVERLESS:
        resources = {"instance_type": arguments.instance_type or cloud.instance_type}
    elif arguments.instance_type:
        raise UserError(f"--instance_type is for {SERVERLESS} compute; the compute instance {compute} has its size")
    else:
        resources = {"compute": compute}
    name = f"{run_name(session.flow, session.environment)}_{fresh_identifier()}"
    column_mapping = flow["column_mapping"]
    if not data.startswith(ASSET):
        renamed, column_mapping = renamed_columns(Path(data), session.column_requirements, column_mapping)
        data = str(renamed)
    run = Run(
        flow=with_documents(complete_flow(Path(flow["flow"])), session.flow),
        data=data,
        name=name,
        display_name=name,
        column_mapping=column_mapping,
        connections=flow.get("connections"),
        variant=flow.get("variant"),
        init={key: to_jsonable(value) for key, value in flow.get("init", {}).items() if value is not None} or None,
        tags={"flow": session.flow, "environment": session.environment},
        resources=resources,
    )
    run._experiment_name = experiment_name()  # the SDK would name it after the flow's folder: standard
    return run


def as_run_yaml(run: Run) -> str:
    """Return a run as the YAML that `pfazure run create --file` takes."""
    content = {
        "$schema": "https://azuremlschemas.azureedge.net/promptflow/latest/Run.schema.json",
        "name": run.name,
        "flow": str(run.flow),
        "data": str(run.data),
        "column_mapping": run.column_mapping,
        "connections": run.connections,
        "variant": run.variant,
        "init": run.init,
        "tags": run.tags,
        "resources": run._resources,
    }
    without_anchors = json.loads(json.dumps({key: value for key, value in content.items() if value}))
    return yaml.safe_dump(without_anchors, sort_keys=False)
