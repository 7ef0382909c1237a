"""What all tests share: a home of its own for Prompt flow in every test process, and one emulator."""

import os
import tempfile
from pathlib import Path

import pytest
from browser_fixtures import browser, chromium  # noqa: F401 fixtures of every test
from interrupted_runs import pytest_configure, pytest_sessionfinish, pytest_unconfigure  # noqa: F401 hooks

# Prompt flow decides on its home when it is imported, so this comes before any test module is.
_SCRATCH = tempfile.TemporaryDirectory(prefix="llmops-tests-")
SCRATCH = Path(_SCRATCH.name)
os.environ.update(
    PF_HOME_DIRECTORY=str(SCRATCH / "promptflow"),
    OUTPUTS_DIRECTORY=str(SCRATCH / "outputs"),
    CHAT_WITH_PDF_CACHE=str(SCRATCH / "chat_with_pdf"),
    ENV_FILE=str(SCRATCH / "no.env"),
)
for name in [name for name in os.environ if name.startswith(("AOAI_", "LAPTOP_"))]:
    del os.environ[name]


@pytest.fixture(scope="session")
def emulator():
    """An emulator that takes any key, answers at once as tests/answers.py says, and has no faults."""
    from answers import answer

    from src.emulator.answers import FunctionAnswerer
    from src.emulator.server import Emulator
    from src.emulator.settings import EmulatorSettings

    with Emulator(EmulatorSettings(api_key=None, answerer=FunctionAnswerer(answer))) as emulator:
        yield emulator
