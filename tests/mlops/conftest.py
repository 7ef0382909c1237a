"""What the tests of the runners share: a model endpoint of the test's own, data, and a runner's invocation."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from answers import answer
from hypothesis import settings
from model_server import KEY, ModelServer

from mlops.promptflow_patches.setup import set_up_promptflow
from src.emulator.answers import Answerer, FunctionAnswerer
from src.emulator.answers.function import Function
from src.emulator.server import Emulator
from src.emulator.settings import EmulatorSettings

set_up_promptflow()  # before any test module imports Prompt flow
settings.register_profile("busy machine", deadline=None)
settings.load_profile("busy machine")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    """A model endpoint that the environment `pr` leads to; a test sets its answers."""
    with ModelServer() as server:
        monkeypatch.setenv("AOAI_BASE_ENDPOINT", server.endpoint)
        monkeypatch.setenv("AOAI_API_KEY", KEY)
        yield server


@pytest.fixture
def emulated(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Emulator]]:
    """Start an emulator that answers with a function, by default that of tests/answers.py, and lead `pr` to it."""
    with ExitStack() as stack:

        def start(function: Function = answer, **settings: object) -> Emulator:
            answerer = FunctionAnswerer(function)
            emulator = stack.enter_context(Emulator(EmulatorSettings(api_key=KEY, answerer=answerer, **settings)))
            monkeypatch.setenv("AOAI_BASE_ENDPOINT", emulator.endpoint)
            monkeypatch.setenv("AOAI_API_KEY", KEY)
            return emulator

        yield start


@pytest.fixture
def write_data(tmp_path: Path) -> Callable[..., Path]:
    """Write a data file with a line for each text."""

    def write(texts: list[str], name: str = "data.jsonl") -> Path:
        path = tmp_path / name
        path.write_text("".join(json.dumps({"entity_type": "job title", "text": text}) + "\n" for text in texts))
        return path

    return write


@pytest.fixture
def run_flow(monkeypatch: pytest.MonkeyPatch) -> Callable:
    """Run a flow's runner in this process, as the command line would, and return its batch's report.

    On `local` an answerer takes the place of the recordings.
    """
    from importlib import import_module

    from mlops.common.cli import runner_arguments
    from mlops.flow_folders.variants import variants

    def run(flow: str, *arguments: object, environment: str = "pr", answerer: Answerer | None = None):
        argv = ["--environment_name", environment, *map(str, arguments)]
        [variant] = variants(runner_arguments("", argv))
        variant.answerer = answerer
        return import_module(f"mlops.run_{flow}").run(variant)

    return run


@pytest.fixture
def status_of(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Run a command in this process with a command line, and return its exit status."""
    from importlib import import_module

    from mlops.common.cli import exit_status
    from mlops.runs.runner import runner

    def status(module: str, *arguments: object) -> int:
        monkeypatch.setattr(sys, "argv", [module, *map(str, arguments)])
        command = import_module(module)
        try:
            return exit_status(command.main) if hasattr(command, "main") else runner(command.run, command.__doc__)
        except SystemExit as end:  # as after --help
            return end.code

    return status
