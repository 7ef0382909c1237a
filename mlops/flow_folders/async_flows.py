"""Flows as asynchronous functions, which can answer with a stream."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from promptflow.entities import FlowContext

SHUTDOWN_S = 5  # for calls that are under way
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


@contextmanager
def loop_in_thread() -> Iterator[asyncio.AbstractEventLoop]:
    """Run an event loop in a thread of its own while the block lasts; what still runs at the end is cancelled.

    The main thread can then wait for a user, and Ctrl+C reaches it: where Prompt flow runs a DAG in the main thread, it
    takes that signal for itself, and ends the process with the status of success.
    """
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def until_stopped() -> None:
        stopped = asyncio.Event()
        started.set_result((asyncio.get_running_loop(), stopped))
        await stopped.wait()

    thread = threading.Thread(target=lambda: asyncio.run(until_stopped()), daemon=True)
    thread.start()
    loop, stopped = started.result()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join(SHUTDOWN_S)
