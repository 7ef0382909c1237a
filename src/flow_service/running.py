"""A request for a flow, from its inputs to its result: whole, or as events."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from pydantic import ValidationError

from src.flow_service.failures import problem_of, timed_out
from src.flow_service.flows import Flow, Invoke
from src.flow_service.limits import Admission
from src.flow_service.metrics import Metrics
from src.flow_service.model_calls import CALLS, Calls
from src.flow_service.problems import Problem

PING_S = 15  # of silence, after which a comment keeps proxies from closing a stream
GONE = 499  # the status, in metrics alone, of a request whose client did not wait
Tell = Callable[[str, Mapping[str, Any]], None]


class Runner:
    """Runs one flow for callers.

    Args:
        flow: what it is.
        invoke: what it was loaded as; None until the application has started.
        seconds: how long a request may take, the wait included.
        retries: how often a call of a model may be tried again.
        admission: what runs and waits.
        metrics: where requests are counted.
    """

    def __init__(self, flow: Flow, seconds: float, retries: int, admission: Admission, metrics: Metrics):
        self.flow = flow
        self.invoke: Invoke | None = None
        self._seconds, self._retries = seconds, retries
        self._admission, self._metrics = admission, metrics

    async def result(self, inputs: Mapping[str, Any], receive: Callable[[], Any]) -> bytes:
        """Return the flow's result as JSON; if the client goes away, the flow is stopped.

        Args:
            inputs: of the flow, checked.
            receive: the ASGI function that tells when the client has gone.

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

        If the client goes away, the flow is stopped, whether or not the stream has begun by then.

        Args:
            inputs: of the flow, checked.
            receive: the ASGI function that tells when the client has gone.

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

    async def _run(self, inputs: Mapping[str, Any], tell: Tell | None) -> bytes:
        """Run the flow within its time, and count how it ended."""
        start = time.monotonic()
        calls = Calls(start + self._seconds, self._retries)
        CALLS.set(calls)
        status = GONE
        try:
            async with self._admission.slot(calls.deadline):
                outputs = await self._in_time(self._outputs(inputs, tell), calls)
            body = self._body(outputs, calls, start)
            status = 200
            return body
        except Problem as problem:
            status = problem.status
            raise
        except Exception as error:
            problem = problem_of(error, calls, self.flow.name)
            status = problem.status
            raise problem from None
        finally:
            self._metrics.count(self.flow.name, status, time.monotonic() - start, calls)

    async def _in_time(self, outputs: Any, calls: Calls) -> dict[str, Any]:
        """Wait for outputs; a time-out that is the flow's own is told apart from that of the request."""
        work = asyncio.ensure_future(outputs)
        try:
            done, _ = await asyncio.wait({work}, timeout=max(0.0, calls.deadline - time.monotonic()))
            if not done:
                raise timed_out(self._seconds)
            return work.result()
        finally:
            work.cancel()

    async def _outputs(self, inputs: Mapping[str, Any], tell: Tell | None) -> dict[str, Any]:
        if self.invoke is None:
            raise Problem(503, "not_started", "the service has not started yet", {"Retry-After": "1"})
        if tell and self.flow.events == "plan":
            from plan_and_execute.progress import LISTENER

            LISTENER.set(tell)
        if not (tell and self.flow.events == "deltas"):
            return await self.invoke(**inputs)
        outputs, pieces = await self.invoke(allow_generator_output=True, **inputs), []
        async for piece in outputs["answer"]:
            pieces.append(piece)
            tell("delta", {"text": piece})
        return {**outputs, "answer": "".join(pieces)}

    def _body(self, outputs: Mapping[str, Any], calls: Calls, start: float) -> bytes:
        usage = {"prompt_tokens": calls.prompt_tokens, "completion_tokens": calls.completion_tokens}
        duration = round((time.monotonic() - start) * 1000)
        try:
            result = self.flow.result.model_validate({"outputs": outputs, "usage": usage, "duration_ms": duration})
            return result.model_dump_json().encode()
        except ValidationError:  # such as half a character in a model's answer
            raise Problem(502, "unusable_answer", "the model gave no answer that the flow can use") from None


def event(name: str, data: Mapping[str, Any]) -> bytes:
    """Return a server-sent event."""
    return _event(name, json.dumps(data, ensure_ascii=False).encode("utf-8", "replace"))


def _event(name: str, data: bytes) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + data + b"\n\n"


def _outcome(work: asyncio.Future) -> bytes | Problem:
    if work.cancelled():
        return Problem(503, "stopped", "the service was stopped before the flow had ended")
    error = work.exception()
    if error is None:
        return _event("result", work.result())
    return error if isinstance(error, Problem) else Problem(500, "internal_error", "the service failed")


async def _disconnected(receive: Callable[[], Any]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
