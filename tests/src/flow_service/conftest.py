"""The service on loopback, by real HTTP, against the emulator or a server that answers as a test wants."""

import pytest
from running_service import settings_for, running


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """An emulator that serves the sample documents too."""
    from mlops.common.paths import DOCUMENTS
    from src.emulator.server import Emulator
    from src.emulator.settings import EmulatorSettings

    with Emulator(EmulatorSettings(api_key=None, documents=DOCUMENTS)) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def service(world, tmp_path_factory):
    """A client of a service with every flow, open to anybody, as on `local`."""
    settings = settings_for(world.endpoint, tmp_path_factory.mktemp("service"))
    with running(settings) as client:
        yield client
