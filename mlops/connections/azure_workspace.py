"""Connections of the Azure AI Studio project, which keeps their keys in its key vault."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops.common.azure import credential, quiet_sdk
from mlops.common.config_models import AiStudioConfig, AoaiConfig, SearchConfig

if TYPE_CHECKING:
    from azure.ai.ml.entities import WorkspaceConnection

MANAGEMENT = "https://management.azure.com"
API_VERSION = "2024-10-01"
# How Prompt flow tells what a connection of the workspace is; promptflow.core's WorkspaceConnectionProvider reads it.
CUSTOM = {"azureml.flow.connection_type": "Custom", "azureml.flow.module": "promptflow.connections"}


def aoai_connection(aoai: AoaiConfig) -> WorkspaceConnection:
    """Return the connection to the model endpoint; without a key, flows sign in as the identity that runs them."""
    quiet_sdk()
    from azure.ai.ml.entities import AzureOpenAIConnection

    return AzureOpenAIConnection(
        name=aoai.connection,
        azure_endpoint=aoai.endpoint,
        api_key=aoai.api_key.get_secret_value() or None,
        api_version=aoai.api_version,
    )


def search_properties(search: SearchConfig) -> dict:
    """Return the connection that tells flows how to search the web, as Resource Manager takes it.

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


def put_connection(project: AiStudioConfig, name: str, properties: dict) -> None:
    """Create or replace a connection of a kind that the SDK has no class for."""
    from azure.core.exceptions import DecodeError, HttpResponseError
    from azure.core.pipeline.policies import RetryPolicy
    from azure.core.rest import HttpRequest
    from azure.mgmt.core import ARMPipelineClient
    from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy

    policies = [RetryPolicy(), ARMChallengeAuthenticationPolicy(credential(), f"{MANAGEMENT}/.default")]
    with ARMPipelineClient(base_url=MANAGEMENT, policies=policies) as client:
        url = f"{MANAGEMENT}{project.resource_id}/connections/{name}?api-version={API_VERSION}"
        response = client.send_request(HttpRequest("PUT", url, json={"properties": properties}))
        if response.status_code >= 400:
            raise HttpResponseError(response=response)
        if "properties" not in (response.json() or {}):
            raise DecodeError("the answer names no connection", response=response)
