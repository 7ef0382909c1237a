"""Spans of flows, and of what is inside them: nodes, and every function that a flow marks with Prompt flow's `@trace`.

Prompt flow's own spans hold all inputs and outputs, and making them costs more than the rest of a flow
(docs/decisions/0002). So its tracing stays off, and its decorators lead here instead.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import Span

from src.flow_service.telemetry.spans import OPERATION, QUIET, TRACER, as_json, kind_of, mark, told_pieces

INPUTS, OUTPUTS, FLOW, NODE_NAME = "flow.inputs", "flow.outputs", "flow.name", "flow.node"
NODE: ContextVar[str | None] = ContextVar("node", default=None)  # whose function is about to be called
Invoke = Callable[..., Awaitable[dict[str, Any]]]


def told_flow(name: str, invoke: Invoke, content: bool) -> Invoke:
    """Return a flow with a span around each of its runs, which lasts until a streamed answer ends.

    Args:
        name: of the flow.
        invoke: the flow.
        content: whether the span holds inputs and outputs.
    """
    attributes = {OPERATION: "invoke_workflow", FLOW: name}

    async def invoke_told(allow_generator_output: bool = False, **inputs: Any) -> dict[str, Any]:
        given = {"allow_generator_output": True} if allow_generator_output else {}
        current = TRACER.start_span(f"invoke_workflow {name}", attributes=attributes)

        def put(key: str, value: Any) -> None:
            if content and current.is_recording():
                current.set_attribute(key, as_json(value))

        put(INPUTS, inputs)
        with _until_it_streams(current) as kept_open:
            outputs = await invoke(**inputs, **given)
            if not allow_generator_output:
                put(OUTPUTS, outputs)
                return outputs
            kept_open.append(True)

        def done(pieces: list[str]) -> None:
            put(OUTPUTS, {**outputs, "answer": "".join(pieces)})

        return {**outputs, "answer": told_pieces(outputs["answer"], current, done if content else None)}

    return invoke_told


@contextmanager
def _until_it_streams(current: Span) -> Iterator[list[bool]]:
    """Make a span current and end it with the block, unless something is added to the list that is yielded."""
    kept_open: list[bool] = []
    try:
        with trace.use_span(current, **QUIET):
            yield kept_open
    except BaseException as error:
        mark(current, kind_of(error))
        raise
    finally:
        if not kept_open:
            current.end()


@functools.cache
def tell_of_functions() -> None:
    """Let Prompt flow's decorators `@trace` and `@tool` make our spans, once for the process."""
    from promptflow._core.flow_execution_context import FlowExecutionContext
    from promptflow.tracing import _trace

    _trace._traced_async, _trace._traced_sync = _told_async, _told_sync
    for method in ("_invoke_tool_async_inner", "_invoke_tool_inner"):
        setattr(FlowExecutionContext, method, _naming_the_node(getattr(FlowExecutionContext, method)))


def _naming_the_node(invoke: Callable) -> Callable:
    """Let the span of the function that a node calls have the node's name. Every node has a context of its own."""

    @functools.wraps(invoke)
    def named(self: Any, node: Any, function: Callable, arguments: dict[str, Any]) -> Any:
        NODE.set(node.name)
        return invoke(self, node, function, arguments)

    return named


def _told_async(function: Callable, *, name: str | None = None, **_: Any) -> Callable:
    @functools.wraps(function)
    async def told(*args: Any, **kwargs: Any) -> Any:
        current = _started(function, name)
        with _until_it_streams(current) as kept_open:
            output = await function(*args, **kwargs)
            if isinstance(output, AsyncIterator):
                kept_open.append(True)
                return told_pieces(output, current)
            return output

    told.__original_function = function  # as Prompt flow has it
    return told


def _told_sync(function: Callable, *, name: str | None = None, **_: Any) -> Callable:
    @functools.wraps(function)
    def told(*args: Any, **kwargs: Any) -> Any:
        with _until_it_streams(_started(function, name)):
            return function(*args, **kwargs)

    told.__original_function = function
    return told


def _started(function: Callable, name: str | None) -> Span:
    """Begin the span of a function; it has the name of the node that calls it, if one does."""
    node = NODE.get()
    if node is None:
        return TRACER.start_span(name or function.__qualname__)
    NODE.set(None)  # what the function calls is no node
    return TRACER.start_span(node, attributes={NODE_NAME: node})
