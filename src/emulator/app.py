"""The ASGI application: the routes of the service, and the steps common to all requests."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from src.emulator.answers import Recordings
from src.emulator.api_versions import check_dated_version, check_undated_version
from src.emulator.auth import authenticate
from src.emulator.deployments import Deployment, find
from src.emulator.errors import ServiceError, gateway_error, invalid_request, not_found
from src.emulator.faults import FaultPlan
from src.emulator.limits import RateLimiter
from src.emulator.models import model_body
from src.emulator.operations import Operation, answer_chat, answer_embeddings
from src.emulator.page_requests import serve_page
from src.emulator.pages import page_handlers
from src.emulator.parameters import parse_object, required, string
from src.emulator.responses import NoResponse, whole
from src.emulator.settings import EmulatorSettings
from src.emulator.wire import dump_json, new_id

# A larger body is processed in a thread, so that it does not delay other requests.
_LARGE_BODY = 32_768

_logger = logging.getLogger(__name__)


class Service:
    """The state of one emulator: its deployments, quotas and faults."""

    def __init__(self, settings: EmulatorSettings):
        self.settings = settings
        self.deployments = {deployment.name: deployment for deployment in settings.deployments}
        self.limiters = {name: RateLimiter(settings.rpm, settings.tpm) for name in self.deployments}
        self.answerer = settings.answerer or Recordings()
        self.plan = FaultPlan(settings.seed, settings.faults, settings.latency_ms)

    def admit(self, request: Request) -> tuple[bool, str | None]:
        """Check a request's key and API version.

        Returns:
            Whether it uses an Azure path, and Azure's dated version, which is None where the path takes none.

        Raises:
            ServiceError: 401, 404 or 400.
        """
        path = request.url.path
        azure = path.startswith("/openai/")
        authenticate(request.headers, self.settings.api_key, azure)
        version = request.query_params.get("api-version")
        if not azure:
            return False, None
        if path.startswith("/openai/v1/"):
            check_undated_version(version)
            return True, None
        return True, check_dated_version(version)

    def deployment(self, request: Request, body: dict, azure: bool) -> Deployment:
        """The deployment that a request names in its path or its body.

        Raises:
            ServiceError: 404, if there is none of that name; 400, if the request names none.
        """
        name = request.path_params.get("deployment")
        if name is None:
            required(body, "model")
            name = string(body, "model") or ""
        return find(self.deployments, name, azure)

    async def serve(self, operate: Callable, request: Request) -> Response:
        """Run the steps that chat completions and embeddings have in common.

        Raises:
            ServiceError: the error response to an invalid request, or a fault.
        """
        azure, version = self.admit(request)
        raw = await _read(request, self.settings.max_body_bytes)
        if "deployment" in request.path_params:
            self.deployment(request, {}, azure)
        decision = self.plan.draw(
            request.url.path, raw, request.headers.get("x-emulator-fault"), request.headers.get("x-emulator-latency-ms")
        )
        if decision.latency_ms:
            await asyncio.sleep(decision.latency_ms / 1000)
        if decision.fault is not None:
            if decision.fault.kind == "timeout":
                return NoResponse(decision.fault.option("seconds"))
            error = decision.fault.error()
            if error is not None:
                raise error
        body = parse_object(raw)
        deployment = self.deployment(request, body, azure)
        run = asyncio.to_thread if len(raw) > _LARGE_BODY else _run_inline
        response, delay = await operate(
            Operation(body, deployment, self.limiters[deployment.name], azure, version, decision, run)
        )
        if delay:
            await asyncio.sleep(delay)
        return response


async def _run_inline(work: Callable, *arguments: object) -> object:
    return work(*arguments)


async def _read(request: Request, max_bytes: int) -> bytes:
    """A request's body.

    Raises:
        ServiceError: 413, if it is larger than `max_bytes`.
    """
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= max_bytes:
            chunks.append(chunk)
    if size > max_bytes:
        raise gateway_error(413, "RequestEntityTooLarge", f"The request is {size} bytes long; {max_bytes} are allowed.")
    return b"".join(chunks)


async def _list_models(service: Service, request: Request) -> Response:
    azure, _ = service.admit(request)
    data = [model_body(deployment, azure) for deployment in service.deployments.values()]
    return whole(dump_json({"object": "list", "data": data}), {})


async def _get_model(service: Service, request: Request) -> Response:
    azure, _ = service.admit(request)
    deployment = find(service.deployments, request.path_params["model"], azure)
    return whole(dump_json(model_body(deployment, azure)), {})


async def _health(service: Service, request: Request) -> Response:
    return whole(b'{"status":"ok"}', {})


def _routes(service: Service) -> list[Route]:
    def endpoint(handle: Callable) -> Callable:
        async def run(request: Request) -> Response:
            try:
                response = await handle(request)
            except ServiceError as exc:
                response = exc.response()
            for name, value in _service_headers(request).items():
                response.headers.setdefault(name, value)
            return response

        return run

    chat = endpoint(partial(service.serve, partial(answer_chat, answerer=service.answerer)))
    embeddings = endpoint(partial(service.serve, answer_embeddings))
    models, model = endpoint(partial(_list_models, service)), endpoint(partial(_get_model, service))
    routes = [
        Route("/openai/deployments/{deployment}/chat/completions", chat, methods=["POST"]),
        Route("/openai/deployments/{deployment}/embeddings", embeddings, methods=["POST"]),
    ]
    for base in ("/v1", "/openai/v1"):
        routes += [
            Route(f"{base}/chat/completions", chat, methods=["POST"]),
            Route(f"{base}/embeddings", embeddings, methods=["POST"]),
        ]
    for base in ("/v1", "/openai/v1", "/openai"):
        routes += [Route(f"{base}/models", models), Route(f"{base}/models/{{model}}", model)]
    routes += [
        Route(path, endpoint(partial(serve_page, service.plan, handle)))
        for path, handle in page_handlers(service.settings)
    ]
    return [*routes, Route("/healthz", endpoint(partial(_health, service)))]


def _service_headers(request: Request) -> dict[str, str]:
    """The headers of every response; operators quote the first one to support."""
    headers = {
        "apim-request-id": new_id(),
        "x-request-id": new_id(),
        "x-ms-region": "Emulator",
        "x-emulator": "no language model",
    }
    if "x-ms-client-request-id" in request.headers:
        headers["x-ms-client-request-id"] = request.headers["x-ms-client-request-id"]
    return headers


async def _on_http_error(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, HTTPException)
    error = (
        not_found()
        if exc.status_code == 404
        else invalid_request(
            f"Not allowed to {request.method} on {request.url.path}.", None, "method_not_supported", exc.status_code
        )
    )
    response = error.response()
    response.headers.update({**_service_headers(request), **(exc.headers or {})})
    return response


async def _on_disconnect(request: Request, exc: Exception) -> Response:
    return gateway_error(
        499, "ClientClosedRequest", "The client disconnected before its request was complete."
    ).response()


async def _on_bug(request: Request, exc: Exception) -> Response:
    _logger.error("The emulator failed to answer %s %s", request.method, request.url.path, exc_info=exc)
    response = gateway_error(
        500,
        "InternalServerError",
        f"The emulator has a bug: {type(exc).__name__}. See the traceback on its standard error.",
    ).response()
    response.headers.update(_service_headers(request))
    return response


def create_app(settings: EmulatorSettings) -> Starlette:
    """The emulator's ASGI application.

    The server has to set `scope["extensions"]["emulator"]["hang_up"]` to a function that closes the connection, as
    `src.emulator.server` does; the faults `cut` and `timeout` call it.

    Raises:
        ValueError: if the settings' faults have rates that add up to more than 1, or a folder does not exist.
    """
    return Starlette(
        routes=_routes(Service(settings)),
        exception_handlers={HTTPException: _on_http_error, ClientDisconnect: _on_disconnect, Exception: _on_bug},
    )
