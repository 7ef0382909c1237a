"""The span of an HTTP request, which continues the caller's trace, and its line in the log.

Both name the route, never the path or the query: the path of a document is the key to it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from src.flow_service.telemetry.spans import TRACER, WITHOUT_ERROR_TEXT, error_type, mark_failed

LOG = logging.getLogger("flow_service.requests")
METHODS = frozenset(
    {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
)  # any other is _OTHER, so that callers add no names
PROBES = frozenset({"/healthz", "/readyz", "/metrics"})  # polled every few seconds; not worth a span
FILES = "/playground/"  # more than a dozen requests each time the page loads
TRACE_HEADERS = (b"traceparent", b"tracestate")
_PROPAGATOR = TraceContextTextMapPropagator()


class RequestTelemetry:
    """The outermost middleware: traces and logs each request.

    Args:
        app: the application.
    """

    def __init__(self, app: Any):
        self._app = app

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer a request; its span ends with the last byte of the response, or when the client disconnects."""
        if scope["type"] != "http" or scope["path"] in PROBES or scope["path"].startswith(FILES):
            await self._app(scope, receive, send)
            return
        start, status = time.perf_counter(), 0
        method = scope["method"] if scope["method"] in METHODS else "_OTHER"
        current = TRACER.start_span(
            method, _context(scope["headers"]), SpanKind.SERVER, {"http.request.method": method}
        )

        async def observed_send(message: dict[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with ExitStack() as stack:
            stack.enter_context(trace.use_span(current, end_on_exit=True, **WITHOUT_ERROR_TEXT))
            stack.callback(lambda: _record(current, scope, method, status, time.perf_counter() - start))
            try:
                await self._app(scope, receive, observed_send)
            except BaseException as error:
                mark_failed(current, error_type(error))
                raise


def _context(headers: list[tuple[bytes, bytes]]) -> Context:
    """Return the caller's trace context; an empty one if there is none, or if it is invalid."""
    carrier: Mapping[str, str] = {
        name.decode(): value.decode("latin-1") for name, value in headers if name in TRACE_HEADERS
    }
    return _PROPAGATOR.extract(carrier, Context()) if carrier else Context()


def _record(current: trace.Span, scope: dict[str, Any], method: str, status: int, seconds: float) -> None:
    route = getattr(scope.get("route"), "path", None)
    if current.is_recording():
        current.set_attribute("url.scheme", scope["scheme"])
        if route:
            current.update_name(f"{method} {route}")
            current.set_attribute("http.route", route)
        if status:
            current.set_attribute("http.response.status_code", status)
        if status >= 500 or not status:
            mark_failed(current, str(status or "no_answer"))
    fields = {"method": method, "route": route or "none", "status": status, "ms": round(seconds * 1000, 1)}
    LOG.info("%(method)s %(route)s %(status)s %(ms)s ms", fields, extra={"fields": fields})
