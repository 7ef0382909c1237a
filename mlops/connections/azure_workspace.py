"""Connections of the Foundry project, which keeps their keys in its key vault."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from mlops.azure.client import azure_errors, has_connection, ml_client, quiet_sdk
from mlops.azure.resource_manager import MACHINE_LEARNING, ResourceManager
from mlops.configuration.config import Configuration
from mlops.configuration.endpoints import AoaiConfig, SearchConfig
from mlops.configuration.sections import AiStudioConfig
from mlops.connections.creation import create_or_keep

if TYPE_CHECKING:
    from azure.ai.ml import MLClient
    from azure.ai.ml.entities import WorkspaceConnection

# How Prompt flow recognises the type of a workspace connection; its WorkspaceConnectionProvider reads it.
CUSTOM = {"azureml.flow.connection_type": "Custom", "azureml.flow.module": "promptflow.connections"}


def aoai_connection(aoai: AoaiConfig) -> WorkspaceConnection:
    """Return the connection to the model endpoint, which Prompt flow reads back as the type for the endpoint's kind.

    Without a key, flows sign in as the identity that runs them, or not at all where the kind is "openai".
    """
    quiet_sdk()
    from azure.ai.ml.entities import AzureOpenAIConnection, OpenAIConnection

    endpoint = aoai.to_endpoint()
    if endpoint.kind != "azure":
        return OpenAIConnection(name=aoai.connection, target=endpoint.url, api_key=endpoint.stored_key)
    return AzureOpenAIConnection(
        name=aoai.connection,
        azure_endpoint=aoai.url,
        api_key=aoai.api_key.get_secret_value() or None,
        api_version=aoai.api_version,
    )


def search_properties(search: SearchConfig) -> dict:
    """Return the connection to web search, as Resource Manager takes it.

    It is a connection of custom keys, the kind that Prompt flow reads as its CustomConnection; the SDK has no class
    for it.
    """
    configs = {
        "provider": search.provider,
        "endpoint": search.endpoint,
        "wikipedia_endpoint": search.wikipedia_endpoint,
        "allow_loopback": "false",
    }
    return {
        "category": "CustomKeys",
        "authType": "CustomKeys",
        "target": "_",
        "isSharedToAll": True,
        "metadata": {**CUSTOM, **configs},
        "credentials": {"keys": {"api_key": search.api_key.get_secret_value() or "none"}},
    }


def create_in_project(
    config: AoaiConfig | SearchConfig,
    arguments: argparse.Namespace,
    create: Callable[[MLClient, AiStudioConfig], object],
) -> None:
    """Create a connection in the project of an environment unless it exists.

    Args:
        config: the connection's configuration.
        arguments: as `creation.connection_arguments` parsed them.
        create: creates or replaces it.
    """
    project = Configuration(arguments.environment_name).aistudio()
    with azure_errors(f"creating the connection {config.connection}"):
        client = ml_client(project)
        exists = has_connection(client, config.connection)
        create_or_keep(config, exists, arguments.replace, create=lambda: create(client, project))


def put_connection(project: AiStudioConfig, name: str, properties: dict) -> None:
    """Create or replace a connection of a kind that the SDK has no class for."""
    from azure.core.exceptions import DecodeError

    with ResourceManager() as manager:
        path = f"{project.resource_id}/connections/{name}"
        if "properties" not in manager.put(path, MACHINE_LEARNING, {"properties": properties}):
            raise DecodeError("the answer names no connection")
