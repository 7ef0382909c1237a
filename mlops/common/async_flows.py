"""Flows as asynchronous functions, which can answer with a stream."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from promptflow.entities import FlowContext

AsyncFunction = Callable[..., Awaitable[dict[str, Any]]]


def as_async_function(flow: Any) -> AsyncFunction:
    """Return a loaded DAG flow as an asynchronous function of its inputs.

    Prompt flow's own `AsyncFlow` knows neither connections by name nor variants, overrides and streams. Its resolver of
    contexts does, and the service that it serves flows with invokes them like this; it has no public name.

    Args:
        flow: what `load_flow` returned, its context complete.
    """
    from promptflow._sdk.entities._flows._flow_context_resolver import FlowContextResolver

    context: FlowContext = flow.context
    invoker = FlowContextResolver.resolve_async_invoker(flow=flow)
    invoker.streaming = lambda: context.streaming

    async def invoke(**inputs: Any) -> dict[str, Any]:
        return await invoker.invoke_async(inputs)

    return invoke
