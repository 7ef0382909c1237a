"""Misbehaviour on demand: answers that a test wants to certain requests, instead of what they ask for."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

HANG_UP, PAGE, NO_FIELDS = 0, 1, 2
OF_SERVICES = ".api.azureml.ms"  # what the host of a workspace's own services ends in
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

    def answer(self, host: str) -> Response:
        """Give the answer, once, in the shape of the errors of a host."""
        self.times -= 1
        if self.status == HANG_UP:
            return Response(b'"half', headers={"Content-Length": "1000"}, media_type="application/json")
        if self.status == PAGE:
            return HTMLResponse("<html><body>Sign in to the network of your hotel</body></html>")
        if self.status == NO_FIELDS:
            return JSONResponse({})
        refused = service_error if host.endswith(OF_SERVICES) else error
        return refused(self.status, f"The test wants {self.status} here.", headers=self.headers)


def service_error(
    status: int, message: str, code: str = "UserError", headers: dict[str, str] | None = None
) -> Response:
    """Return an error in the shape of the workspace's own services: run history, flow, data, artifacts.

    Source: RootError in Azure/azure-rest-api-specs, machinelearningservices/data-plane/.../runHistory.json.
    """
    inner = {"code": CODES.get(status, "Error"), "innerError": None}
    about = {"code": code if status < 500 else "ServiceError", "severity": None, "message": message, "details": []}
    root = {**about, "messageFormat": None, "messageParameters": {}, "referenceCode": None, "innerError": inner}
    correlation = {"operation": secrets.token_hex(16), "request": secrets.token_hex(8)}
    place = {"environment": "westeurope", "location": "westeurope", "componentName": "run-history"}
    body = {"error": root, "correlation": correlation, "time": "2026-01-01T00:00:00.0000000+00:00", **place}
    return JSONResponse(body, status_code=status, headers=headers)


def error(status: int, message: str, code: str | None = None, headers: dict[str, str] | None = None) -> Response:
    """Return an error in the shape of Azure Resource Manager."""
    body = {"error": {"code": code or CODES.get(status, "Error"), "message": message}}
    return JSONResponse(body, status_code=status, headers=headers)
