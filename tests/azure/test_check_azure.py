"""The check of a project, against a loopback Azure that has everything, or lacks one thing."""

from __future__ import annotations

import socket

import pytest
from loopback.model_project import connect
from loopback.resources import MODELS_ID, STORAGE_ID
from loopback.resources import OF_SUBSCRIPTION as SUBSCRIPTION_ID
from loopback.sign_in import CLIENT, TENANT
from loopback.workspace import ID

KEY = "key-0123456789abcdef"
IDENTITY = "66666666-6666-6666-6666-666666666666"
COMPLETE = {
    "AOAI_BASE_ENDPOINT": "https://models.openai.azure.com",
    "SCALE_OUT_IDENTITY": IDENTITY,
}
IN_2026 = ("--environment_name", "dev", "--date", "2026-11-27")


@pytest.fixture
def complete(azure):
    """A project that lacks nothing."""
    azure.workspace.identities[IDENTITY] = "a-principal"
    connect(azure.workspace, COMPLETE["AOAI_BASE_ENDPOINT"])
    return azure


def check(azure, *options, **variables):
    """Run the command; return how it ended, the state of each check, and the command that mends it."""
    ended = azure.run("mlops.check_azure", *IN_2026, *options, **{**COMPLETE, **variables})
    assert ended.stdout, ended.stderr
    table, *mending = ended.stdout.split("\n\n")
    header, *rows = table.splitlines()
    state, found = header.index("state"), header.index("found")
    states = {row[:state].strip(): (row[state:found].strip(), row[found:].strip()) for row in rows}
    remedies = dict(block.strip().split(":\n  ", 1) for block in mending)
    return ended, states, remedies


def test_a_project_that_lacks_nothing_passes(complete):
    changed = [request for request in complete.requests if request[0] not in ("GET", "POST")]

    ended, states, remedies = check(complete)

    assert ended.status == 0, ended.stdout + ended.stderr
    assert {state for state, _ in states.values()} == {"ok"} and remedies == {}
    assert states["signed in"][1] == f"the application {CLIENT}, of the tenant {TENANT}"
    assert states["quota for one more online deployment"][1].startswith("2 x Standard_DS3_v2 need 8 cores")
    assert states["quota for a batch with --scale_out"][1].startswith("4 x Standard_E4ds_v4 need 16 cores")
    assert "0 missing, 0 unknown" in ended.stderr
    assert [request for request in complete.requests if request[0] not in ("GET", "POST")] == changed


def unregistered(azure):
    azure.resources.registered["Microsoft.ContainerRegistry"] = "NotRegistered"


def of_another_tenant(azure):
    azure.resources.tenant = "77777777-7777-7777-7777-777777777777"


def no_project(azure):
    azure.workspace.about["kind"] = "Hub"


def no_own_identity(azure):
    azure.workspace.about["identity"] = {"type": "None"}


def no_identity_for_batches(azure):
    azure.workspace.identities.clear()


def no_role_in_the_project(azure):
    azure.resources.roles[ID] = ["Reader"]


def no_role_on_storage(azure):
    azure.workspace.keyless_storage = True
    azure.resources.roles[STORAGE_ID] = ["Reader"]


def no_keys_at_storage(azure):
    azure.resources.storage["allowSharedKeyAccess"] = False


def no_role_on_models(azure):
    azure.resources.roles[MODELS_ID] = ["Reader"]


def no_connection(azure):
    azure.workspace.connections.pop("search_connection")


def connection_to_another(azure):
    azure.workspace.connections["aoai_connection"]["properties"]["target"] = "https://other.openai.azure.com/"


def no_secrets(azure):
    azure.fail("POST", "/connections/aoai_connection/listsecrets", 403)


def no_deployment(azure):
    azure.resources.deployments.pop("gpt-5.6-terra")


def failed_deployment(azure):
    azure.resources.deployments["gpt-5.6-terra"] = ("gpt-5.6-terra", "2026-07-09", "Failed")


def retired_model(azure):
    azure.resources.deployments["gpt-5.6-luna"] = ("o4-mini", "2025-04-16", "Succeeded")


def small_quota(azure):
    azure.resources.quota["standardDSv2Family"] = (17, 24)


def other_machines(azure):
    azure.resources.sizes.pop("Standard_E4ds_v4")


def no_registry(azure):
    azure.resources.registry = None


LACKS = [  # what is missing, the check that finds it, what it says, and the command that mends it
    (of_another_tenant, "subscription", "of the tenant 7777", "az login --tenant 7777"),
    (
        unregistered,
        "provider Microsoft.ContainerRegistry",
        "NotRegistered",
        "az provider register --namespace Microsoft.C",
    ),
    (no_project, "project", "of the kind Hub, not a project", "az ml workspace create --kind project"),
    (no_own_identity, "project's identity", "it has none", '"identity": {"type": "SystemAssigned"}'),
    (
        no_identity_for_batches,
        "identity of serverless batches",
        f"{IDENTITY}, which is not assigned",
        "az rest --method PATCH",
    ),
    (no_role_in_the_project, "may run batches", "workspaces/jobs/write", "--role 'AzureML Data Scientist' --scope"),
    (no_role_on_storage, "may upload", "blobs/write", f"--role 'Storage Blob Data Contributor' --scope {STORAGE_ID}"),
    (no_keys_at_storage, "datastore", "takes no keys", "--name loopback-hub"),
    (no_role_on_models, "may ask models", "chat/completions", f"'Cognitive Services OpenAI User' --scope {MODELS_ID}"),
    (no_connection, "connection search_connection", "none of this name", "azure_create_search_connection"),
    (
        connection_to_another,
        "connection aoai_connection",
        "it leads to https://other.",
        "--environment_name dev --replace",
    ),
    (no_secrets, "secrets of aoai_connection", "403 AuthorizationFailed", "Workspace Connection Secrets Reader'"),
    (no_deployment, "model gpt-5.6-terra (judge)", "no deployment of this name", "--model-name gpt-5.6-terra"),
    (
        failed_deployment,
        "model gpt-5.6-terra (judge)",
        "its deployment is Failed",
        "account deployment create --name models",
    ),
    (
        retired_model,
        "model gpt-5.6-luna (chat, tools)",
        "its model o4-mini was retired on 2026-10-16",
        "--deployment-name gpt-5.6-luna",
    ),
    (small_quota, "quota for one more online deployment", "8 cores of standardDSv2Family; 7 of 24", "value=25"),
    (other_machines, "quota for a batch", "no machines of the size Standard_E4ds_v4", "az ml compute list-sizes"),
    (no_registry, "container registry", "loopback, is not there any more", "az acr create --name loopback"),
]


@pytest.mark.parametrize(("lack", "name", "says", "mends"), LACKS, ids=[lack.__name__ for lack, *_ in LACKS])
def test_each_lack_is_found_with_the_command_that_mends_it(complete, lack, name, says, mends):
    lack(complete)

    ended, states, remedies = check(complete)

    assert ended.status == 1, ended.stdout + ended.stderr
    state, found = states[name]
    assert state == "missing" and says in found, found
    assert mends in remedies[name]


def test_a_project_that_is_not_there_is_missing_and_what_is_in_it_unknown(complete):
    ended, states, remedies = check(complete, PROJECT_NAME="other")

    assert ended.status == 1, ended.stdout + ended.stderr
    assert states["project"][0] == "missing" and "there is no other in" in states["project"][1]
    assert states["identities"] == ("unknown", "what it is about is not there (404 ParentResourceNotFound)")
    assert states["provider Microsoft.Storage"][0] == "ok" and "--name other" in remedies["project"]


def test_what_this_identity_may_not_look_at_is_unknown_and_not_missing(complete):
    complete.fail("GET", "/locations/westeurope/usages", 403)
    complete.fail("GET", "/registries/", 409)
    complete.resources.models = None
    complete.resources.roles.pop(SUBSCRIPTION_ID)

    ended, states, remedies = check(complete)

    assert ended.status == 0, ended.stdout + ended.stderr
    assert states["may follow long operations"][0] == "unknown"
    assert "'Azure AI Developer' --scope /subscriptions/" in remedies["may follow long operations"]
    assert states["container registry"] == ("unknown", "Azure refuses to answer (409 Conflict)")
    assert states["quota"] == ("unknown", "this identity may not look (403 AuthorizationFailed)")
    assert states["models"][0] == "unknown" and "python -m mlops.check_models" in states["models"][1]


def test_an_endpoint_that_is_no_resource_of_azure_is_left_to_check_models(complete):
    complete.workspace.connections["aoai_connection"]["properties"]["target"] = "https://gateway.example.com/v1"

    ended, states, _ = check(complete, AOAI_BASE_ENDPOINT="https://gateway.example.com/v1", AOAI_API_KEY=KEY)

    assert ended.status == 0, ended.stdout + ended.stderr
    assert states["models"][0] == "unknown" and states["may ask models"][0] == "ok"


def test_a_network_that_a_proxy_hides_is_unknown(complete):
    complete.workspace.own["publicNetworkAccess"] = "Disabled"

    ended, states, remedies = check(complete)

    assert (
        states["network of the project"][0] == "unknown"
        and "the proxy http://127" in states["network of the project"][1]
    )
    assert remedies["network of the project"].endswith("--public-network-access Enabled")


@pytest.mark.parametrize(("address", "state"), [("10.1.2.3", "ok"), ("20.1.2.3", "missing"), (None, "missing")])
def test_a_private_network_is_reached_where_its_names_lead_to_private_addresses(monkeypatch, address, state):
    from mlops.azure.checks.workspace import reached

    def look_up(host, port):
        if address is None:
            raise socket.gaierror("Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setenv("no_proxy", "*")
    resource = {"properties": {"publicNetworkAccess": "Disabled", "endpoint": "https://models.openai.azure.com/"}}

    found = reached("network", resource, "az resource update --ids x --set")

    assert found.state.value == state, found
    assert (found.remedy == "az resource update --ids x --set properties.publicNetworkAccess=Enabled") is (
        state == "missing"
    )


@pytest.mark.parametrize(
    ("variables", "says"),
    [({"AZURE_CLIENT_SECRET": "wrong"}, "az login"), ({"SUBSCRIPTION_ID": ""}, "SUBSCRIPTION_ID is not set")],
)
def test_a_sign_in_or_configuration_that_is_wrong_ends_in_one_sentence(azure, variables, says):
    ended = azure.run("mlops.check_azure", *IN_2026, **{**COMPLETE, **variables})

    assert ended.status == 2 and says in ended.stderr and ended.stdout == "", ended
    assert len(ended.stderr.splitlines()) == 1 and "check_azure" not in ended.stderr


def test_the_environment_local_has_nothing_in_azure(azure):
    ended = azure.run("mlops.check_azure", "--environment_name", "local")

    assert ended.status == 2 and "name one with" in ended.stderr and azure.requests == []


def test_the_flows_that_are_named_alone_count(complete):
    no_connection(complete)
    no_deployment(complete)

    ended, states, _ = check(complete, "--flow", "class_basic_flow")

    assert ended.status == 0, ended.stdout + ended.stderr
    assert [name for name in states if name.startswith("model ")] == ["model gpt-5.6-luna (chat)"]


@pytest.mark.parametrize(
    ("identity", "person", "state", "says"),
    [
        ("user_identity", True, "ok", "the person who submits the batch"),
        ("user_identity", False, "missing", "Azure passes on for people alone"),
        ("managed_identity", True, "missing", "serverless compute does not have"),
    ],
)
def test_batches_as_their_submitter_need_a_person_and_none_run_as_the_compute(complete, identity, person, state, says):
    complete.sign_in.person = person

    ended, states, remedies = check(complete, SCALE_OUT_IDENTITY=identity)

    what = "identity of serverless batches"
    assert states[what][0] == state and says in states[what][1], ended.stdout
    assert remedies.get(what) == (None if state == "ok" else f"export SCALE_OUT_IDENTITY={IDENTITY}")


def test_errors_of_other_commands_point_to_the_check(azure):
    azure.fail("GET", "/connections/aoai_connection", 403)

    ended = azure.run("mlops.connections.azure_create_aoai_connection", **COMPLETE)

    assert ended.status == 2
    assert ended.stderr.endswith(
        "`python -m mlops.check_azure`, with the same --environment_name, tells what is missing\n"
    )
