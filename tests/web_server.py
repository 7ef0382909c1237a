"""A real web server on loopback whose answers may break every rule."""

from __future__ import annotations

import re
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager


def answer(body: bytes = b"", status: str = "200 OK", length: bool = True, **headers: str) -> bytes:
    """The bytes of an answer; `content_type` is the header Content-Type."""
    lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    lines += [f"Content-Length: {len(body)}"] * length
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + body


def redirect(to: str, status: str = "302 Found") -> bytes:
    return answer(status=status, location=to)


class Web(AbstractContextManager):
    """Answers each path with bytes, or by a function that is given a function to send bytes with.

    Attributes:
        pages: what to answer to a path, its query apart; 404 to others.
        requests: the paths that were asked for, with their queries.
        heads: the heads of the requests.
        bodies: their bodies.
        sent: how many bytes were sent to anybody.
    """

    def __init__(self, context: ssl.SSLContext | None = None):
        self.pages: dict[str, bytes | Callable[[Callable[[bytes], None]], None]] = {}
        self.requests: list[str] = []
        self.heads: list[str] = []
        self.bodies: list[bytes] = []
        self.sent = 0
        self.closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _handler(self, context))
        self.port = self._server.server_address[1]
        self.url = f"http{'s' if context else ''}://127.0.0.1:{self.port}"

    def __enter__(self) -> Web:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    def drip(self, data: bytes, start: int = 0, seconds: float = 0.05) -> Callable:
        """A function that sends the first bytes at once, the others one at a time."""

        def send_slowly(send: Callable[[bytes], None]) -> None:
            send(data[:start])
            for byte in data[start:]:
                if self.closing.wait(seconds):
                    return
                send(bytes((byte,)))

        return send_slowly


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64


def _handler(web: Web, context: ssl.SSLContext | None) -> type[socketserver.BaseRequestHandler]:
    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            try:
                connection = context.wrap_socket(self.request, server_side=True) if context else self.request
                head = b""
                while b"\r\n\r\n" not in head and (data := connection.recv(4096)):
                    head += data
                head, _, body = head.partition(b"\r\n\r\n")
                length = re.search(rb"(?i)^content-length: *(\d+)", head, re.MULTILINE)
                while length and len(body) < int(length[1]):
                    body += connection.recv(65536)
                if head:
                    web.bodies.append(body)
                    self.reply(head.decode(), connection)
            except OSError:
                pass  # the client has gone

        def reply(self, head: str, connection: socket.socket):
            path = head.split(" ")[1]
            web.heads.append(head)
            web.requests.append(path)
            page = web.pages.get(path.partition("?")[0], answer(b"no such page", "404 Not Found"))

            def send(data: bytes) -> None:
                connection.sendall(data)
                web.sent += len(data)

            page(send) if callable(page) else send(page)

    return Handler
