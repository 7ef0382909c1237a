"""The ASGI application: the paths of the service, and what every request goes through."""

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

from src.emulator.api_versions import check_dated_version, check_undated_version
from src.emulator.auth import authenticate
from src.emulator.chat import complete, completion_body
from src.emulator.chat_request import parse_chat_request
from src.emulator.deployments import Deployment, Family, find, refuse_operation
from src.emulator.embedding_request import embedding_body, parse_embedding_request
from src.emulator.errors import ServiceError, gateway_error, invalid_request, not_found
from src.emulator.faults import Fate, FaultPlan
from src.emulator.limits import RateLimiter
from src.emulator.models import model_body
from src.emulator.pages import page_handlers
from src.emulator.parameters import parse_object, required, string
from src.emulator.responses import NoResponse, Parts, whole
from src.emulator.settings import EmulatorSettings
from src.emulator.streaming import events
from src.emulator.tokens import tokenizer
from src.emulator.visits import visit
from src.emulator.wire import dump_json, new_id

# A body of this many bytes is worked on in a thread, so that other requests don't wait for it.
_LARGE_BODY = 32_768

_logger = logging.getLogger(__name__)


class Service:
    """What the requests of one emulator share: its deployments, quotas and faults."""

    def __init__(self, settings: EmulatorSettings):
        self.settings = settings
        self.deployments = {deployment.name: deployment for deployment in settings.deployments}
        self.limiters = {name: RateLimiter(settings.rpm, settings.tpm) for name in self.deployments}
        self.plan = FaultPlan(settings.seed, settings.faults, settings.latency_ms)

    def admit(self, request: Request) -> tuple[bool, str | None]:
        """Check a request's key and version.

        Returns:
            Whether it came by an Azure path, and Azure's dated version, which is None where the path needs none.

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

    async def operate(self, operation: Callable, request: Request) -> Response:
        """Take a request through everything that chat completions and embeddings have in common.

        Raises:
            ServiceError: the service's answer to what is wrong with it.
        """
        azure, version = self.admit(request)
        raw = await _read(request, self.settings.max_body_bytes)
        if "deployment" in request.path_params:
            self.deployment(request, {}, azure)
        fate = self.plan.draw(request.url.path, raw, request.headers.get("x-emulator-fault"),
                              request.headers.get("x-emulator-latency-ms"))
        if fate.latency_ms:
            await asyncio.sleep(fate.latency_ms / 1000)
        if fate.fault is not None:
            if fate.fault.kind == "timeout":
                return NoResponse(fate.fault.option("seconds"))
            error = fate.fault.error()
            if error is not None:
                raise error
        body = parse_object(raw)
        deployment = self.deployment(request, body, azure)
        run = partial(operation, self, body, deployment, azure, version, fate)
        response, delay = await asyncio.to_thread(run) if len(raw) > _LARGE_BODY else run()
        if delay:
            await asyncio.sleep(delay)
        return response


def _chat(
    service: Service, body: dict, deployment: Deployment, azure: bool, version: str | None, fate: Fate,
) -> tuple[Response, float]:
    """Answer a chat completion; beside the response, the seconds to wait before it."""
    if deployment.family is Family.EMBEDDING:
        raise refuse_operation("chatCompletion", deployment)
    counter = tokenizer("o200k_base")
    request = parse_chat_request(body, deployment, counter, version)
    limiter = service.limiters[deployment.name]
    headers = limiter.admit(request.reserved_tokens)
    kind = fate.fault.kind if fate.fault else ""
    completion = complete(request, deployment, counter, azure, filtered=kind == "filtered_answer")
    limiter.settle(request.reserved_tokens, completion.prompt_tokens + completion.completion_tokens)
    if request.stream:
        return Parts(list(events(completion, request)), headers, "text/event-stream", _slowness(fate), _cut(fate)), 0.0
    return whole(dump_json(completion_body(completion, request)), headers, _cut(fate)), _slowness(fate)


def _embeddings(
    service: Service, body: dict, deployment: Deployment, azure: bool, version: str | None, fate: Fate,
) -> tuple[Response, float]:
    """Answer a request for embeddings; beside the response, the seconds to wait before it."""
    if deployment.family is not Family.EMBEDDING:
        raise refuse_operation("embeddings", deployment)
    request = parse_embedding_request(body, deployment, tokenizer("cl100k_base"))
    headers = service.limiters[deployment.name].admit(request.prompt_tokens)
    return whole(dump_json(embedding_body(request, deployment)), headers, _cut(fate)), _slowness(fate)


def _slowness(fate: Fate) -> float:
    return fate.fault.option("delay_ms") / 1000 if fate.fault and fate.fault.kind == "slow" else 0.0


def _cut(fate: Fate) -> float | None:
    return fate.fault.option("after") if fate.fault and fate.fault.kind == "cut" else None


async def _read(request: Request, most: int) -> bytes:
    """A request's body.

    Raises:
        ServiceError: 413, if it is larger than `most` bytes.
    """
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= most:
            chunks.append(chunk)
    if size > most:
        raise gateway_error(413, "RequestEntityTooLarge", f"The request is {size} bytes long; {most} are allowed.")
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
            response.headers.update(_service_headers(request))
            return response
        return run

    chat = endpoint(partial(service.operate, _chat))
    embeddings = endpoint(partial(service.operate, _embeddings))
    models, model = endpoint(partial(_list_models, service)), endpoint(partial(_get_model, service))
    routes = [Route("/openai/deployments/{deployment}/chat/completions", chat, methods=["POST"]),
              Route("/openai/deployments/{deployment}/embeddings", embeddings, methods=["POST"])]
    for base in ("/v1", "/openai/v1"):
        routes += [Route(f"{base}/chat/completions", chat, methods=["POST"]),
                   Route(f"{base}/embeddings", embeddings, methods=["POST"])]
    for base in ("/v1", "/openai/v1", "/openai"):
        routes += [Route(f"{base}/models", models), Route(f"{base}/models/{{model}}", model)]
    routes += [Route(path, endpoint(partial(visit, service.plan, handle)))
               for path, handle in page_handlers(service.settings)]
    return [*routes, Route("/healthz", endpoint(partial(_health, service)))]


def _service_headers(request: Request) -> dict[str, str]:
    """The headers that every answer of the service has; operators quote the first one to support."""
    headers = {"apim-request-id": new_id(), "x-request-id": new_id(), "x-ms-region": "Emulator",
               "x-emulator": "stand-in, no language model"}
    if "x-ms-client-request-id" in request.headers:
        headers["x-ms-client-request-id"] = request.headers["x-ms-client-request-id"]
    return headers


async def _on_http_error(request: Request, exc: HTTPException) -> Response:
    error = not_found() if exc.status_code == 404 else invalid_request(
        f"Not allowed to {request.method} on {request.url.path}.", None, "method_not_supported", exc.status_code)
    response = error.response()
    response.headers.update({**_service_headers(request), **(exc.headers or {})})
    return response


async def _on_disconnect(request: Request, exc: ClientDisconnect) -> Response:
    return gateway_error(499, "ClientClosedRequest", "The client left before its request was complete.").response()


async def _on_bug(request: Request, exc: Exception) -> Response:
    _logger.error("The emulator failed to answer %s %s", request.method, request.url.path, exc_info=exc)
    response = gateway_error(500, "InternalServerError", f"The emulator has a bug: {type(exc).__name__}. "
                                                         "Its standard error tells where.").response()
    response.headers.update(_service_headers(request))
    return response


def create_app(settings: EmulatorSettings) -> Starlette:
    """The emulator's ASGI application.

    It needs a server that puts a function into `scope["extensions"]["emulator.hang_up"]` by which the faults `cut` and
    `timeout` close the connection, as `src.emulator.server` does.

    Raises:
        ValueError: if the settings' faults have rates that add up to more than 1, or a folder does not exist.
    """
    return Starlette(routes=_routes(Service(settings)), exception_handlers={
        HTTPException: _on_http_error, ClientDisconnect: _on_disconnect, Exception: _on_bug})
