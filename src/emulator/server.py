"""The emulator as a server in a thread of this process."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
import time
from contextlib import AbstractContextManager
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from src.emulator.app import create_app
from src.emulator.settings import EmulatorSettings
from src.emulator.tokens import tokenizer

_KEEP_ALIVE_S = 120
_BACKLOG = 2_048
_READY_WITHIN_S = 30.0
_DRAIN_S = 0.5
_CHECK_EVERY_S = 0.01


class EmulatorError(RuntimeError):
    """The emulator could not start; the text gives the reason and the remedy."""


class Emulator(AbstractContextManager):
    """An emulator on loopback, for as long as the context lasts.

    `with Emulator() as emulator:` serves on a free port in a thread of its own, sets no signal handlers and logs
    nothing but its own bugs. Several can run in one process.

    Args:
        settings: how it behaves.

    Raises:
        EmulatorError: on entering, if the address is not available.
        ValueError: if the settings contradict themselves.
    """

    def __init__(self, settings: EmulatorSettings | None = None):
        self.settings = settings or EmulatorSettings()
        self._app = create_app(self.settings)
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._ready = threading.Event()
        self._port = 0

    @property
    def port(self) -> int:
        """The port that it listens on.

        Raises:
            EmulatorError: before it was started.
        """
        if self._socket is None:
            raise EmulatorError("The emulator has no port yet: enter its context first, `with Emulator() as emulator`.")
        return self._port

    @property
    def endpoint(self) -> str:
        """Its address, such as `http://127.0.0.1:54321`; what Azure clients take as their endpoint."""
        host = f"[{self.settings.host}]" if ":" in self.settings.host else self.settings.host
        return f"http://{host}:{self.port}"

    def __enter__(self) -> Emulator:
        """Start it and wait until it answers."""
        self._socket = _bind(self.settings.host, self.settings.port)
        self._port = self._socket.getsockname()[1]
        name = f"emulator-{self._port}"
        self._thread = threading.Thread(target=self._run, args=(self._socket,), name=name, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + _READY_WITHIN_S
        while not self._ready.wait(_CHECK_EVERY_S):
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise EmulatorError(f"The emulator did not get ready on port {self._port}; see standard error.")
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Stop it: running requests get half a second, then their connections are closed."""
        if self._loop is not None and self._stopping is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join()

    def _run(self, listener: socket.socket) -> None:
        self._loop = _new_loop()
        try:
            self._loop.run_until_complete(self._serve(listener))
            self._loop.run_until_complete(_cancel_others())
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
        finally:
            self._loop.close()

    async def _serve(self, listener: socket.socket) -> None:
        # With uvicorn's own Server, starting would log, and stopping would poll every tenth of a second.
        config = uvicorn.Config(self._app, lifespan="off", log_config=None, ws="none", timeout_keep_alive=_KEEP_ALIVE_S)
        config.load()
        state = ServerState()
        loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        for name in ("o200k_base", "cl100k_base"):
            tokenizer(name)
        server = await loop.create_server(lambda: _Protocol(config, state, {}, loop), sock=listener, backlog=_BACKLOG)
        self._ready.set()
        await self._stopping.wait()
        server.close()
        await _drain(state)


async def _drain(state: ServerState) -> None:
    """Close idle connections, let the busy ones finish for a moment, then close them too."""
    for connection in list(state.connections):
        connection.shutdown()
    deadline = time.monotonic() + _DRAIN_S
    while state.tasks and time.monotonic() < deadline:
        await asyncio.sleep(_CHECK_EVERY_S)
    for connection in list(state.connections):
        connection.transport.abort()
    for task in list(state.tasks):
        task.cancel()
    if state.tasks:
        await asyncio.wait(list(state.tasks), timeout=_DRAIN_S)


async def _cancel_others() -> None:
    """Cancel tasks that answerers have left running."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


class _Protocol(HttpToolsProtocol):
    """Uvicorn's HTTP protocol, silent, and with a way for the application to hang up."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        # A logger outside the process's tree: protocol errors of clients do not belong in the log of a flow's run.
        self.logger = logging.Logger("emulator.http", logging.CRITICAL + 1)
        self.access_log = False

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {"emulator": {"hang_up": self.transport.close}}


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except (OSError, OverflowError) as exc:
        listener.close()
        reason = getattr(exc, "strerror", None) or str(exc)
        raise EmulatorError(
            f"Can't listen on {host}:{port}: {reason}. Choose another --port, or 0 for a free one."
        ) from exc
    return listener


def _new_loop() -> asyncio.AbstractEventLoop:
    """An event loop of uvloop where that is installed: it is about twice as fast."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
