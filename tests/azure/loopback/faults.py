"""Misbehaviour on demand: answers that a test wants to certain requests, instead of what they ask for."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

HANG_UP, PAGE, NO_FIELDS = 0, 1, 2
CODES = {
    401: "AuthenticationFailed",
    403: "AuthorizationFailed",
    404: "ResourceNotFound",
    409: "Conflict",
    429: "TooManyRequests",
    500: "InternalServerError",
}


@dataclass
class Fault:
    """The answer to requests of a method whose host and path match a pattern, for as many times as given.

    The status HANG_UP stands for an answer of which half arrives, and then the connection breaks; PAGE for what a proxy
    on the way says, with status 200; NO_FIELDS for JSON in which nothing stands, with status 200.
    """

    method: str
    pattern: str
    status: int
    times: int
    headers: dict[str, str] = field(default_factory=dict)

    def matches(self, request: Request) -> bool:
        """Tell whether this request is to be answered so."""
        place = f"{request.url.hostname}{request.url.path}"
        return self.times > 0 and request.method == self.method and re.search(self.pattern, place, re.I) is not None

    def answer(self) -> Response:
        """Give the answer, once."""
        self.times -= 1
        if self.status == HANG_UP:
            return Response(b'"half', headers={"Content-Length": "1000"}, media_type="application/json")
        if self.status == PAGE:
            return HTMLResponse("<html><body>Sign in to the network of your hotel</body></html>")
        if self.status == NO_FIELDS:
            return JSONResponse({})
        return error(self.status, f"The test wants {self.status} here.", headers=self.headers)


def error(status: int, message: str, code: str | None = None, headers: dict[str, str] | None = None) -> Response:
    """Return an error in the shape of Azure Resource Manager."""
    body = {"error": {"code": code or CODES.get(status, "Error"), "message": message}}
    return JSONResponse(body, status_code=status, headers=headers)
