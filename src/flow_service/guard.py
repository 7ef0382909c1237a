"""Checks that every request passes before it reaches the application: authentication, rate limits, limits of the body.

It is plain ASGI, since frameworks' own middleware costs more than everything else here. Once the caller is known, the
body is read as a whole, or streamed if it is a document, within limits of size and time. Every error becomes a problem
detail.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from src.flow_service.auth import Authenticator
from src.flow_service.failures import log_failure
from src.flow_service.limits import CallerLimits, check_json
from src.flow_service.problems import MEDIA_TYPE, Problem
from src.flow_service.settings import ServiceSettings

# Public. Everything else requires authentication.
OPEN = frozenset({"/", "/healthz", "/readyz", "/docs", "/openapi.json", "/favicon.ico"})
OPEN_FOLDERS = ("/playground/",)
HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-resource-policy": b"same-origin",
    b"cache-control": b"no-store",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
}


class Guard:
    """Middleware that checks requests.

    Args:
        app: the application.
        settings: the settings of the service.
        drain: whether the service is shutting down.
    """

    def __init__(self, app: Any, settings: ServiceSettings, drain: Any):
        self._app = app
        self._limits = settings.serving.limits
        self._authenticator = Authenticator(settings.serving)
        self._callers = CallerLimits(self._limits.requests_per_minute, self._limits.burst)
        self._open = OPEN | ({"/metrics"} if settings.serving.open_metrics else set())
        self._drain = drain

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        response = _Response(scope, send, self._drain)
        try:
            headers = dict(scope["headers"])
            path = scope["path"]
            if path not in self._open and not path.startswith(OPEN_FOLDERS):
                caller = await self._authenticator.caller(headers, (scope.get("client") or ("unknown",))[0])
                self._callers.take(caller)
                scope["state"]["caller"] = caller
            if scope["method"] in ("POST", "PUT", "PATCH", "DELETE"):
                receive = await self._with_body(scope, headers, receive)
            if scope["method"] == "HEAD":  # the server omits the body of the response
                scope = {**scope, "method": "GET"}
            await self._app(scope, receive, response.send)
        except Problem as problem:
            await response.problem(problem)
        except Exception as error:
            log_failure(f"{scope['method']} request", error)
            await response.problem(Problem(500, "internal_error", "the service failed; see its log"))

    async def _with_body(self, scope: dict[str, Any], headers: dict[bytes, bytes], receive: Any) -> Any:
        document = scope["path"] == "/documents"
        limits = self._limits
        max_bytes = limits.document_megabytes * 2**20 if document else limits.body_kilobytes * 2**10
        length = headers.get(b"content-length", b"0")
        if length.isdigit() and int(length[:20]) > max_bytes:
            raise _too_large(max_bytes)
        arriving = _within(receive, max_bytes, limits.body_seconds)
        if document:
            return arriving
        body = await _read(arriving)
        check_json(body, limits.json_depth)
        whole = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> dict[str, Any]:
            return whole.pop() if whole else await receive()

        return replay


class _Response:
    """Sends the application's response, with the headers that every response has."""

    def __init__(self, scope: dict[str, Any], send: Any, drain: Any):
        self._send, self._drain = send, drain
        self._https = scope["scheme"] == "https"
        self._started = False

    async def send(self, message: dict[str, Any]) -> None:
        """Send a message of the application."""
        if message["type"] == "http.response.start":
            self._started = True
            headers = list(message["headers"])
            present = {name for name, _ in headers}
            headers += [(name, value) for name, value in HEADERS.items() if name not in present]
            if self._https:
                headers.append((b"strict-transport-security", b"max-age=31536000"))
            if self._drain.started:
                headers.append((b"connection", b"close"))
            await self._send({**message, "headers": headers})
        else:
            await self._send(message)

    async def problem(self, problem: Problem) -> None:
        """Respond with a problem; a response that has started is cut short instead, which the client notices."""
        if self._started:
            return
        body = problem.body()
        headers = [
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-length", str(len(body)).encode()),
            *((name.lower().encode(), value.encode()) for name, value in problem.headers.items()),
        ]
        await self.send({"type": "http.response.start", "status": problem.status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})


def _within(receive: Any, max_bytes: int, seconds: float) -> Any:
    """Return a `receive` that passes a body on as it arrives, and raises a Problem if it is too large or too slow."""
    deadline, size, whole = time.monotonic() + seconds, 0, False

    async def arriving() -> dict[str, Any]:
        nonlocal size, whole
        if whole:
            return await receive()
        try:
            message = await asyncio.wait_for(receive(), deadline - time.monotonic())
        except asyncio.TimeoutError:
            detail = f"the request did not arrive within {seconds:g} seconds"
            raise Problem(408, "slow_request", detail, {"Connection": "close"}) from None
        if message["type"] == "http.disconnect":
            raise Problem(400, "incomplete", "the request ended before its body did")
        size += len(message.get("body", b""))
        if size > max_bytes:
            raise _too_large(max_bytes)
        whole = not message.get("more_body")
        return message

    return arriving


async def _read(receive: Any) -> bytes:
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body")
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _too_large(max_bytes: int) -> Problem:
    # The rest of the body would be read as the connection's next request.
    return Problem(413, "too_large", f"the body has more than {max_bytes:,} bytes", {"Connection": "close"})
