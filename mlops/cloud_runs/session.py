"""What a flow runs with in Azure: its configuration, the project, the project's connections, and its data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mlops.azure.client import has_connection, project_is_missing
from mlops.common.errors import UserError, causes
from mlops.configuration.config import Configuration
from mlops.configuration.scale_out import SERVERLESS
from mlops.configuration.sections import ASSET_PATTERN, AiStudioConfig, FlowConfig
from mlops.data.files import ColumnRequirement, check_data
from mlops.flow_folders.signatures import required_by_flow
from model_endpoint import Endpoint

if TYPE_CHECKING:
    from azure.ai.ml import MLClient

ASSET = "azureml:"


@dataclass(frozen=True)
class CloudSession:
    """What a flow's arguments are made from, as in `mlops.runs.session.Session`, for a run in Azure.

    Attributes:
        flow: the flow's name.
        environment: the environment's name.
        config: its section of config.yaml.
        project: the project in which it runs.
        column_requirements: what the flow needs of each line.
        connection: the name of the project's connection to the model endpoint.
        search_connection: that of the connection for web search; None where the flow does not search.
        model_endpoint: where the connection to the models leads, as this machine's configuration has it.
    """

    flow: str
    environment: str
    config: FlowConfig
    project: AiStudioConfig
    column_requirements: list[ColumnRequirement]
    connection: str
    search_connection: str | None
    model_endpoint: Endpoint


def open_cloud_session(flow: str, environment: str) -> CloudSession:
    """Read the configuration of a flow that is to run in Azure.

    Raises:
        UserError: the configuration is invalid, or the environment has no project.
    """
    configuration = Configuration(environment)
    config, aoai = configuration.flow(flow), configuration.aoai()
    if aoai.emulator:
        raise UserError(f"the environment {environment} runs on this machine alone; name one with a Foundry project")
    return CloudSession(
        flow=flow,
        environment=environment,
        config=config,
        project=configuration.aistudio(),
        column_requirements=required_by_flow(config.flow_path, config.column_mapping),
        connection=aoai.connection,
        search_connection=configuration.search().connection if config.planning else None,
        model_endpoint=aoai.to_endpoint(),
    )


def chosen_data(session: CloudSession, given: str | None) -> tuple[str, int | None]:
    """Return the data of a run, checked if it is a file: its path or the asset, and how many lines it has if known.

    Raises:
        UserError: the file does not exist, or a line of it is invalid.
    """
    data = given or session.config.cloud.data or str(session.config.data_path)
    if data.startswith(ASSET):
        if not re.fullmatch(ASSET_PATTERN, data):
            raise UserError(f"--data {data}: an asset is named as azureml:<name>:<version> or azureml:<name>@latest")
        return data, None
    path = Path(data).resolve()
    return str(path), check_data(path, session.column_requirements)


def check_machine(compute: str, instance_type: str | None) -> None:
    """Make sure that a size is given for machines alone that Azure chooses.

    Raises:
        UserError: it is given for a cluster or an instance, which has its size.
    """
    if instance_type and compute != SERVERLESS:
        raise UserError(f"--instance_type is for {SERVERLESS} compute; the compute {compute} has its size")


def check_cluster(client: MLClient, session: CloudSession, name: str) -> None:
    """Make sure that the project has a cluster; the SDK would find out after it has registered components.

    Raises:
        UserError: it has no compute of this name, or that is a compute instance, on which a job cannot work as whoever
            submits it (Azure/azure-sdk-for-python#40540).
    """
    from azure.core.exceptions import ResourceNotFoundError

    try:
        compute = client.compute.get(name)
    except ResourceNotFoundError as error:
        if project_is_missing(error):
            raise
        raise UserError(
            f"the project {session.project.project_name} has no compute {name}; `az ml compute list` names those that "
            f"it has, and --compute {SERVERLESS} needs none"
        ) from None
    if compute.type == "computeinstance":
        raise UserError(f"{name} is a compute instance; name a cluster, take {SERVERLESS}, or add --compute_session")


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
            f"the project has no data asset {data}; register it with python -m mlops.register_data_assets"
        ) from None
    return f"{ASSET}{asset.name}:{asset.version}"
