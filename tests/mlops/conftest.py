"""What the tests of the runners share: a model endpoint of the test's own, data, and a runner's invocation."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from model_server import KEY, ModelServer

from mlops.common.promptflow_setup import set_up_promptflow

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
def write_data(tmp_path: Path) -> Callable[..., Path]:
    """Write a data file with a line for each text."""

    def write(texts: list[str], name: str = "data.jsonl") -> Path:
        path = tmp_path / name
        path.write_text("".join(json.dumps({"entity_type": "job title", "text": text}) + "\n" for text in texts))
        return path

    return write


@pytest.fixture
def run_flow(monkeypatch: pytest.MonkeyPatch) -> Callable:
    """Run a flow's runner in this process, as the command line would, and return its batch's report."""
    from importlib import import_module

    from mlops.common.cli import runner_arguments
    from mlops.common.variants import variants

    def run(flow: str, *arguments: object, environment: str = "pr"):
        argv = ["--environment_name", environment, *map(str, arguments)]
        [variant] = variants(runner_arguments("", argv))
        return import_module(f"mlops.run_{flow}").run(variant)

    return run


@pytest.fixture
def status_of(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Run a command's `main` in this process with a command line, and return its exit status."""
    from importlib import import_module

    from mlops.common.errors import exit_status

    def status(module: str, *arguments: object) -> int:
        monkeypatch.setattr(sys, "argv", [module, *map(str, arguments)])
        return exit_status(import_module(module).main)

    return status
