"""The application of src/flow_service as Azure Functions call it.

Keys of Functions are not required: they would be sent in query strings, and the service authenticates callers itself.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import azure.functions as func

from mlops.configuration.config import read_variables
from src.flow_service.app import create_app
from src.flow_service.settings import load_settings

ENVIRONMENT_VARIABLE, ENVIRONMENT = "FLOW_SERVICE_ENVIRONMENT", "prod"


def functions_app() -> func.AsgiFunctionApp:
    """Return what the host indexes: one function for every method and path.

    The application setting FLOW_SERVICE_ENVIRONMENT names the environment. The deployed files are read-only, so
    documents and their index are kept in the temporary folder, unless settings name other places.

    Raises:
        UserError: a setting is missing or invalid, or no authentication is configured.
    """
    scratch = Path(tempfile.gettempdir())
    variables = {"FLOW_SERVICE_DOCUMENTS": str(scratch / "flow_service"), **read_variables()}
    settings = load_settings(variables.get(ENVIRONMENT_VARIABLE) or ENVIRONMENT, variables=variables)
    return func.AsgiFunctionApp(app=Hosted(create_app(settings)), http_auth_level=func.AuthLevel.ANONYMOUS)


class Hosted:
    """An ASGI application that is started once, by the first request, and continues the host's trace.

    The host's own middleware starts an application again for each request that arrives before it has started.

    Args:
        app: a FastAPI application.
    """

    def __init__(self, app: Any):
        self._app = app
        self._started: asyncio.Future | None = None
        self._lifespan: Any = None

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Handle a request, or the host's lifespan events."""
        if scope["type"] == "lifespan":
            await self._handle_lifespan(receive, send)
            return
        await self._start()
        await self._app({"asgi": {"version": "3.0"}, **scope, "headers": _with_trace_headers(scope)}, receive, send)

    async def _handle_lifespan(self, receive: Any, send: Any) -> None:
        await receive()
        try:
            await self._start()
        except Exception as error:  # whatever it is, the host logs it and responds with 500
            await send({"type": "lifespan.startup.failed", "message": f"{type(error).__name__}: {error}"})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def _start(self) -> None:
        if self._started is None or self._started.done() and self._started.exception():
            self._started = asyncio.ensure_future(self._run_startup())
        await asyncio.shield(self._started)

    async def _run_startup(self) -> None:
        self._lifespan = self._app.router.lifespan_context(self._app)  # kept: it ends with the process
        await self._lifespan.__aenter__()


def _with_trace_headers(scope: Mapping[str, Any]) -> list[tuple[bytes, bytes]]:
    """Return the headers of a request, with the host's span as the parent where it has one, else with the caller's."""
    context = scope.get("azure_functions.trace_context")
    found = {
        b"traceparent": getattr(context, "trace_parent", None),
        b"tracestate": getattr(context, "trace_state", None),
    }
    if not found[b"traceparent"]:
        return list(scope["headers"])
    kept = [(name, value) for name, value in scope["headers"] if name not in found]
    return [*kept, *((name, value.encode("latin-1", "ignore")) for name, value in found.items() if value)]
