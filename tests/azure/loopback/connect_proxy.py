"""The way out for the commands under test: a proxy that leads Azure's host names to loopback and refuses the rest."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

HEAD_LIMIT = 16_384  # bytes of a CONNECT request
UNREACHABLE = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"
REFUSED = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"


class ConnectProxy:
    """An HTTP proxy that knows CONNECT alone.

    Args:
        port_of: gives the port on 127.0.0.1 that stands in for a host, or None for a host that is to be refused.

    Attributes:
        port: where it listens, once it is started.
        connected: the hosts to which it has led someone.
        refused: the hosts that were asked for and refused.
        down: hosts that are known, but do not answer.
        cut_after: hosts to which a connection breaks off once it has carried so many bytes there.
    """

    def __init__(self, port_of: Callable[[str], int | None]):
        self._port_of = port_of
        self._server: asyncio.Server | None = None
        self.port = 0
        self.connected: set[str] = set()
        self.refused: set[str] = set()
        self.down: set[str] = set()
        self.cut_after: dict[str, int] = {}

    async def start(self) -> None:
        """Listen on a free port of 127.0.0.1."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=HEAD_LIMIT)
        self.port = self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        """Take no more connections."""
        if self._server:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            head = await reader.readuntil(b"\r\n\r\n")
            method, target = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")[:2]
            host = target.rpartition(":")[0] if method == "CONNECT" else target
            port = self._port_of(host) if method == "CONNECT" else None
            if host in self.down:
                writer.write(UNREACHABLE)
                await writer.drain()
            elif port is None:
                self.refused.add(host)
                writer.write(REFUSED)
                await writer.drain()
            else:
                self.connected.add(host)
                await _tunnel(reader, writer, port, self.cut_after.get(host))
        writer.close()


async def _tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int, cut_after: int | None) -> None:
    """Carry bytes both ways until both sides have said all they had to say, or the connection is to break off."""
    there_reader, there_writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
    try:
        await asyncio.gather(_copy(reader, there_writer, cut_after), _copy(there_reader, writer, None))
    finally:
        there_writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cut_after: int | None) -> None:
    carried = 0
    try:
        while piece := await reader.read(65_536):
            carried += len(piece)
            if cut_after is not None and carried > cut_after:
                raise ConnectionAbortedError
            writer.write(piece)
            await writer.drain()
    finally:
        with contextlib.suppress(OSError, RuntimeError):
            writer.close()
