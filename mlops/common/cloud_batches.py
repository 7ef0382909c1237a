"""Batches in Azure: the flow and its data go up to the Azure AI Studio project, which runs it and keeps the results."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from mlops.common.azure import azure_errors, has_connection, ml_client, project_is_missing
from mlops.common.batch_reports import FailedLine
from mlops.common.cli import command_parser
from mlops.common.cloud_runs import EndedRun, failed_lines, follow, patiently, runs_of, sigterm_as_interrupt, submit
from mlops.common.config import Configuration
from mlops.common.config_models import ASSET_PATTERN, AiStudioConfig, FlowConfig
from mlops.common.data_files import check_jsonl, mapped_columns
from mlops.common.errors import RunFailed, UserError, causes
from mlops.common.flow_folders import complete_flow, with_documents
from mlops.common.names import experiment_name, fresh_identifier, run_name
from mlops.common.promptflow_setup import set_up_promptflow

if TYPE_CHECKING:
    from azure.ai.ml import MLClient
    from promptflow.entities import Run

FlowArguments = Callable[[Any], dict]
SERVERLESS = "serverless"
ASSET = "azureml:"
LINES_SHOWN = 20  # of those that failed
# Where Prompt flow's own SDK says that the runs of an AI Studio project are to be seen.
LINK = "https://ai.azure.com/projectflows/trace/run/{run}/details?wsid={project}"


@dataclasses.dataclass(frozen=True)
class CloudSession:
    """What a flow's arguments are made from, as in `mlops.common.session.Session`, for a run in Azure.

    Attributes:
        flow: the flow's name.
        environment: the environment's name.
        config: its section of config.yaml.
        project: the project in which it runs.
        connection: the name of the project's connection to the model endpoint.
        search_connection: that of the connection for web search; None where the flow does not search.
    """

    flow: str
    environment: str
    config: FlowConfig
    project: AiStudioConfig
    connection: str
    search_connection: str | None


def cloud_arguments(description: str) -> argparse.Namespace:
    """Parse the command line of a batch in Azure."""
    parser = command_parser(description)
    parser.add_argument("--environment_name", required=True, metavar="E", help="pr, dev or prod: picks the sections")
    parser.add_argument("--data", metavar="DATA", help="JSONL file or azureml:<name>@latest for the batch")
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


def open_cloud_session(flow: str, environment: str) -> CloudSession:
    """Read the configuration of a flow that is to run in Azure.

    Raises:
        UserError: the configuration is not as it has to be, or the environment has no project.
    """
    configuration = Configuration(environment)
    config, aoai = configuration.flow(flow), configuration.aoai()
    if aoai.emulator:
        raise UserError(
            f"the environment {environment} runs on this machine alone; name one with an Azure AI Studio project"
        )
    return CloudSession(
        flow=flow,
        environment=environment,
        config=config,
        project=configuration.aistudio(),
        connection=aoai.connection,
        search_connection=configuration.search().connection if config.planning else None,
    )


def run_in_azure(flow: str, flow_arguments: FlowArguments, arguments: argparse.Namespace) -> None:
    """Submit a flow's batch, follow its log and tell how it ended.

    Args:
        flow: the flow's name.
        flow_arguments: gives the arguments of `pf.run` for a session, as the flow's local runner does.
        arguments: as `cloud_arguments` parsed them.

    Raises:
        UserError: something is missing here or in the project; nothing was submitted.
        RunFailed: the run did not complete.
    """
    set_up_promptflow()
    session = open_cloud_session(flow, arguments.environment_name)
    if arguments.scale_out:
        from mlops.common.scale_out import scale_out

        scale_out(session, flow_arguments(session), arguments)
        return
    data, lines = chosen_data(session, arguments.data)
    run = new_run(session, flow_arguments(session), data, arguments)
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
    with goes_on(run.name, link), azure_errors(f"following the run {run.name}"):
        ended = follow(runs, run.name)
    print(f"{ended.status}  {run.name}  {link}")
    with azure_errors(f"asking for the lines of the run {run.name}"):
        completed = ended.status == "Completed"
        count, failed = patiently(lambda: failed_lines(runs, run.name, lines)) if completed else (0, [])
    report(run.name, ended, count, failed)


@contextlib.contextmanager
def goes_on(name: str, link: str) -> Iterator[None]:
    """Say, should the block end early, that the run does not, and how to look at it."""
    try:
        with sigterm_as_interrupt():
            yield
    except (KeyboardInterrupt, UserError, RunFailed):
        print(f"The run {name} goes on in Azure: {link}", file=sys.stderr)
        raise


def report(name: str, ended: EndedRun, count: int, failed: list[FailedLine]) -> None:
    """Say how a run ended.

    Raises:
        RunFailed: it did not complete, or a line has no output.
    """
    if ended.status != "Completed":
        raise RunFailed(f"the run {name} ended as {ended.status}: {ended.reason or 'its log tells why'}")
    print(f"{count} lines, {len(failed)} failed", file=sys.stderr)
    if failed:
        shown = [f"line {line.number}: {line.reason}" for line in failed[:LINES_SHOWN]]
        more = [f"and {len(failed) - LINES_SHOWN} more"] if len(failed) > LINES_SHOWN else []
        raise RunFailed("\n".join([*shown, *more, f"{len(failed)} of {count} lines of the run {name} failed"]))


def chosen_data(session: CloudSession, given: str | None) -> tuple[str, int | None]:
    """Return the data of a run, checked if it is a file: its path or the asset, and how many lines it has if known.

    Raises:
        UserError: the file is not there, or a line of it is not as it has to be.
    """
    data = given or session.config.cloud.data or str(session.config.data_path)
    if data.startswith(ASSET):
        if not re.fullmatch(ASSET_PATTERN, data):
            raise UserError(f"--data {data}: an asset is named as azureml:<name>:<version> or azureml:<name>@latest")
        return data, None
    path = Path(data).resolve()
    return str(path), check_jsonl(path, mapped_columns(session.config.column_mapping))


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
    run = Run(
        flow=with_documents(complete_flow(Path(flow["flow"])), session.flow),
        data=data,
        name=name,
        display_name=name,
        column_mapping=flow["column_mapping"],
        connections=flow.get("connections"),
        variant=flow.get("variant"),
        init={key: plain(value) for key, value in flow.get("init", {}).items() if value is not None} or None,
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


def check_connection(client: MLClient, session: CloudSession, name: str) -> None:
    """Make sure that the project has a connection.

    Raises:
        UserError: it has none of this name; the text has the command that creates it.
    """
    if not has_connection(client, name):
        kind = "search" if name == session.search_connection else "aoai"
        raise UserError(
            f"the project {session.project.project_name} has no connection {name}; create it with python -m "
            f"mlops.connections.azure_create_{kind}_connection --environment_name {session.environment}"
        )


def resolved_data(client: MLClient, data: str) -> str:
    """Return a file's path as it is, and a registered asset by its version; `@latest` is looked up.

    Raises:
        UserError: no such asset is registered.
    """
    from azure.core.exceptions import ResourceNotFoundError

    if not data.startswith(ASSET):
        return data
    name, latest, _ = data.removeprefix(ASSET).partition("@latest")
    name, _, version = name.partition(":")
    try:
        asset = client.data.get(name, **({"label": "latest"} if latest else {"version": version}))
    except Exception as error:  # the SDK wraps it where it looks for the latest version
        found = next((cause for cause in causes(error) if isinstance(cause, ResourceNotFoundError)), None)
        if found is None or project_is_missing(found):
            raise
        raise UserError(
            f"the project has no data asset {data}; register it with python -m mlops.common.register_data_assets"
        ) from None
    return f"{ASSET}{asset.name}:{asset.version}"


def plain(value: Any) -> Any:
    """Return what a flow's class is made with as JSON: a model configuration becomes a mapping."""
    if dataclasses.is_dataclass(value):
        return {key: item for key, item in dataclasses.asdict(value).items() if item is not None}
    return value
