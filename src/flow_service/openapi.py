"""The OpenAPI document and its page, with the problems and authentication schemes as they really are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException as StarletteHTTPException

from src.flow_service.guard import OPEN
from src.flow_service.problems import MEDIA_TYPE, Problem, ProblemDetails
from src.flow_service.settings import ServiceSettings

SCHEMES = {
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "entra": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "Microsoft Entra ID"},
}
UI = "https://cdn.jsdelivr.net"  # of Swagger UI, which FastAPI's page loads; the playground loads nothing
DOCS_POLICY = (
    f"default-src 'none'; script-src 'unsafe-inline' {UI}; style-src 'unsafe-inline' {UI}; "
    "img-src 'self' data: https://fastapi.tiangolo.com; connect-src 'self'; frame-ancestors 'none'"
)
# pydantic's errors in the words of callers of an HTTP API.
NO_OBJECT = "has to be a JSON object, sent with the header Content-Type: application/json"
NOT_BLANK = r"\S"
MESSAGES = {
    "extra_forbidden": "there is no such field",
    "list_type": "has to be a list",
    "missing": "is missing",
    "model_attributes_type": "has to be a JSON object",
    "string_too_long": "has more than {max_length:,} characters",
    "string_too_short": "must not be empty",
    "string_type": "has to be a string",
    "too_long": "has more than {max_length:,} items",
}
CODES = {404: "not_found", 405: "method_not_allowed"}


def describe_api(app: FastAPI, settings: ServiceSettings) -> None:
    """Add the OpenAPI document, its page, and the handlers that turn errors into problem details."""
    app.openapi = lambda: _document(app, settings)
    app.add_exception_handler(Problem, _answer_problem)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(StarletteHTTPException, _answer_http_error)

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        page = get_swagger_ui_html(openapi_url="openapi.json", title=app.title)
        page.headers["Content-Security-Policy"] = DOCS_POLICY
        return page


def _document(app: FastAPI, settings: ServiceSettings) -> dict[str, Any]:
    if app.openapi_schema:
        return app.openapi_schema
    document = get_openapi(title=app.title, version=app.version, routes=app.routes)
    document["info"]["description"] = "Flows, each under a path of its own. Errors are problem details (RFC 9457)."
    components = document.setdefault("components", {})
    schema = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
    components.setdefault("schemas", {}).update({**schema.pop("$defs", {}), "ProblemDetails": schema})
    for name in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(name, None)
    serving = settings.serving
    schemes = {"apiKey": bool(serving.keys), "entra": bool(serving.entra.issuer)}
    enabled = [name for name, used in schemes.items() if used]
    components["securitySchemes"] = {name: SCHEMES[name] for name in enabled}
    for path, operations in document["paths"].items():
        for operation in operations.values():
            _correct(operation, [] if path in OPEN else [{name: []} for name in enabled])
    app.openapi_schema = document
    return document


def _correct(operation: dict[str, Any], security: list[dict[str, list]]) -> None:
    """Correct what FastAPI documents otherwise: the schema of errors, and which paths are public."""
    if security:
        operation["security"] = security
    invalid = operation["responses"].get("422", {})
    if "HTTPValidationError" in str(invalid):
        invalid["content"] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}}


async def _answer_problem(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)
    return Response(problem.body(), problem.status, problem.headers, MEDIA_TYPE)


async def _answer_invalid(request: Request, error: Exception) -> Response:
    """Name every invalid field, without repeating what was sent."""
    assert isinstance(error, RequestValidationError)
    errors = []
    for problem in error.errors()[:20]:
        if problem["type"] == "json_invalid":
            return await _answer_problem(request, Problem(400, "invalid_json", "the body is not JSON"))
        place = [str(part) for part in problem["loc"] if part not in ("body", "path", "query")]
        errors.append((".".join(place)[:200], _message(problem)) if place else ("body", NO_OBJECT))
    detail = "; ".join(f"{field}: {message}" for field, message in errors[:5])
    return await _answer_problem(request, Problem(422, "invalid_request", detail, errors=errors))


def _message(problem: Mapping[str, Any]) -> str:
    if problem["type"] == "string_pattern_mismatch" and problem["ctx"]["pattern"] == NOT_BLANK:
        return "must not be blank"
    known = MESSAGES.get(problem["type"])
    return known.format_map(problem.get("ctx", {})) if known else problem["msg"].removeprefix("Value error, ")


async def _answer_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, StarletteHTTPException)
    status = error.status_code
    code = CODES.get(status, "invalid_json" if status == 400 else "error")
    detail = "the body is not JSON" if status == 400 else f"{request.method} {request.url.path[:200]}: not served here"
    allowed = (error.headers or {}).get("Allow")
    if allowed:
        detail += f", but {allowed} is"
    return await _answer_problem(request, Problem(status, code, detail, error.headers))
