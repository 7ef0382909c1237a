"""A real web server on loopback that sends each path what a test wants, byte by byte."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager


def page(body: bytes | str = b"", status: str = "200 OK", content_type: str = "text/html", **headers: str) -> bytes:
    """The bytes of an answer."""
    body = body.encode() if isinstance(body, str) else body
    fields = {"Content-Type": content_type, "Content-Length": str(len(body)), "Connection": "close",
              **{name.replace("_", "-").title(): value for name, value in headers.items()}}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def json_page(value: object, status: str = "200 OK") -> bytes:
    return page(json.dumps(value), status, "application/json")


def hits(*urls: str) -> bytes:
    """The answer of a search in Bing's shape."""
    return json_page({"webPages": {"value": [
        {"name": f"Title {place}", "url": url, "snippet": f"Snippet {place}"} for place, url in enumerate(urls)
    ]}})


class PlanWeb(AbstractContextManager):
    """Answers each path, its query apart, with bytes, or by a function that is given a function to send bytes with.

    Attributes:
        pages: what to answer to a path; 404 to others.
        heads: the heads of the requests so far.
    """

    def __init__(self):
        self.pages: dict[str, bytes | Callable[[Callable[[bytes], None]], None]] = {}
        self.heads: list[str] = []
        self.closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> PlanWeb:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    def asked(self) -> list[str]:
        """The paths that were asked for, with their queries."""
        return [head.split(" ")[1] for head in self.heads]


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64


def _handler(web: PlanWeb) -> type[socketserver.BaseRequestHandler]:
    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            head = b""
            try:
                while b"\r\n\r\n" not in head and (data := self.request.recv(4096)):
                    head += data
                if head:
                    web.heads.append(head.decode())
                    found = web.pages.get(head.split(b" ")[1].decode().partition("?")[0], page(b"", "404 Not Found"))
                    found(self.request.sendall) if callable(found) else self.request.sendall(found)
            except OSError:
                pass  # the client has gone

    return Handler
