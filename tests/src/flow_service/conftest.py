"""The service on loopback, by real HTTP, against the emulator or a server that answers as a test wants."""

import pytest
from running_service import answering, running, settings_for


@pytest.fixture(scope="session")
def world():
    """An emulator that serves the sample documents too."""
    from mlops.common.paths import DOCUMENTS

    with answering(documents=DOCUMENTS) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def service(world, tmp_path_factory):
    """A client of a service with every flow, anybody could call, as on `local`."""
    settings = settings_for(world.endpoint, tmp_path_factory.mktemp("service"))
    with running(settings) as client:
        yield client
