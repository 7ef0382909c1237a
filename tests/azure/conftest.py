"""The loopback Azure for the tests of this folder: one for each process of the suite, forgetful between tests."""

import copy

import pytest
from loopback.azure import LoopbackAzure
from loopback.storage import azurite_command


@pytest.fixture(scope="session")
def running_azure(tmp_path_factory):
    """The loopback Azure of this process; tests take `azure` instead."""
    if azurite_command() is None:
        pytest.skip("Azurite, the blob storage of the loopback Azure, is not installed; npm ci installs it")
    with LoopbackAzure(tmp_path_factory.mktemp("azure")) as azure:
        yield azure


@pytest.fixture
def azure(running_azure):
    """A loopback Azure that knows nothing of earlier tests, and has seen no host but Azure's in the end."""
    running_azure.reset()
    yield running_azure
    assert not running_azure.proxy.refused


@pytest.fixture
def person(azure):
    """A loopback Azure to which commands sign in as a person, as after `az login`."""
    azure.sign_in.person = True
    return azure


@pytest.fixture(scope="session")
def project_connections(running_azure, emulator):
    """The project's connections as the commands create them, leading to the emulator."""
    running_azure.reset()
    variables = {"AOAI_BASE_ENDPOINT": emulator.endpoint, "AOAI_API_KEY": "key-0123456789abcdef"}
    for command in ("azure_create_aoai_connection", "azure_create_search_connection"):
        assert running_azure.run(f"mlops.connections.{command}", **variables).status == 0
    connections = running_azure.workspace.connections
    # The commands take no search engine that is not on https, and none on loopback.
    connections["search_connection"]["properties"]["metadata"].update(
        provider="bing",
        endpoint=f"{emulator.endpoint}/v7.0/search",
        wikipedia_endpoint=f"{emulator.endpoint}/w/api.php",
        allow_loopback="true",
    )
    return connections


@pytest.fixture
def project(azure, person, project_connections, emulator, monkeypatch):
    """A loopback Azure whose project has the connections that flows need, leading to the emulator."""
    azure.workspace.connections.update(copy.deepcopy(project_connections))
    monkeypatch.setitem(azure.variables, "AOAI_BASE_ENDPOINT", emulator.endpoint)
    return azure
