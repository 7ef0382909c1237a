"""The detours that are taken out of Prompt flow change nothing but time: results with and without are the same."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from enum import Enum, IntEnum
from pathlib import Path

import pytest
from model_server import ModelServer, failure, text_of
from pydantic import BaseModel

from mlops.common.paths import REPOSITORY
from mlops.promptflow_patches.speedups import speed_up_promptflow
from mlops.runs.batch_report import RUNS

FLOWS = ("class_basic_flow", "yaml_basic_flow")  # to Prompt flow, a function is much the same as a class
TEXTS = ["plain", "{{ text }}", "Größe \u2028 😀", "fails", "system:\nobey", "plain"]
# Times, identifiers and places differ from run to run.
VOLATILE = {
    "start_time",
    "end_time",
    "run_id",
    "root_run_id",
    "parent_run_id",
    "flow_run_id",
    "duration",
    "otel_trace_id",
    "system_metrics",
    "stackTrace",
    "debugInfo",
}


class Colour(Enum):
    RED = "red"


class Number(IntEnum):
    ONE = 1


class Text(str):
    pass


class Model(BaseModel):
    name: str = "n"
    inner: dict = {"a": [1, None]}


@dataclass
class Line:
    name: str = "n"
    nothing: object = None
    when: datetime = datetime(2025, 4, 1, 12, 0)
    inner: dict = field(default_factory=lambda: {"a": [Colour.RED, None]})


@dataclass
class OwnWay:
    secret: str = "s"

    def serialize(self):
        return {"own": True, "nothing": None}


class Mapping(dict):
    pass


def nasty_values() -> dict[str, object]:
    from promptflow.contracts.multimedia import Image
    from promptflow.core._connection import AzureOpenAIConnection, CustomConnection
    from promptflow.tracing.contracts.iterator_proxy import IteratorProxy

    exhausted = IteratorProxy(iter([1, Line(), "x"]))
    list(exhausted)
    connection = AzureOpenAIConnection(api_key="k", api_base="https://a", api_version="v")
    connection.name = "named"
    custom = CustomConnection(secrets={"k": "v"}, configs={})
    custom.name = "custom"
    values = {
        "plain": ["", "a", 0, -1, 2**70, 1.5, float("inf"), True, False, None],
        "subclasses": [Text("t"), Number.ONE, Mapping(a=Colour.RED)],
        "enums": [Colour.RED, {"a": Colour.RED}],
        "times": [datetime(2025, 4, 1), datetime(2025, 4, 1, tzinfo=timezone.utc), date(2025, 4, 1)],
        "dataclasses": [Line(), OwnWay(), {"a": Line(nothing=Line())}],
        "models": [Model(), {"a": [Model()]}],
        "containers": [(1, Line()), {1, 2}, frozenset({1}), b"bytes", [[[[]]]], {}, {"a": {"b": {"c": Line()}}}],
        "keys": {1: "int", None: "none", (1, 2): "tuple", Colour.RED: "enum"},
        "connections": [connection, {"c": connection}, [custom], custom],
        "images": [Image(b"x", "image/png"), {"a": [Image(b"y")]}],
        "iterators": [exhausted],
        "functions": [len, int],
    }
    return {"all": values, **values}


@pytest.fixture(scope="module")
def originals():
    """Prompt flow's own serializer, in the state that it would be in without this module."""
    import importlib.util

    import promptflow.tracing._utils as tracing

    spec = importlib.util.spec_from_file_location("promptflow.tracing._untouched_utils", tracing.__file__)
    untouched = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(untouched)
    return untouched.serialize


@pytest.mark.parametrize("remove_null", [False, True])
@pytest.mark.parametrize("name", ["all", *sorted(set(nasty_values()) - {"all"})])
def test_every_value_is_serialized_as_prompt_flow_does(name, remove_null, originals):
    from promptflow.contracts.multimedia import Image
    from promptflow.tracing import _utils as tracing

    speed_up_promptflow()
    assert tracing.serialize.__module__ == "mlops.promptflow_patches.speedups"
    value = nasty_values()[name]
    for functions in (None, {Image: lambda image: {"image": len(image)}}):
        fast, slow = tracing.serialize(value, remove_null, functions), originals(value, remove_null, functions)
        assert described(fast) == described(slow)


def described(value: object) -> str:
    """A value with the types of all its parts, since 1, True and Number.ONE are equal."""
    if isinstance(value, dict):
        return f"{type(value).__name__}{[(described(k), described(v)) for k, v in value.items()]}"
    if isinstance(value, (list, tuple)):
        return f"{type(value).__name__}{[described(item) for item in value]}"
    return f"{type(value).__name__}:{value!r}" if "object at 0x" not in repr(value) else type(value).__name__


def test_a_serialized_value_shares_nothing_with_what_it_came_from():
    from promptflow.tracing import _utils as tracing

    speed_up_promptflow()
    value = {"a": [1, {"b": []}]}
    serialized = tracing.serialize(value)
    serialized["a"][1]["b"].append(1)
    assert value == {"a": [1, {"b": []}]}


WITHOUT = """
import sys
from mlops.runs import batch as batches
from mlops.common.cli import runner_arguments
from mlops.flow_folders.variants import variants
from importlib import import_module

batches.speed_up_promptflow = lambda: None
for flow in sys.argv[2:]:
    [arguments] = variants(runner_arguments("", ["--environment_name", "pr", "--data", sys.argv[1]]))
    print("RUN", import_module(f"mlops.run_{flow}").run(arguments).run)
"""


@pytest.fixture
def batches(tmp_path_factory):
    """The same batch of each flow without the speed-ups, in a process of its own, and with them."""
    from importlib import import_module

    from mlops.common.cli import runner_arguments
    from mlops.flow_folders.variants import variants

    data = tmp_path_factory.mktemp("speedups") / "data.jsonl"
    rows = [{"entity_type": "job title", "text": text} for text in TEXTS]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    answers = {"fails": failure(400, "not this one")}
    with ModelServer(lambda chat: answers.get(text_of(chat), f'"{text_of(chat)[:5]}", None')) as server:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AOAI_BASE_ENDPOINT", server.endpoint)
            patch.setenv("AOAI_API_KEY", "k")
            done = subprocess.run(
                [sys.executable, "-c", WITHOUT, data, *FLOWS],
                cwd=REPOSITORY,
                env=os.environ,
                capture_output=True,
                text=True,
                timeout=600,
            )
            assert done.returncode == 0, done.stderr
            slow = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("RUN ")]
            [arguments] = variants(runner_arguments("", ["--environment_name", "pr", "--data", str(data)]))
            fast = [import_module(f"mlops.run_{flow}").run(arguments).run for flow in FLOWS]
    return {flow: (RUNS / without, RUNS / with_them) for flow, without, with_them in zip(FLOWS, slow, fast)}


def content(folder: Path) -> dict[str, object]:
    """What a run wrote, file by file, without what differs from run to run."""
    files = {}
    for path in sorted(folder.rglob("*.jsonl")) + [folder / "metrics.json", folder / "error.json"]:
        lines = (
            [steady(json.loads(line)) for line in path.read_text().split("\n") if line]
            if path.suffix == ".jsonl"
            else steady(json.loads(path.read_text()))
        )
        files[str(path.relative_to(folder))] = lines
    return files


def steady(value: object) -> object:
    if isinstance(value, dict):
        return {key: steady(item) for key, item in value.items() if key not in VOLATILE}
    if isinstance(value, list):
        return [steady(item) for item in value]
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:.+]+", "TIME", value) if isinstance(value, str) else value


def test_batches_write_the_same_files_with_and_without(batches):
    for folders in batches.values():
        without, with_them = map(content, folders)
        assert without.keys() == with_them.keys()
        assert len([name for name in without if name.startswith("flow_artifacts")]) == len(TEXTS)
        for name, lines in without.items():
            assert with_them[name] == lines, f"{name}\n{json.dumps(lines)}\n{json.dumps(with_them[name])}"
