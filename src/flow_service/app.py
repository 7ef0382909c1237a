"""The application: `create_app(settings)` assembles it; nothing runs before it is started."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from mlops.flow_folders.definition import FlowDefinition
from model_endpoint import bypass_proxies_for_loopback
from src.flow_service.connections import make_connections, remove_connections
from src.flow_service.documents import DocumentStore
from src.flow_service.failures import LOG
from src.flow_service.flows import AppContext, load_flow, missing_packages, served_flows
from src.flow_service.guard import Guard
from src.flow_service.housekeeping import housekeeping
from src.flow_service.limits import Admission
from src.flow_service.local import with_emulator_endpoint
from src.flow_service.metrics import Metrics
from src.flow_service.model_calls import instrument_model_calls
from src.flow_service.openapi import describe_api
from src.flow_service.playground import mount_playground
from src.flow_service.prompt_flow import set_up_caches, set_up_environment, set_up_executor
from src.flow_service.readiness import Drain, Readiness
from src.flow_service.routers.documents import documents_router
from src.flow_service.routers.flows import flows_router
from src.flow_service.routers.health import health_router
from src.flow_service.running import Runner
from src.flow_service.settings import ServiceSettings, check_authentication
from src.flow_service.speedups import speed_up_model_calls
from src.flow_service.telemetry import telemetry
from src.flow_service.telemetry.exporting import check_destinations
from src.flow_service.telemetry.flows import traced_flow
from src.flow_service.telemetry.requests import RequestTelemetry


def create_app(settings: ServiceSettings) -> FastAPI:
    """Return the application that serves the flows.

    The server has to start it (the ASGI lifespan): then flows are loaded, and on `local` the emulator starts.
    `app.state.drain.started = True` makes it not ready and closes its connections after their responses.

    Raises:
        UserError: no authentication is configured, or telemetry can't be sent where the settings say.
    """
    check_authentication(settings.serving)
    check_destinations(settings.serving.telemetry)
    serving, limits = settings.serving, settings.serving.limits
    bypass_proxies_for_loopback()
    set_up_environment()
    flows = served_flows(settings)
    caches = set_up_caches(flows, serving.documents_folder)
    documents = DocumentStore(serving.documents_folder, limits)
    admission = Admission(limits.running, limits.waiting)
    metrics, drain = Metrics(admission), Drain()
    runners = {
        flow.name: Runner(flow, settings.seconds(flow.name), limits.model_retries, admission, metrics)
        for flow in flows
        if not missing_packages(flow)
    }
    readiness = Readiness(settings, drain)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            resolved = stack.enter_context(with_emulator_endpoint(settings))
            readiness.settings = resolved
            set_up_executor()
            instrument_model_calls()
            speed_up_model_calls()
            is_traced = stack.enter_context(telemetry(resolved))
            connections = make_connections(resolved)
            stack.callback(remove_connections, connections)
            context = AppContext(resolved, connections, documents)
            for runner in runners.values():
                runner.loaded = load_flow(runner.flow, context)
                if is_traced:
                    runner.loaded = traced_flow(runner.flow.name, runner.loaded, serving.telemetry.capture_content)
            await stack.enter_async_context(housekeeping(documents, caches))
            log_flows(flows)
            yield

    app = FastAPI(title="Flows", version="1.0.0", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.drain = drain
    app.include_router(flows_router(settings, runners))
    app.include_router(documents_router(documents))
    app.include_router(health_router(readiness, metrics))
    describe_api(app, settings)
    mount_playground(app, settings)
    app.add_middleware(Guard, settings=settings, drain=drain)
    _allow_origins(app, serving.cors_origins.split())
    app.add_middleware(RequestTelemetry)
    return app


def log_flows(flows: Sequence[FlowDefinition]) -> None:
    """Log which flows are served, and which packages the others need."""
    missing = {flow.name: missing_packages(flow) for flow in flows}
    for name, packages in missing.items():
        if packages:
            LOG.warning("not served: %s, which needs %s", name, ", ".join(packages))
    LOG.info("served: %s", ", ".join(name for name, packages in missing.items() if not packages) or "no flow at all")


def _allow_origins(app: FastAPI, origins: list[str]) -> None:
    if origins:
        from starlette.middleware.cors import CORSMiddleware

        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", "X-API-Key"],
            expose_headers=["Retry-After"],
        )
