"""Responses on the wire: whole, streamed, slowed down or cut off."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

# Server-sent events that go out in one write when nothing slows them down.
_EVENTS_PER_WRITE = 16


async def wait_until_gone(receive: Receive) -> None:
    """Wait until the client has closed the connection, or the emulator stops and closes it."""
    while (await receive())["type"] != "http.disconnect":
        continue


async def hang_up(scope: Scope, receive: Receive) -> None:
    """Close the connection in the middle of a response, after what was already sent."""
    scope["extensions"]["emulator"]["hang_up"]()
    await wait_until_gone(receive)


class NoResponse(Response):
    """No response: after some seconds the connection is closed."""

    def __init__(self, seconds: float):
        super().__init__()
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait for the timeout or for the client to disconnect."""
        gone = asyncio.ensure_future(wait_until_gone(receive))
        await asyncio.wait([gone], timeout=self.seconds)
        if not gone.done():
            scope["extensions"]["emulator"]["hang_up"]()
            await gone


class Parts(Response):
    """A response that is sent in parts, over some time, and perhaps cut off.

    Args:
        parts: the parts of the body.
        headers: the response's headers.
        media_type: its media type.
        seconds: how long it takes from the first part to the last.
        cut_after: the share of the body after which the connection is closed; None for a complete response. With 0
            not even the headers are sent.
        length: the content-length; None for a stream.
    """

    def __init__(
        self,
        parts: Sequence[bytes],
        headers: dict[str, str],
        media_type: str,
        seconds: float = 0.0,
        cut_after: float | None = None,
        length: int | None = None,
    ):
        super().__init__(None, 200, headers, media_type)
        self.raw_headers = [(name, value) for name, value in self.raw_headers if name != b"content-length"]
        if length is not None:
            self.raw_headers.append((b"content-length", str(length).encode()))
        self.parts = parts
        self.seconds = seconds
        self.cut_after = cut_after

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the parts."""
        if self.cut_after == 0:
            await hang_up(scope, receive)
            return
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await self._send_parts(send)
        if self.cut_after is not None:
            await hang_up(scope, receive)
            return
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_parts(self, send: Send) -> None:
        share = 1.0 if self.cut_after is None else self.cut_after
        parts = self.parts[: max(1, int(len(self.parts) * share))]
        batch = 1 if self.seconds else _EVENTS_PER_WRITE
        for start in range(0, len(parts), batch):
            if start and self.seconds:
                await asyncio.sleep(self.seconds / len(self.parts))
            await send(
                {"type": "http.response.body", "body": b"".join(parts[start : start + batch]), "more_body": True}
            )


def whole(body: bytes, headers: dict[str, str], cut_after: float | None = None) -> Response:
    """A JSON response, cut off after the share `cut_after` if that is given."""
    if cut_after is None:
        return Response(body, 200, headers, "application/json")
    return Parts([body[: int(len(body) * cut_after)]], headers, "application/json", 0.0, cut_after, len(body))
