"""The HTTP server: uvicorn, with clients that take their time kept in check, and an end that loses no request."""

from __future__ import annotations

import asyncio
import signal
import sys
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from src.flow_service.settings import Settings

HEADERS_S = 15.0  # within which the head of a request has to be there
MOST_HEADER_BYTES = 32_768
KEEP_ALIVE_S = 75  # longer than most load balancers keep an idle connection, so that they are the ones to close it
BACKLOG = 2_048


class Protocol(HttpToolsProtocol):
    """Uvicorn's protocol; it waits for the head of a request for a limited time, and takes no more than some bytes."""

    _timer: asyncio.TimerHandle | None = None
    _head = 0

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._head_is_there()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless the head of a request gets too large."""
        self._head += len(data)
        super().data_received(data)
        if self._timer is not None and self._head > MOST_HEADER_BYTES and not self.transport.is_closing():
            self.send_400_response("The head of the request is too large.")

    def on_message_begin(self) -> None:
        """Begin to wait for the rest of the head."""
        super().on_message_begin()
        self._head = 0
        if self._timer is None:
            self._wait_for_head()

    def on_headers_complete(self) -> None:
        """Wait for the head no more."""
        self._head_is_there()
        super().on_headers_complete()

    def _wait_for_head(self) -> None:
        self._timer = self.loop.call_later(HEADERS_S, self.transport.close)

    def _head_is_there(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class Server(uvicorn.Server):
    """Uvicorn's server, which after SIGTERM goes on for a while.

    First the service is not ready any more, and every answer ends its connection; those who send requests here notice,
    and turn elsewhere. Then nothing more is accepted, and what runs is finished. A second signal ends it at once.
    """

    def __init__(self, config: uvicorn.Config, drain: Any, drain_seconds: float):
        super().__init__(config)
        self._drain, self._drain_seconds = drain, drain_seconds

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end."""
        if self._drain.begun or sig == signal.SIGINT or self._drain_seconds <= 0:
            self._drain.begun = True
            super().handle_exit(sig, frame)
            return
        self._drain.begun = True
        asyncio.get_running_loop().call_later(self._drain_seconds, super().handle_exit, sig, None)


def serve(app: FastAPI, settings: Settings, host: str, port: int) -> bool:
    """Serve until a signal ends it; return whether it had started."""
    limits = settings.serving.limits
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=Protocol,
        ws="none",
        loop="asyncio" if sys.platform == "win32" else "uvloop",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=limits.shutdown_seconds,
    )
    server = Server(config, app.state.drain, limits.drain_seconds)
    server.run()
    return server.started
