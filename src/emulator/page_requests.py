"""Latency and faults of pages and searches, which are fetched with GET.

The fault depends on the path, method and query, where a model's request has its body. The faults `content_filter` and
`filtered_answer` concern models only and have no effect here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from src.emulator.faults import FaultPlan
from src.emulator.responses import NoResponse, hang_up

_OF_MODELS = ("content_filter", "filtered_answer")


async def serve_page(plan: FaultPlan, handle: Callable[[Request], Awaitable[Response]], request: Request) -> Response:
    """The response of `handle`, or the fault that replaces it.

    Raises:
        ServiceError: the error response of the fault, or what `handle` raises.
    """
    decision = plan.draw(
        request.url.path,
        f"{request.method}?{request.url.query}".encode(),
        request.headers.get("x-emulator-fault"),
        request.headers.get("x-emulator-latency-ms"),
    )
    if decision.latency_ms:
        await asyncio.sleep(decision.latency_ms / 1000)
    fault = decision.fault
    if fault is None or fault.kind in _OF_MODELS:
        return await handle(request)
    if fault.kind == "timeout":
        return NoResponse(fault.option("seconds"))
    error = fault.error()
    if error is not None:
        raise error
    response = await handle(request)
    if fault.kind == "cut":
        return CutOff(response, fault.option("after"))
    await asyncio.sleep(fault.option("delay_ms") / 1000)
    return response


class CutOff(Response):
    """A response that is cut off after a share of its body, when the connection is closed.

    Args:
        response: the whole response, which has a content-length.
        after: the share, from 0 to 1. With 0 not even the headers are sent.
    """

    def __init__(self, response: Response, after: float):
        super().__init__(None, response.status_code)
        self.raw_headers = response.raw_headers
        self.response = response
        self.after = after

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the part before the cut."""
        left = 0

        async def send_share(message: Message) -> None:
            nonlocal left
            if message["type"] == "http.response.start":
                length = dict(message["headers"]).get(b"content-length", b"0")
                left = int(int(length) * self.after)
                await send(message)
                return
            body = message.get("body", b"")[:left]
            left -= len(body)
            if body:
                await send({"type": "http.response.body", "body": body, "more_body": True})

        if self.after:
            await self.response(scope, receive, send_share)
        await hang_up(scope, receive)
