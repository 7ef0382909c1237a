"""A project whose connections lead to the emulator, as those of a real one lead to models and to web search."""

from __future__ import annotations

from loopback.workspace import Workspace, resource

KEY = "model-key-0123456789abcdef"


def connect(workspace: Workspace, emulator_endpoint: str) -> None:
    """Give the workspace connections to an emulator, with a key that no output may show."""
    models = {
        "category": "AzureOpenAI",
        "authType": "ApiKey",
        "target": emulator_endpoint,
        "credentials": {"key": KEY},
        "metadata": {"ApiVersion": "2025-04-01-preview", "ApiType": "azure"},
    }
    search = {
        "category": "CustomKeys",
        "authType": "CustomKeys",
        "target": "_",
        "credentials": {"keys": {"api_key": KEY}},
        "metadata": {
            "azureml.flow.connection_type": "Custom",
            "azureml.flow.module": "promptflow.connections",
            "provider": "bing",
            "endpoint": f"{emulator_endpoint}/v7.0/search",
            "wikipedia_endpoint": f"{emulator_endpoint}/w/api.php",
            "allow_loopback": "true",
        },
    }
    for name, properties in (("aoai_connection", models), ("search_connection", search)):
        workspace.connections[name] = resource(f"/connections/{name}", name, properties)
