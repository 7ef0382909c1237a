"""Creating connections: created once, kept afterwards, with a key or without, here and in the project."""

import pytest
import yaml

from model_endpoint import Endpoint, endpoint_of

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
    run = [
        azure.run(f"mlops.connections.{command}", option, f"of_{command}", *more, **VARIABLES)
        for more in ([], [], ["--replace"])
    ]

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


OTHER_KINDS = [  # the endpoint, its key, what the connection holds, and the kind that flows find in it
    (f"{ENDPOINT}/openai/v1", KEY, KEY, "azure_v1"),
    (f"{ENDPOINT}/openai/v1", "", "entra-id", "azure_v1"),
    ("https://gateway.example.com/v1", KEY, KEY, "openai"),
    ("https://gateway.example.com/v1", "", "none", "openai"),
]


@pytest.mark.parametrize(("endpoint", "key", "held", "kind"), OTHER_KINDS)
def test_prompt_flow_reads_the_connection_of_every_kind_from_the_project(azure, endpoint, key, held, kind):
    ended = [
        azure.run("mlops.connections.azure_create_aoai_connection", **variables_of(endpoint, key)) for _ in range(2)
    ]

    assert [each.status for each in ended] == [0, 0], ended
    sign_in = "with a key" if key else "without a key" if kind == "openai" else "keyless, through Microsoft Entra ID"
    assert ended[0].stdout == f"created   aoai_connection: {sign_in}\n" and ended[1].stdout.startswith("kept")
    read = read_by_prompt_flow(azure, "aoai_connection")
    assert read["type"] == "OpenAIConnection" and read["value"] == {"api_key": held, "base_url": endpoint}
    connection = connection_of(read)
    assert endpoint_of(connection) == Endpoint(kind, endpoint, key)


def test_prompt_flow_reads_the_connection_to_a_resource_from_the_project(azure):
    azure.run("mlops.connections.azure_create_aoai_connection", **VARIABLES)

    read = read_by_prompt_flow(azure, "aoai_connection")
    assert endpoint_of(connection_of(read)) == Endpoint("azure", ENDPOINT, KEY, "2025-04-01-preview")


@pytest.mark.parametrize(("endpoint", "key", "held", "kind"), OTHER_KINDS)
def test_a_dry_run_prints_what_az_takes_for_every_kind(azure, tmp_path, endpoint, key, held, kind):
    from azure.ai.ml import load_connection

    ended = azure.run("mlops.connections.azure_create_aoai_connection", "--dry_run", **variables_of(endpoint, key))

    assert ended.status == 0 and KEY not in ended.stdout and azure.requests == [], ended.stderr
    (tmp_path / "connection.yaml").write_text(ended.stdout, encoding="utf-8")
    loaded = load_connection(tmp_path / "connection.yaml")
    assert (loaded.target, loaded.api_key) == (endpoint, "<key>" if key else held)


@pytest.mark.parametrize(("endpoint", "key", "held", "kind"), OTHER_KINDS)
def test_the_store_on_this_machine_gets_the_connection_of_every_kind(azure, endpoint, key, held, kind):
    name = f"{kind}_{'keyed' if key else 'bare'}"
    ended = azure.run(
        "mlops.connections.local_create_aoai_connection", "--aoai-connection-name", name, **variables_of(endpoint, key)
    )

    assert ended.status == 0 and ended.stdout.startswith(f"created   {name}"), ended.stderr


def variables_of(endpoint, key):
    return {"AOAI_BASE_ENDPOINT": endpoint, **({"AOAI_API_KEY": key} if key else {})}


def read_by_prompt_flow(azure, name):
    from promptflow.core._connection_provider._models._models import (
        WorkspaceConnectionPropertiesV2BasicResource as Resource,
    )
    from promptflow.core._connection_provider._workspace_connection_provider import WorkspaceConnectionProvider

    resource = Resource.deserialize(azure.workspace.connections[name])
    return WorkspaceConnectionProvider.build_connection_dict_from_rest_object(name, resource)


def connection_of(read):
    from promptflow.core._connection import _Connection

    return _Connection._from_execution_connection_dict(name=read["name"], data=read)


def test_prompt_flow_reads_the_search_connection_of_the_project(azure):
    from promptflow._sdk.entities._connection import CustomConnection  # what flows get

    azure.run("mlops.connections.azure_create_search_connection", SEARCH_PROVIDER="ddgs", **VARIABLES)

    read = read_by_prompt_flow(azure, "search_connection")
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
