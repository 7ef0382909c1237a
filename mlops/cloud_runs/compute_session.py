"""Batches in Prompt flow's compute session (`--compute_session`): its service runs the flow and keeps the results.

Microsoft ends it on 20 April 2027, and no longer updates its image, whose Python is 3.9: only the flow with an LLM node
can be installed there. `cloud: {session_image: ...}` names another image. Decision 22 has the sources.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    check_machine,
    chosen_data,
    resolved_data,
)
from mlops.common.errors import RunFailed, UserError
from mlops.common.names import experiment_name, fresh_identifier, run_name
from mlops.configuration.scale_out import SERVERLESS
from mlops.flow_folders.folders import complete_flow, for_compute_session, with_documents
from mlops.flow_folders.signatures import definition_of
from mlops.runs.batch_report import FailedLine

if TYPE_CHECKING:
    from promptflow.entities import Run

ENDS = "20 April 2027"  # learn.microsoft.com/azure/machine-learning/prompt-flow/prompt-flow-retirement
NO_SESSION = "Session creation failed"  # what Prompt flow says: microsoft/promptflow#865
INSTALLABLE = (
    "Prompt flow's image has Python 3.9, on which this flow cannot be installed: leave out --compute_session, or name "
    "an image of your own in COMPUTE_SESSION_IMAGE (docs/azure.md)"
)
LINES_SHOWN = 20  # of those that failed
# Where Prompt flow's own SDK says that the runs of a Foundry project are to be seen.
LINK = "https://ai.azure.com/projectflows/trace/run/{run}/details?wsid={project}"


def run_in_compute_session(session: CloudSession, flow: Mapping[str, Any], arguments: argparse.Namespace) -> None:
    """Submit a flow's batch to Prompt flow's service, follow its log and report how it ended.

    Args:
        session: what the flow's arguments were made from.
        flow: the arguments of `pf.run` for it.
        arguments: as `mlops.cloud_runs.batches.cloud_arguments` parsed them.

    Raises:
        UserError: something is missing here or in the project; nothing was submitted.
        RunFailed: the run did not complete.
    """
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
    print(f"Prompt flow's compute session ends on {ENDS}; leave out --compute_session by then", file=sys.stderr)
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
            "key in compute session; set AOAI_API_KEY, lead AOAI_BASE_ENDPOINT to the resource itself, or leave out "
            "--compute_session"
        )


def report(name: str, ended: RunResult, count: int, failed: list[FailedLine]) -> None:
    """Report how a run ended.

    Raises:
        RunFailed: it did not complete, or a line has no output.
    """
    if ended.status != "Completed":
        said = f"the run {name} ended as {ended.status}: {ended.reason or 'see its log'}"
        raise RunFailed(f"{said}; {INSTALLABLE}" if NO_SESSION in ended.reason else said)
    print(f"{count} lines, {len(failed)} failed", file=sys.stderr)
    if failed:
        shown = [f"line {line.number}: {line.reason}" for line in failed[:LINES_SHOWN]]
        more = [f"and {len(failed) - LINES_SHOWN} more"] if len(failed) > LINES_SHOWN else []
        raise RunFailed("\n".join([*shown, *more, f"{len(failed)} of {count} lines of the run {name} failed"]))


def new_run(session: CloudSession, flow: Mapping[str, Any], data: str, arguments: argparse.Namespace) -> Run:
    """Return the run as Prompt flow's SDK takes it, with nothing uploaded yet."""
    from promptflow.entities import Run

    cloud = session.config.cloud
    compute = arguments.compute or cloud.compute
    check_machine(compute, arguments.instance_type)
    serverless = {"instance_type": arguments.instance_type or cloud.instance_type}
    resources = serverless if compute == SERVERLESS else {"compute": compute}
    name = f"{run_name(session.flow, session.environment)}_{fresh_identifier()}"
    column_mapping = flow["column_mapping"]
    if not data.startswith(ASSET):
        renamed, column_mapping = renamed_columns(Path(data), session.column_requirements, column_mapping)
        data = str(renamed)
    folder = with_documents(complete_flow(Path(flow["flow"])), session.flow)
    run = Run(
        flow=for_compute_session(folder, session.flow, cloud.session_image),
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
