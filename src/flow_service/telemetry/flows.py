"""Spans of flows, and of what is inside them: nodes, and every function that a flow marks with Prompt flow's `@trace`.

Prompt flow's own spans hold all inputs and outputs, and making them costs more than the rest of a flow
(docs/decisions/0002). So its tracing stays off, and its decorators are replaced by ours.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import Span

from src.flow_service.flows import LoadedFlow
from src.flow_service.telemetry.spans import (
    OPERATION,
    TRACER,
    WITHOUT_ERROR_TEXT,
    error_type,
    mark_failed,
    to_json,
    trace_stream,
)

INPUTS, OUTPUTS, FLOW, NODE_NAME = "flow.inputs", "flow.outputs", "flow.name", "flow.node"
NODE: ContextVar[str | None] = ContextVar("node", default=None)  # the node whose function is called next


def traced_flow(name: str, flow: LoadedFlow, content: bool) -> LoadedFlow:
    """Return a flow with a span around each call; that of a streamed answer ends with the stream.

    Args:
        name: of the flow.
        flow: the flow.
        content: whether the span holds inputs and outputs.
    """
    attributes = {OPERATION: "invoke_workflow", FLOW: name}

    async def invoke(inputs: Mapping[str, Any], streaming: bool) -> dict[str, Any]:
        current = TRACER.start_span(f"invoke_workflow {name}", attributes=attributes)

        def set_content(key: str, value: Any) -> None:
            if content and current.is_recording():
                current.set_attribute(key, to_json(value))

        set_content(INPUTS, inputs)
        with _use_span(current) as kept_open:
            outputs = await flow.invoke(inputs, streaming)
            streamed = next((name for name, value in outputs.items() if isinstance(value, AsyncIterator)), None)
            if streamed is None:
                set_content(OUTPUTS, outputs)
                return outputs
            kept_open.append(True)

        def done(chunks: list[str]) -> None:
            set_content(OUTPUTS, {**outputs, streamed: "".join(chunks)})

        return {**outputs, streamed: trace_stream(outputs[streamed], current, done if content else None)}

    return replace(flow, invoke=invoke)


@contextmanager
def _use_span(current: Span) -> Iterator[list[bool]]:
    """Make a span current and end it with the block, unless an item in the yielded list leaves that to a stream."""
    kept_open: list[bool] = []
    try:
        with trace.use_span(current, **WITHOUT_ERROR_TEXT):
            yield kept_open
    except BaseException as error:
        mark_failed(current, error_type(error))
        raise
    finally:
        if not kept_open:
            current.end()


@functools.cache
def trace_functions() -> None:
    """Have Prompt flow's decorators `@trace` and `@tool` start our spans; patches them once per process."""
    from promptflow._core.flow_execution_context import FlowExecutionContext
    from promptflow.tracing import _trace

    _trace._traced_async, _trace._traced_sync = _traced_async, _traced_sync
    for method in ("_invoke_tool_async_inner", "_invoke_tool_inner"):
        setattr(FlowExecutionContext, method, _with_node_name(getattr(FlowExecutionContext, method)))


def _with_node_name(invoke: Callable) -> Callable:
    """Name the span of a node's function after the node. Each node runs in its own context."""

    @functools.wraps(invoke)
    def with_node_name(self: Any, node: Any, function: Callable, arguments: dict[str, Any]) -> Any:
        NODE.set(node.name)
        return invoke(self, node, function, arguments)

    return with_node_name


def _traced_async(function: Callable, *, name: str | None = None, **_: Any) -> Callable:
    @functools.wraps(function)
    async def traced(*args: Any, **kwargs: Any) -> Any:
        current = _start_span(function, name)
        with _use_span(current) as kept_open:
            output = await function(*args, **kwargs)
            if isinstance(output, AsyncIterator):
                kept_open.append(True)
                return trace_stream(output, current)
            return output

    traced.__original_function = function  # type: ignore[attr-defined]  # Prompt flow looks for it
    return traced


def _traced_sync(function: Callable, *, name: str | None = None, **_: Any) -> Callable:
    @functools.wraps(function)
    def traced(*args: Any, **kwargs: Any) -> Any:
        with _use_span(_start_span(function, name)):
            return function(*args, **kwargs)

    traced.__original_function = function  # type: ignore[attr-defined]  # Prompt flow looks for it
    return traced


def _start_span(function: Callable, name: str | None) -> Span:
    """Start the span of a function, named after the node that calls it if there is one."""
    node = NODE.get()
    if node is None:
        return TRACER.start_span(name or function.__qualname__)
    NODE.set(None)  # functions that it calls are not the node's
    return TRACER.start_span(node, attributes={NODE_NAME: node})
