"""The loopback Azure for the tests of this folder: one for each process of the suite, forgetful between tests."""

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
