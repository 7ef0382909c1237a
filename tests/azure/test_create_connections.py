"""Creating connections: created once, kept afterwards, with a key or without, here and in the project."""

import pytest
import yaml

KEY = "key-0123456789abcdef"
ENDPOINT = "https://models.openai.azure.com"
VARIABLES = {"AOAI_BASE_ENDPOINT": ENDPOINT, "AOAI_API_KEY": KEY, "BING_API_KEY": KEY}
COMMANDS = [
    ("azure_create_aoai_connection", "--aoai-connection-name"),
    ("azure_create_search_connection", "--search-connection-name"),
    ("local_create_aoai_connection", "--aoai-connection-name"),
    ("local_create_search_connection", "--search-connection-name"),
]
IN_AZURE = COMMANDS[:2]


@pytest.mark.parametrize(("command", "option"), COMMANDS)
def test_a_connection_is_created_then_kept_then_replaced(azure, command, option):
    run = [azure.run(f"mlops.connections.{command}", option, f"of_{command}", *more, **VARIABLES)
           for more in ([], [], ["--replace"])]

    assert [ended.status for ended in run] == [0, 0, 0], run
    assert [ended.stdout.split(" ")[0] for ended in run] == ["created", "kept", "replaced"]
    assert KEY not in str(run)


def test_the_project_gets_the_endpoint_and_its_key(azure):
    azure.run("mlops.connections.azure_create_aoai_connection", "--aoai-connection-name", "mine", **VARIABLES)

    properties = azure.workspace.connections["mine"]["properties"]
    assert properties["target"] == ENDPOINT and properties["credentials"]["key"] == KEY
    assert properties["category"].lower() == "azureopenai" and properties["authType"] == "ApiKey"


def test_without_a_key_the_projects_connection_is_keyless(azure):
    ended = azure.run("mlops.connections.azure_create_aoai_connection", AOAI_BASE_ENDPOINT=ENDPOINT)

    [(name, connection)] = azure.workspace.connections.items()
    assert name == "aoai_connection" and connection["properties"]["authType"] == "AAD" and "keyless" in ended.stdout


def test_prompt_flow_reads_the_search_connection_of_the_project(azure):
    from promptflow._sdk.entities._connection import CustomConnection  # what flows get
    from promptflow.core._connection_provider._workspace_connection_provider import WorkspaceConnectionProvider
    from promptflow.core._connection_provider._models._models import (
        WorkspaceConnectionPropertiesV2BasicResource as Resource,
    )

    azure.run("mlops.connections.azure_create_search_connection", SEARCH_PROVIDER="ddgs", **VARIABLES)

    resource = Resource.deserialize(azure.workspace.connections["search_connection"])
    read = WorkspaceConnectionProvider.build_connection_dict_from_rest_object("search_connection", resource)
    assert read["type"] == CustomConnection.__name__ and read["secret_keys"] == ["api_key"]
    assert read["value"]["api_key"] == KEY and read["value"]["provider"] == "ddgs"


@pytest.mark.parametrize(("command", "option"), IN_AZURE)
def test_a_dry_run_shows_a_placeholder_for_the_key_and_sends_nothing(azure, command, option):
    ended = azure.run(f"mlops.connections.{command}", option, "mine", "--dry_run", **VARIABLES)

    assert ended.status == 0 and yaml.safe_load(ended.stdout)["name"] == "mine", ended.stderr
    assert KEY not in ended.stdout and "<key>" in ended.stdout and azure.requests == []


@pytest.mark.parametrize("command", ["azure_create_aoai_connection", "local_create_aoai_connection"])
def test_the_environment_local_has_no_lasting_endpoint(azure, command):
    ended = azure.run(f"mlops.connections.{command}", "--environment_name", "local")

    assert ended.status == 2 and "name another environment" in ended.stderr
