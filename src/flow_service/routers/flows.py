"""The list of flows, and one path for each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from mlops.flow_folders.definition import FlowDefinition
from src.flow_service.flows import missing_packages, served_flows
from src.flow_service.problems import Problem, responses
from src.flow_service.running import Runner
from src.flow_service.schemas import FlowDescription, result_model
from src.flow_service.settings import ServiceSettings

EVENT_STREAM = "text/event-stream"
STATUSES = (400, 401, 403, 408, 413, 422, 429, 500, 502, 503, 504)
DELTAS = "`delta` with a chunk of the answer as `text`"
STREAM_HEADERS = {"X-Accel-Buffering": "no"}  # nginx would buffer events otherwise


def flows_router(settings: ServiceSettings, runners: Mapping[str, Runner]) -> APIRouter:
    """Return the paths of the flows that can be loaded."""
    router = APIRouter(prefix="/flows", tags=["flows"])
    served = served_flows(settings)
    listed = [describe(runner.flow, settings) for runner in runners.values()]

    @router.get("", responses=responses(401, 403, 429))
    async def list_flows() -> list[FlowDescription]:
        """List the flows that can be called, with the inputs of each."""
        return listed

    for runner in runners.values():
        add_flow(router, runner, sample_of(runner.flow, settings))

    @router.post("/{flow}", include_in_schema=False)
    async def unknown_flow(flow: str) -> None:
        known = ", ".join(runners) or "none"
        missing = next((missing_packages(each) for each in served if each.name == flow), [])
        if missing:
            detail = f"{flow} is not served here, since {', '.join(missing)} is not installed; available: {known}"
        else:
            detail = f"there is no such flow; available: {known}"
        raise Problem(404, "unknown_flow", detail, flows=list(runners))

    return router


def describe(flow: FlowDefinition, settings: ServiceSettings) -> FlowDescription:
    """Return the description of a flow for callers."""
    return FlowDescription(
        name=flow.name,
        description=flow.description,
        input_schema=flow.inputs.model_json_schema(),
        sample=sample_of(flow, settings),
        streams=bool(events_of(flow)),
        document=flow.document.name if flow.document else None,
    )


def sample_of(flow: FlowDefinition, settings: ServiceSettings) -> dict[str, Any]:
    """Return sample inputs of a flow; with the emulator, ones that have recorded answers."""
    return flow.sample_for(settings.aoai.emulator is not None)


def events_of(flow: FlowDefinition) -> str:
    """Return the events that a flow sends before the last one, as text for the API's description; empty if none."""
    progress = [flow.progress.events] if flow.progress else []
    return ", ".join([*progress, *([DELTAS] if flow.streaming_input else [])])


def add_flow(router: APIRouter, runner: Runner, sample: Mapping[str, Any]) -> None:
    """Add the path of a flow, whose sample is the example of its body."""
    flow = runner.flow
    answers, sent = responses(*STATUSES), events_of(flow)
    if sent:
        answers[200] = {"content": {EVENT_STREAM: {"schema": {"type": "string"}}}}

    async def ask(inputs: Any, request: Request) -> Response:
        given = inputs.model_dump()
        if sent and EVENT_STREAM in request.headers.get("accept", ""):
            events = await runner.events(given, request.receive)
            return StreamingResponse(events, media_type=EVENT_STREAM, headers=STREAM_HEADERS)
        return Response(await runner.result(given, request.receive), media_type="application/json")

    ask.__annotations__["inputs"] = flow.inputs  # FastAPI reads the body's type from it
    events = f" With `Accept: {EVENT_STREAM}` it sends events: {sent}, then `result`." if sent else ""
    router.add_api_route(
        f"/{flow.name}",
        ask,
        methods=["POST"],
        operation_id=flow.name,
        summary=flow.name,
        description=flow.description + events,
        response_model=result_model(flow.outputs),
        responses=answers,
        openapi_extra={"requestBody": {"content": {"application/json": {"example": sample}}}},
    )
