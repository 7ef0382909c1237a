"""What azure-ai-ml accepts of a pipeline without a word, and Azure ML refuses or ignores later: refused here.

The SDK's validation lets through unknown keys of nodes, components, tasks and retries; inputs and outputs that a
component does not have; bindings to steps, inputs and outputs that are not there; counts and thresholds out of range;
an entry script that does not exist. tests/mlops/cloud_runs/test_pipeline_checks.py shows each of them against the SDK.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from mlops.common.errors import UserError

REFERENCE = re.compile(r"\$\{\{(.*?)\}\}")
PORT = r"[A-Za-z_]\w*"
OF_PARENT = re.compile(rf"\$\{{\{{parent\.(inputs|outputs)\.({PORT})\}}\}}")
OF_STEP = re.compile(rf"\$\{{\{{parent\.jobs\.({PORT})\.outputs\.({PORT})\}}\}}")
SECONDS = 259_200  # the longest timeout that Azure ML takes
COMPUTE = r"^azureml:[\w-]+$"
Literals = str | int | float | bool


class Part(BaseModel):
    """A part of a pipeline: without room for misspelt keys, and without numbers written as text."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Port(Part):
    """An input or an output of a component."""

    type: Literal["uri_file", "uri_folder", "mltable", "string", "integer", "number", "boolean"]
    default: Literals | None = None
    optional: bool = False
    description: str = ""


class Data(Part):
    """An input or an output of the pipeline."""

    type: Literal["uri_file", "uri_folder"]
    path: str = Field(min_length=1)
    mode: Literal["ro_mount", "download", "rw_mount", "upload"]


class Environment(Part):
    """The environment of a step, written out."""

    image: str
    conda_file: dict[str, Any]


class Component(Part):
    """What every component has."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    version: str
    display_name: str
    inputs: dict[str, Port]
    outputs: dict[str, Port]
    is_deterministic: bool


class CommandComponent(Component):
    """A component that runs a command."""

    type: Literal["command"]
    code: str
    environment: Environment
    command: str


class Task(Part):
    """What the processes of a parallel component run."""

    type: Literal["run_function"]
    code: str
    entry_script: str
    environment: Environment
    program_arguments: str


class ParallelComponent(Component):
    """A component that runs a script's functions on mini-batches."""

    type: Literal["parallel"]
    input_data: str
    task: Task


class Resources(Part):
    """The machines of a step."""

    instance_type: str | None = None
    instance_count: int = Field(ge=1)


class Identity(Part):
    """As whom a step runs."""

    type: Literal["managed_identity", "user_identity"]
    client_id: str | None = None


class Node(Part):
    """What every step has."""

    inputs: dict[str, Literals] = {}
    outputs: dict[str, str] = {}
    compute: str | None = Field(default=None, pattern=COMPUTE)
    resources: Resources
    identity: Identity | None = None
    environment_variables: dict[str, str] = {}


class CommandNode(Node):
    """A step with a command component."""

    type: Literal["command"]
    component: CommandComponent


class Retries(Part):
    """How often, and for how long, a mini-batch is tried."""

    max_retries: int = Field(ge=0)
    timeout: int = Field(ge=1, le=SECONDS)


class ParallelNode(Node):
    """A step with a parallel component."""

    type: Literal["parallel"]
    component: ParallelComponent
    mini_batch_size: str = Field(pattern=r"^[1-9]\d*$")
    max_concurrency_per_instance: int = Field(ge=1)
    mini_batch_error_threshold: int = Field(ge=-1)
    retry_settings: Retries


class Settings(Part):
    """What holds for all steps."""

    default_compute: str = Field(pattern=COMPUTE)


class Pipeline(Part):
    """A pipeline whose components are written out in it."""

    schema_: str = Field(alias="$schema")
    type: Literal["pipeline"]
    name: str
    display_name: str
    experiment_name: str
    tags: dict[str, str]
    settings: Settings
    inputs: dict[str, Data]
    outputs: dict[str, Data]
    jobs: dict[str, CommandNode | ParallelNode]


def check_pipeline(job: Mapping[str, Any]) -> None:
    """Check a pipeline before anything is uploaded.

    Raises:
        UserError: names every place where it is wrong.
    """
    try:
        parsed = Pipeline.model_validate(dict(job))
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in _matches_node_type(error, job)]
    else:
        faults = [*_faults(parsed)]
    if faults:
        raise UserError("the pipeline is not right, and nothing was sent: " + "; ".join(faults))


def _matches_node_type(error: ValidationError, job: Mapping[str, Any]) -> Iterator[ErrorDetails]:
    """Yield the faults of a step as the kind that it says it is, not those as the other kind."""
    for fault in error.errors(include_url=False, include_input=False):
        loc = fault["loc"]
        if loc[0] == "jobs" and len(loc) > 2:
            kind = {"command": "CommandNode", "parallel": "ParallelNode"}.get(job["jobs"][loc[1]].get("type"))
            if kind and loc[2] != kind:
                continue
            fault = {**fault, "loc": (*loc[:2], *loc[3:])}
        yield fault


def _faults(job: Pipeline) -> Iterator[str]:
    for name, node in job.jobs.items():
        yield from _input_faults(job, f"jobs.{name}.inputs", node)
        yield from _output_faults(job, f"jobs.{name}.outputs", node)
        yield from _component_faults(f"jobs.{name}.component", node.component)
    written = {value for node in job.jobs.values() for value in node.outputs.values()}
    for name in job.outputs:
        if f"${{{{parent.outputs.{name}}}}}" not in written:
            yield f"outputs.{name}: no step writes it"
    if circle := _circle(job):
        yield f"jobs: {' -> '.join(circle)} wait for each other"


def _input_faults(job: Pipeline, place: str, node: CommandNode | ParallelNode) -> Iterator[str]:
    component = node.component
    for port, value in node.inputs.items():
        if port not in component.inputs:
            yield f"{place}.{port}: the component {component.name} has {', '.join(component.inputs)}"
        else:
            yield from _value_faults(job, f"{place}.{port}", component.inputs[port], value)
    for port, spec in component.inputs.items():
        if port not in node.inputs and spec.default is None and not spec.optional:
            yield f"{place}: {port} is missing"


def _output_faults(job: Pipeline, place: str, node: CommandNode | ParallelNode) -> Iterator[str]:
    component = node.component
    for port, value in node.outputs.items():
        if port not in component.outputs:
            yield f"{place}.{port}: the component {component.name} has {', '.join(component.outputs)}"
        target = OF_PARENT.fullmatch(value)
        if not target or target[1] != "outputs" or target[2] not in job.outputs:
            yield f"{place}.{port}: {value} is no output of the pipeline"


def _value_faults(job: Pipeline, place: str, port: Port, value: Literals) -> Iterator[str]:
    """Yield what is wrong with what a step's input is given: a reference, or a value."""
    if not (isinstance(value, str) and "${" in value):
        kinds: dict[str, type | tuple[type, ...]] = {
            "string": str,
            "integer": int,
            "number": (int, float),
            "boolean": bool,
        }
        kind = kinds.get(port.type)
        if kind is None or not isinstance(value, kind) or isinstance(value, bool) != (port.type == "boolean"):
            yield f"{place}: {value!r} is no {port.type}"
        return
    source: Data | Port | None
    if found := OF_PARENT.fullmatch(value):
        source = job.inputs.get(found[2]) if found[1] == "inputs" else None
    elif found := OF_STEP.fullmatch(value):
        step = job.jobs.get(found[1])
        source = step.component.outputs.get(found[2]) if step else None
    else:
        source = None
    if source is None:
        yield f"{place}: {value} refers to nothing"
    elif source.type != port.type:
        yield f"{place}: {value} is a {source.type}, and the component takes a {port.type}"


def _component_faults(place: str, component: CommandComponent | ParallelComponent) -> Iterator[str]:
    known = {f"inputs.{port}" for port in component.inputs} | {f"outputs.{port}" for port in component.outputs}
    if isinstance(component, ParallelComponent):
        code, script = component.task.code, component.task.entry_script
        texts = [component.task.program_arguments, component.input_data]
        if component.input_data not in {f"${{{{inputs.{port}}}}}" for port in component.inputs}:
            yield f"{place}.input_data: {component.input_data} is no input of the component"
    else:
        code, texts = component.code, [component.command]
        script = next((word for word in component.command.split() if word.endswith(".py")), "")
    if not (Path(code) / script).is_file():
        yield f"{place}: {script or 'a script'} is not in {code}"
    for reference in {found for text in texts for found in REFERENCE.findall(text)} - known:
        yield f"{place}: ${{{{{reference}}}}} refers to nothing; it has {', '.join(sorted(known))}"


def _circle(job: Pipeline) -> list[str]:
    """Return steps that wait for each other, the first one twice; none if there are no such steps."""
    waits = {
        name: [found[1] for value in node.inputs.values() if (found := OF_STEP.fullmatch(str(value)))]
        for name, node in job.jobs.items()
    }

    def search(path: list[str]) -> list[str]:
        for other in waits.get(path[-1], []):
            if other in path:
                return [*path[path.index(other) :], other]
            if found := search([*path, other]):
                return found
        return []

    return next((circle for name in waits if (circle := search([name]))), [])
