"""The flows that are served, each loaded once from its definition.

Everything that a flow takes besides the caller's inputs (deployments, limits, connections, permissions) is set here.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from flows import find_flow
from mlops.common.paths import DOCUMENTS
from mlops.configuration.sections import FlowConfig
from mlops.data.column_mapping import column_of
from mlops.flow_folders.definition import FlowDefinition, RunArguments
from src.flow_service.connections import Connections
from src.flow_service.dag import DagSettings, Invoke, load_dag
from src.flow_service.documents import DocumentStore
from src.flow_service.entry import load_entry
from src.flow_service.flow_imports import importing_from
from src.flow_service.settings import ServiceSettings


@dataclass(frozen=True)
class AppContext:
    """What all flows of an application share."""

    settings: ServiceSettings
    connections: Connections
    documents: DocumentStore


@dataclass(frozen=True)
class FlowContext:
    """What a flow's definition derives its arguments from."""

    config: FlowConfig
    connection: str
    search_connection: str


@dataclass(frozen=True)
class LoadedFlow:
    """A flow that can be called.

    Attributes:
        invoke: takes inputs and whether to stream the answer; returns outputs.
        listener: holds the function that the flow reports its progress to; None if it reports none.
    """

    invoke: Invoke
    listener: ContextVar[Any] | None


def served_flows(settings: ServiceSettings) -> list[FlowDefinition]:
    """Return the flows of the settings, whether or not their packages are installed."""
    return [find_flow(name) for name in settings.flows]


def missing_packages(flow: FlowDefinition) -> list[str]:
    """Return the packages that a flow needs and that are not installed."""
    return [name for name in flow.packages if not _installed(name)]


def load_flow(flow: FlowDefinition, context: AppContext) -> LoadedFlow:
    """Load a flow whose packages are installed."""
    config, connections = context.settings.flows[flow.name], context.connections
    configured = flow.arguments(FlowContext(config, connections.models_name, connections.search_name))
    mapping = configured.get("column_mapping", {})
    constants = {name: value for name, value in mapping.items() if column_of(value) is None}
    with importing_from(config.flow_path):
        for module in flow.preload:
            import_module(module)
        loaded = _load(flow, configured, context)
        listener = _listener(flow.progress.listener) if flow.progress else None

    async def invoke(inputs: Mapping[str, Any], streaming: bool) -> dict[str, Any]:
        arguments = {**constants, **inputs}
        if flow.streaming_input:
            arguments[flow.streaming_input] = streaming
        if flow.document and arguments.get(flow.document.name) is not None:
            arguments.update(_document_location(flow, arguments[flow.document.name], context.documents))
        return await loaded(arguments, streaming)

    return LoadedFlow(invoke, listener)


def _load(flow: FlowDefinition, arguments: RunArguments, context: AppContext) -> Invoke:
    config, connections = context.settings.flows[flow.name], context.connections
    if flow.kind != "dag":
        return load_entry(config.flow_path, arguments.get("init", {}), context.settings.serving.limits.running)
    document = flow.document
    document_inputs = {}
    if document and document.node:
        document_inputs = {document.node: {document.folder: f"${{inputs.{document.folder}}}"}}
    settings = DagSettings(
        connections={connections.models_name: connections.models, connections.search_name: connections.search},
        model=config.model,
        node_connections=arguments.get("connections", {}),
        variant=arguments.get("variant", ""),
        node_inputs=document_inputs,
    )
    return load_dag(config.flow_path, settings)


def _document_location(flow: FlowDefinition, reference: str, documents: DocumentStore) -> dict[str, str]:
    """Return the inputs that locate a document: one that was uploaded, or else a sample or a URL."""
    assert flow.document
    uploaded = documents.folder_and_path(reference, flow.document.name)
    folder, path = uploaded or (DOCUMENTS.parent, reference)
    return {flow.document.name: path, flow.document.folder: str(folder)}


def _listener(place: str) -> ContextVar[Any]:
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)


def _installed(name: str) -> bool:
    with suppress(ModuleNotFoundError):  # a parent package is missing
        return find_spec(name) is not None
    return False
