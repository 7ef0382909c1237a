"""The HTTP server: uvicorn, with clients that take their time kept in check, and an end that loses no request."""

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
from src.flow_service.settings import Settings
from src.flow_service.speedups import keep_what_is_loaded

LOG = logging.getLogger("flow_service")
HEADERS_S = 15.0  # within which the head of a request has to be there
MOST_HEADER_BYTES = 32_768
READ_S = 60.0  # within which a client has to go on reading its answer
ON_ITS_WAY_S = 0.5  # for which a request is waited for that a client may have sent before it knew of the end
KEEP_ALIVE_S = 75  # longer than most load balancers keep an idle connection, so that they are the ones to close it
BACKLOG = 2_048


class Protocol(HttpToolsProtocol):
    """Uvicorn's protocol, with limits: of the time for the head of a request and of its size, and of reading answers.

    What the kernel does not take for a client counts as not read. A client that reads nothing for a while is cut off,
    whatever it is that waits for it: an answer, a stream, a file, or requests that were sent one after the other.
    """

    _timer: asyncio.TimerHandle | None = None
    _reading: asyncio.TimerHandle | None = None
    _head = 0

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first request."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=0)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._head_is_there()
        self._client_reads()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless the head of a request gets too large."""
        waiting = self._timer is not None
        super().data_received(data)
        if self._timer is None:
            return
        self._head = self._head + len(data) if waiting else 0  # the rest of a body may have come with it
        if self._head > MOST_HEADER_BYTES and not self.transport.is_closing():
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
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > MOST_HEADER_BYTES:
            raise ValueError("the head of the request is too large")  # which uvicorn answers with 400
        super().on_headers_complete()

    def pause_writing(self) -> None:
        """Begin to wait for the client to read."""
        super().pause_writing()
        if self._reading is None:
            self._reading = self.loop.call_later(READ_S, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on."""
        super().resume_writing()
        self._client_reads()

    def shutdown(self) -> None:
        """End after the answer; a connection without a request may have one on its way, which is waited for."""
        if self.cycle is None or self.cycle.response_complete:
            self.loop.call_later(ON_ITS_WAY_S, super().shutdown)
        else:
            super().shutdown()

    def _wait_for_head(self) -> None:
        self._timer = self.loop.call_later(HEADERS_S, self.transport.close)

    def _head_is_there(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _client_reads(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None


class Server(uvicorn.Server):
    """Uvicorn's server, which after SIGTERM goes on for a while.

    First the service is not ready any more, and every answer ends its connection; those who send requests here notice,
    and turn elsewhere. Then nothing more is accepted, and what runs is finished. A second signal ends it at once.
    """

    def __init__(self, config: uvicorn.Config, drain: Any, drain_seconds: float):
        super().__init__(config)
        self._drain, self._drain_seconds = drain, drain_seconds

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Load the flows and begin to listen."""
        await super().startup(sockets)
        keep_what_is_loaded()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish what runs; connections that the kernel has taken, but the loop not yet, are taken before that."""
        serve = asyncio.get_running_loop().connect_accepted_socket
        waiting = [taken for listener in sockets or () for taken in _waiting(listener)]
        served = [asyncio.ensure_future(serve(self._protocol, taken)) for taken in waiting]
        await super().shutdown(sockets)
        await asyncio.gather(*served, return_exceptions=True)

    def _protocol(self) -> Protocol:
        return Protocol(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end."""
        again, self._drain.begun = self._drain.begun, True
        if sig == signal.SIGINT:  # a person at a terminal, who does not want to wait
            super().handle_exit(sig, frame)
        elif again:
            self.force_exit = self.should_exit
            self.should_exit = True
        else:
            asyncio.get_running_loop().call_soon_threadsafe(self._begin_to_end)

    def _begin_to_end(self) -> None:
        LOG.info("SIGTERM: not ready any more; requests are taken for another %g s, and what runs is finished",
                 self._drain_seconds)
        asyncio.get_running_loop().call_later(self._drain_seconds, self._end)

    def _end(self) -> None:
        # Uvicorn's own way would raise the signal anew in the end, and the process would not end in success.
        self.should_exit = True


def _waiting(listener: socket.socket) -> Iterator[socket.socket]:
    listener.setblocking(False)
    while True:
        try:
            yield listener.accept()[0]
        except OSError:  # there is none
            return


def allow_connections() -> None:
    """Let the process have as many connections as the system allows; often it begins with 1,024 files."""
    if sys.platform != "win32":
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        UserError: the address can't be had.
    """
    try:
        listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        if sys.platform != "win32":  # where it would let two processes share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"can't listen on {host}:{port}: {reason}; choose another --port, or --host") from None
    return listener


def serve(app: FastAPI, settings: Settings, listener: socket.socket) -> bool:
    """Serve until a signal ends it; return whether it had started."""
    allow_connections()
    server = Server(server_config(app, settings), app.state.drain, settings.serving.limits.drain_seconds)
    server.run(sockets=[listener])
    if server.started:
        LOG.info("the service has ended")
    return server.started


def server_config(app: FastAPI, settings: Settings) -> uvicorn.Config:
    """Return how uvicorn serves an application."""
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
