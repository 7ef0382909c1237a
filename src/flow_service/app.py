"""The application: `create_app(settings)` puts its parts together; nothing happens before it is started."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from src.flow_service.connections import forget_connections, make_connections
from src.flow_service.documents import DocumentStore
from src.flow_service.failures import LOG
from src.flow_service.flows import FLOWS, Surroundings, load_flows
from src.flow_service.guard import Guard
from src.flow_service.housekeeping import housekeeping
from src.flow_service.limits import Admission
from src.flow_service.local import endpoints
from src.flow_service.metrics import Metrics
from src.flow_service.model_calls import watch_model_calls
from src.flow_service.openapi import describe_api
from src.flow_service.playground import mount_playground
from src.flow_service.prompt_flow import set_up_environment, set_up_executor
from src.flow_service.readiness import Drain, Readiness
from src.flow_service.routers.documents import documents_router
from src.flow_service.routers.flows import flows_router
from src.flow_service.routers.health import health_router
from src.flow_service.running import Runner
from src.flow_service.settings import Settings, check_guarded
from src.flow_service.speedups import speed_up_model_calls
from src.flow_service.telemetry import telemetry
from src.flow_service.telemetry.exporting import check_destinations
from src.flow_service.telemetry.flows import told_flow
from src.flow_service.telemetry.requests import Requests


def create_app(settings: Settings) -> FastAPI:
    """Return the application that serves the flows.

    Whatever runs it has to start it (the ASGI lifespan): then flows are loaded, and on `local` the emulator starts.
    `app.state.drain.begun = True` makes it not ready and its connections close after their answers.

    Raises:
        UserError: nothing guards it, or its telemetry can't be sent as it should be.
    """
    check_guarded(settings.serving)
    check_destinations(settings.serving.telemetry)
    serving, limits = settings.serving, settings.serving.limits
    set_up_environment(serving.documents_folder)
    documents = DocumentStore(serving.documents_folder, limits)
    admission = Admission(limits.running, limits.waiting)
    metrics, drain = Metrics(admission), Drain()
    runners = {
        flow.name: Runner(flow, settings.seconds(flow.name), limits.model_retries, admission, metrics)
        for flow in FLOWS
        if not flow.missing()
    }
    readiness = Readiness(settings, drain)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            led = stack.enter_context(endpoints(settings))
            readiness.settings = led
            set_up_executor()
            watch_model_calls()
            speed_up_model_calls()
            told = stack.enter_context(telemetry(led))
            connections = make_connections(led)
            stack.callback(forget_connections, connections)
            for name, invoke in load_flows(Surroundings(led, connections, documents)).items():
                runners[name].invoke = told_flow(name, invoke, serving.telemetry.capture_content) if told else invoke
            await stack.enter_async_context(housekeeping(documents))
            tell_flows()
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
    app.add_middleware(Requests)
    return app


def tell_flows() -> None:
    """Log which flows are served, and what the others lack."""
    for flow in FLOWS:
        missing = flow.missing()
        if missing:
            LOG.warning("not served: %s, which needs %s", flow.name, ", ".join(missing))
    LOG.info("served: %s", ", ".join(flow.name for flow in FLOWS if not flow.missing()) or "no flow at all")


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
