"""What all tests share: a home of its own for Prompt flow in every test process, and one emulator."""

import os
import tempfile
from pathlib import Path

import pytest
from browser_fixtures import browser, chromium  # noqa: F401 fixtures of every test

# Prompt flow decides on its home when it is imported, so this comes before any test module is.
_SCRATCH = tempfile.TemporaryDirectory(prefix="llmops-tests-")
SCRATCH = Path(_SCRATCH.name)
os.environ.update(
    PF_HOME_DIRECTORY=str(SCRATCH / "promptflow"),
    OUTPUTS_DIRECTORY=str(SCRATCH / "outputs"),
    CHAT_WITH_PDF_CACHE=str(SCRATCH / "chat_with_pdf"),
    ENV_FILE=str(SCRATCH / "no.env"),
)
for name in ("AOAI_BASE_ENDPOINT", "AOAI_API_KEY", "AOAI_API_VERSION", "AOAI_CHAT_DEPLOYMENT", "AOAI_CHAT_FAMILY"):
    os.environ.pop(name, None)


@pytest.fixture(scope="session")
def emulator():
    """An emulator that takes any key, answers at once and has no faults."""
    from src.emulator.server import Emulator
    from src.emulator.settings import EmulatorSettings

    with Emulator(EmulatorSettings(api_key=None)) as emulator:
        yield emulator
