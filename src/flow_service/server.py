"""The HTTP server: uvicorn with timeouts for slow clients and a graceful shutdown."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mlops.common.errors import UserError
from src.flow_service.settings import ServiceSettings
from src.flow_service.speedups import freeze_gc

LOG = logging.getLogger("flow_service")
HEADERS_S = 15.0  # timeout for the head of a request
MAX_HEADER_BYTES = 32_768
READ_S = 60.0  # timeout for a client that stops reading its response
IN_FLIGHT_S = 0.5  # to wait for a request that a client may have sent before it learned of the shutdown
KEEP_ALIVE_S = 75  # longer than most load balancers keep an idle connection, so that they close it first
BACKLOG = 2_048


class Protocol(HttpToolsProtocol):
    """Uvicorn's protocol with limits on the head of a request, its size and time, and a timeout for reading responses.

    Data that the kernel does not accept for a client counts as unread. A client that reads nothing for a while is
    disconnected, whether it is sent a response, a stream, a file, or responses to pipelined requests.
    """

    _head_timer: asyncio.TimerHandle | None = None
    _read_timer: asyncio.TimerHandle | None = None
    _head_bytes = 0

    def connection_made(self, transport: Any) -> None:
        """Start the timeout of the first request."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=0)
        self._start_head_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the timeouts."""
        self._cancel_head_timer()
        self._cancel_read_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse data, unless the head of a request gets too large."""
        waiting = self._head_timer is not None
        super().data_received(data)
        if self._head_timer is None:
            return
        self._head_bytes = self._head_bytes + len(data) if waiting else 0  # the rest of a body may precede it
        if self._head_bytes > MAX_HEADER_BYTES and not self.transport.is_closing():
            self.send_400_response("The head of the request is too large.")

    def on_message_begin(self) -> None:
        """Start the timeout of the rest of the head."""
        super().on_message_begin()
        self._head_bytes = 0
        if self._head_timer is None:
            self._start_head_timer()

    def on_headers_complete(self) -> None:
        """Cancel the timeout of the head."""
        self._cancel_head_timer()
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > MAX_HEADER_BYTES:
            raise ValueError("the head of the request is too large")  # uvicorn responds with 400
        super().on_headers_complete()

    def pause_writing(self) -> None:
        """Start the timeout for reading."""
        super().pause_writing()
        if self._read_timer is None:
            self._read_timer = self.loop.call_later(READ_S, self.transport.abort)

    def resume_writing(self) -> None:
        """Cancel the timeout for reading."""
        super().resume_writing()
        self._cancel_read_timer()

    def shutdown(self) -> None:
        """Close after the response; wait for a request that may be in flight on an idle connection."""
        if self.cycle is None or self.cycle.response_complete:
            self.loop.call_later(IN_FLIGHT_S, super().shutdown)
        else:
            super().shutdown()

    def _start_head_timer(self) -> None:
        self._head_timer = self.loop.call_later(HEADERS_S, self.transport.close)

    def _cancel_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _cancel_read_timer(self) -> None:
        if self._read_timer is not None:
            self._read_timer.cancel()
            self._read_timer = None


class Server(uvicorn.Server):
    """Uvicorn's server with a drain period after SIGTERM.

    During it the service is not ready, and every response closes its connection, so that load balancers send requests
    elsewhere. Then it stops accepting requests and finishes those that run. A second signal stops it at once.
    """

    def __init__(self, config: uvicorn.Config, drain: Any, drain_seconds: float):
        super().__init__(config)
        self._drain, self._drain_seconds = drain, drain_seconds

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Load the flows and start to listen."""
        await super().startup(sockets)
        freeze_gc()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish running requests, those on connections that only the kernel has accepted so far included."""
        serve = asyncio.get_running_loop().connect_accepted_socket
        pending = [connection for listener in sockets or () for connection in _pending_connections(listener)]
        served = [asyncio.ensure_future(serve(self._protocol, connection)) for connection in pending]
        await super().shutdown(sockets)
        await asyncio.gather(*served, return_exceptions=True)

    def _protocol(self) -> Protocol:
        return Protocol(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Start the shutdown, or on the second signal stop at once."""
        again, self._drain.started = self._drain.started, True
        if sig == signal.SIGINT:  # Ctrl+C: a person at a terminal does not want to wait
            super().handle_exit(sig, frame)
        elif again:
            self.force_exit = self.should_exit
            self.should_exit = True
        else:
            asyncio.get_running_loop().call_soon_threadsafe(self._start_shutdown)

    def _start_shutdown(self) -> None:
        LOG.info(
            "SIGTERM: draining; requests are accepted for another %g s, and running ones are finished",
            self._drain_seconds,
        )
        asyncio.get_running_loop().call_later(self._drain_seconds, self._stop)

    def _stop(self) -> None:
        # Uvicorn's own handler would raise the signal again in the end, and the exit status would not be 0.
        self.should_exit = True


def _pending_connections(listener: socket.socket) -> Iterator[socket.socket]:
    listener.setblocking(False)
    while True:
        try:
            yield listener.accept()[0]
        except OSError:  # no more
            return


def raise_connection_limit() -> None:
    """Raise the limit of open files, often 1,024, to the maximum that the system allows."""
    if sys.platform != "win32":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that is bound to an address.

    Raises:
        UserError: the address is not available.
    """
    try:
        listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        if sys.platform != "win32":  # where it would allow two processes to share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"can't listen on {host}:{port}: {reason}; choose another --port, or --host") from None
    return listener


def serve(app: FastAPI, settings: ServiceSettings, listener: socket.socket) -> bool:
    """Serve until a signal stops it; return whether it had started."""
    raise_connection_limit()
    server = Server(server_config(app, settings), app.state.drain, settings.serving.limits.drain_seconds)
    server.run(sockets=[listener])
    if server.started:
        LOG.info("the service has stopped")
    return server.started


def server_config(app: FastAPI, settings: ServiceSettings) -> uvicorn.Config:
    """Return uvicorn's configuration for an application."""
    return uvicorn.Config(
        app,
        http=Protocol,
        ws="none",
        loop="asyncio" if sys.platform == "win32" else "uvloop",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=settings.serving.limits.shutdown_seconds,
    )
