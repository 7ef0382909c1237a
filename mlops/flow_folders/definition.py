"""What describes a flow: the one place that commands, service, deployment and pipelines ask about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypedDict

from pydantic import BaseModel, ConfigDict

from mlops.flow_folders.folders import complete_flow

if TYPE_CHECKING:
    from mlops.configuration.sections import FlowConfig

Kind = Literal["class", "function", "dag"]


class FlowInputs(BaseModel):
    """The inputs of a flow that a caller may send, without room for others."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class FlowContext(Protocol):
    """What a flow is run with; sessions on this machine and in Azure have it, and so has the service."""

    @property
    def config(self) -> FlowConfig:
        """The flow's section of config.yaml."""

    @property
    def connection(self) -> str:
        """The name of the connection to the model endpoint."""

    @property
    def search_connection(self) -> str | None:
        """The name of the connection for web search; None where the flow does not search."""


class RunArguments(TypedDict, total=False):
    """Arguments of `pf.run` that differ from flow to flow; see Prompt flow's documentation of `PFClient.run`."""

    column_mapping: dict[str, Any]
    init: dict[str, Any]
    connections: dict[str, dict[str, Any]]
    variant: str


@dataclass(frozen=True)
class DocumentInput:
    """An input that names a document, which the service also takes as an upload.

    Attributes:
        name: the input.
        folder: the input for the folder in which relative paths are looked up; the service sets it for each request.
        node: the node of a DAG that has the input `folder`; None where the flow itself has it.
    """

    name: str
    folder: str
    node: str | None = None


@dataclass(frozen=True)
class Progress:
    """The events that a flow reports while it runs.

    Attributes:
        listener: "<module>:<name>" of a context variable, whose value the flow calls with the name of an event and a
            mapping that can be written as JSON, in the event loop.
        events: which events there are, for the description of the flow's path.
    """

    listener: str
    events: str


@dataclass(frozen=True)
class Cache:
    """What a flow keeps on the disk and can do without.

    Attributes:
        variable: the environment variable that says where.
        folders: the folders in it whose files may be deleted when they have not been used for a while.
    """

    variable: str
    folders: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class FlowDefinition:
    """A flow, described.

    Attributes:
        name: the name of its folder under flows/, and of its sections in config.yaml.
        kind: what Prompt flow makes of it.
        group: the flows that are compared with each other, and that one pipeline evaluates and deploys.
        description: what it does, in a sentence.
        inputs: the model of what a caller sends.
        outputs: the model of what a caller gets.
        sample: inputs to try it with.
        sample_local: inputs to try it with where the emulator answers, if those have to be others.
        arguments: how its configuration becomes the arguments of `pf.run`; see `run_arguments`.
        evaluators: returns its evaluators by name for a session; each takes keyword arguments and returns a flat dict.
        evaluator_config: by evaluator, {"column_mapping": {argument: "${data.<column>}" or "${target.<output>}"}}.
        prompt_file: the file that the setting `prompt` replaces; None where the flow takes the setting as an argument.
        packages: the modules that have to be installed, as they are imported.
        preload: modules of the flow to import before the first request, since they take seconds.
        runner: the module that runs it on this machine; empty for mlops.run_<name>.
        document: its input that names a document, if it has one.
        cache: what it keeps on the disk, if it does.
        streaming_input: its input that asks for the answer as a stream, if it has one.
        progress: the events that it reports while it runs, if it does.
    """

    name: str
    kind: Kind
    group: str
    description: str
    inputs: type[FlowInputs]
    outputs: type[BaseModel]
    sample: Mapping[str, Any]
    arguments: Callable[[FlowContext], RunArguments]
    evaluators: Callable[[Any], Mapping[str, Callable[..., Any]]]
    evaluator_config: Mapping[str, Mapping[str, Mapping[str, str]]]
    sample_local: Mapping[str, Any] | None = None
    prompt_file: str | None = None
    packages: Sequence[str] = ()
    preload: Sequence[str] = ()
    runner: str = ""
    document: DocumentInput | None = None
    cache: Cache | None = None
    streaming_input: str | None = None
    progress: Progress | None = None

    @property
    def runner_module(self) -> str:
        """The module that runs the flow on this machine."""
        return self.runner or f"mlops.run_{self.name}"

    @property
    def evaluation_module(self) -> str:
        """The module that evaluates the flow."""
        return f"flows.{self.name}.evaluate.evaluate"

    def sample_for(self, emulator: bool) -> dict[str, Any]:
        """Return inputs to try the flow with, where the emulator answers or elsewhere."""
        return dict(self.sample_local if emulator and self.sample_local else self.sample)

    def folder(self, config: FlowConfig) -> Path:
        """Return the flow's folder with all that it includes, and with the prompt that is configured."""
        replaced = {self.prompt_file: config.flow_path / config.prompt} if self.prompt_file and config.prompt else None
        return complete_flow(config.flow_path, replaced)

    def run_arguments(self, context: FlowContext) -> dict[str, Any]:
        """Return the arguments of `pf.run` that belong to the flow: its folder, inputs, init and connections."""
        return {"flow": self.folder(context.config), **self.arguments(context)}
