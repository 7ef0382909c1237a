"""What the tests of all hosts share: an emulator, in the place of the model endpoint."""

import pytest
from service_answers import answer

from mlops.common.paths import DOCUMENTS


@pytest.fixture(scope="session")
def models():
    """The address of an emulator that serves the sample documents, too."""
    from src.emulator.answers import FunctionAnswerer
    from src.emulator.server import Emulator
    from src.emulator.settings import EmulatorSettings

    settings = EmulatorSettings(api_key=None, documents=DOCUMENTS, answerer=FunctionAnswerer(answer))
    with Emulator(settings) as emulator:
        yield emulator.endpoint
