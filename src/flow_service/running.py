"""Runs a flow for a request: from its inputs to its result, as a whole or as events."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError
from starlette.concurrency import iterate_in_threadpool

from mlops.flow_folders.definition import FlowDefinition
from src.flow_service.failures import problem_of, timed_out
from src.flow_service.flows import LoadedFlow
from src.flow_service.limits import Admission
from src.flow_service.metrics import Metrics
from src.flow_service.model_calls import CALLS, Calls
from src.flow_service.problems import Problem
from src.flow_service.schemas import result_model

PING_S = 15  # of silence, after which a comment keeps proxies from closing a stream
CLIENT_CLOSED = 499  # the status, in metrics only, of a request whose client disconnected
Emit = Callable[[str, Mapping[str, Any]], None]


class Runner:
    """Runs one flow for callers, once the application has started and set `loaded`.

    Args:
        flow: the flow's definition.
        seconds: the time limit of a request, including the wait for a slot.
        retries: how often a model call may be retried.
        admission: limits how many requests run and wait.
        metrics: counts requests.
    """

    def __init__(self, flow: FlowDefinition, seconds: float, retries: int, admission: Admission, metrics: Metrics):
        self.flow = flow
        self.loaded: LoadedFlow | None = None
        self._result = result_model(flow.outputs)
        self._seconds, self._retries = seconds, retries
        self._admission, self._metrics = admission, metrics

    async def result(self, inputs: Mapping[str, Any], receive: Callable[[], Any]) -> bytes:
        """Return the flow's result as JSON; if the client disconnects, the flow is cancelled.

        Args:
            inputs: the flow's inputs, validated.
            receive: the ASGI function that reports when the client disconnects.

        Raises:
            Problem: there is no result.
        """
        work = asyncio.ensure_future(self._run(inputs, None))
        gone = asyncio.ensure_future(_disconnected(receive))
        try:
            await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                return work.result()
            raise Problem(400, "client_gone", "the client closed the connection")
        finally:
            gone.cancel()
            work.cancel()

    async def events(self, inputs: Mapping[str, Any], receive: Callable[[], Any]) -> AsyncIterator[bytes]:
        """Return the flow's events as a server-sent stream, whose last event is `result` or `error`.

        If the client disconnects, the flow is cancelled, whether or not the stream has started.

        Args:
            inputs: the flow's inputs, validated.
            receive: the ASGI function that reports when the client disconnects.

        Raises:
            Problem: there is no result, and no event has been sent yet.
        """
        queue: asyncio.Queue[bytes | Problem] = asyncio.Queue()
        work = asyncio.ensure_future(self._run(inputs, lambda name, data: queue.put_nowait(event(name, data))))
        work.add_done_callback(lambda done: queue.put_nowait(_outcome(done)))
        gone = asyncio.ensure_future(_disconnected(receive))
        gone.add_done_callback(lambda _: work.cancel())
        work.add_done_callback(lambda _: gone.cancel())
        try:
            first = await queue.get()
        except asyncio.CancelledError:
            work.cancel()
            raise
        if isinstance(first, Problem):
            raise first
        return self._stream(first, queue, work)

    async def _stream(self, first: bytes, queue: asyncio.Queue, work: asyncio.Future) -> AsyncIterator[bytes]:
        try:
            yield first
            while not (work.done() and queue.empty()):
                try:
                    item = await asyncio.wait_for(queue.get(), PING_S)
                except asyncio.TimeoutError:
                    yield b": still here\n\n"
                    continue
                yield event("error", item.content()) if isinstance(item, Problem) else item
        finally:
            work.cancel()

    async def _run(self, inputs: Mapping[str, Any], emit: Emit | None) -> bytes:
        """Run the flow within its time limit, and record its status."""
        start = time.monotonic()
        calls = Calls(start + self._seconds, self._retries)
        CALLS.set(calls)
        status = CLIENT_CLOSED
        try:
            async with self._admission.slot(calls.deadline):
                outputs = await self._in_time(self._outputs(inputs, emit), calls)
            body = self._body(outputs, calls, start)
            status = 200
            return body
        except Problem as error:
            status = error.status
            raise
        except Exception as error:
            problem = problem_of(error, calls, self.flow)
            status = problem.status
            raise problem from None
        finally:
            self._metrics.count(self.flow.name, status, time.monotonic() - start, calls)

    async def _in_time(self, outputs: Any, calls: Calls) -> dict[str, Any]:
        """Wait for outputs until the deadline; a timeout inside the flow is not taken for that of the request."""
        work = asyncio.ensure_future(outputs)
        try:
            done, _ = await asyncio.wait({work}, timeout=max(0.0, calls.deadline - time.monotonic()))
            if not done:
                raise timed_out(self._seconds)
            return work.result()
        finally:
            work.cancel()

    async def _outputs(self, inputs: Mapping[str, Any], emit: Emit | None) -> dict[str, Any]:
        if self.loaded is None:
            raise Problem(503, "not_started", "the service has not started yet", {"Retry-After": "1"})
        if emit and self.loaded.listener:
            self.loaded.listener.set(emit)
        outputs = await self.loaded.invoke(inputs, bool(emit and self.flow.streaming_input))
        return {name: await _collected(value, emit) for name, value in outputs.items()}

    def _body(self, outputs: Mapping[str, Any], calls: Calls, start: float) -> bytes:
        usage = {"prompt_tokens": calls.prompt_tokens, "completion_tokens": calls.completion_tokens}
        duration = round((time.monotonic() - start) * 1000)
        try:
            result = self._result.model_validate({"outputs": outputs, "usage": usage, "duration_ms": duration})
            return result.model_dump_json().encode()
        except ValidationError:  # such as a lone surrogate in a model's answer
            raise Problem(502, "unusable_answer", "the flow cannot use the model's answer") from None


async def _collected(output: Any, emit: Emit | None) -> Any:
    """Return an output as a whole; the chunks of a stream are emitted as they arrive."""
    if isinstance(output, Iterator):
        output = iterate_in_threadpool(output)
    if not isinstance(output, AsyncIterator):
        return output
    chunks = []
    async for chunk in output:
        chunks.append(chunk)
        if emit:
            emit("delta", {"text": chunk})
    return "".join(chunks)


def event(name: str, data: Mapping[str, Any]) -> bytes:
    """Return a server-sent event."""
    return _event(name, json.dumps(data, ensure_ascii=False).encode("utf-8", "replace"))


def _event(name: str, data: bytes) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + data + b"\n\n"


def _outcome(work: asyncio.Future) -> bytes | Problem:
    if work.cancelled():
        return Problem(503, "stopped", "the service stopped before the flow finished")
    error = work.exception()
    if error is None:
        return _event("result", work.result())
    return error if isinstance(error, Problem) else Problem(500, "internal_error", "the service failed")


async def _disconnected(receive: Callable[[], Any]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
