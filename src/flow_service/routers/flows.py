"""The flows: which there are, and one path for each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from src.flow_service.flows import FLOWS, Flow
from src.flow_service.problems import Problem, responses
from src.flow_service.running import Runner
from src.flow_service.schemas import FlowDescription
from src.flow_service.settings import Settings

EVENT_STREAM = "text/event-stream"
STATUSES = (400, 401, 403, 408, 413, 422, 429, 500, 502, 503, 504)
EVENTS = {
    "deltas": "`delta` with a piece of the answer as `text`, then `result`",
    "plan": "`plan`, `step` whenever one begins (`status` running) or ends (done or failed), then `result`",
}
STREAM_HEADERS = {"X-Accel-Buffering": "no"}  # nginx would otherwise keep events back


def flows_router(settings: Settings, runners: Mapping[str, Runner]) -> APIRouter:
    """Return the paths of the flows that can be loaded."""
    router = APIRouter(prefix="/flows", tags=["flows"])
    listed = [described(runner.flow, settings) for runner in runners.values()]

    @router.get("", responses=responses(401, 403, 429))
    async def list_flows() -> list[FlowDescription]:
        """List the flows that can be asked, with what each takes."""
        return listed

    for runner in runners.values():
        add_flow(router, runner, runner.flow.sample_for(settings))

    @router.post("/{flow}", include_in_schema=False)
    async def unknown_flow(flow: str) -> None:
        known = ", ".join(runners) or "none"
        missing = next((each.missing() for each in FLOWS if each.name == flow), [])
        if missing:
            detail = f"{flow} is not served here, since it needs {', '.join(missing)}; there are {known}"
        else:
            detail = f"there is no such flow; there are {known}"
        raise Problem(404, "unknown_flow", detail, flows=list(runners))

    return router


def described(flow: Flow, settings: Settings) -> FlowDescription:
    """Return what callers are told of a flow."""
    return FlowDescription(
        name=flow.name,
        description=flow.description,
        input_schema=flow.inputs.model_json_schema(),
        sample=flow.sample_for(settings),
        streams=flow.events is not None,
    )


def add_flow(router: APIRouter, runner: Runner, sample: Mapping[str, Any]) -> None:
    """Add the path of a flow, whose sample is the example of its body."""
    flow = runner.flow
    answers = responses(*STATUSES)
    if flow.events:
        answers[200] = {"content": {EVENT_STREAM: {"schema": {"type": "string"}}}}

    async def ask(inputs: Any, request: Request) -> Response:
        given = inputs.model_dump()
        if flow.events and EVENT_STREAM in request.headers.get("accept", ""):
            events = await runner.events(given, request.receive)
            return StreamingResponse(events, media_type=EVENT_STREAM, headers=STREAM_HEADERS)
        return Response(await runner.result(given, request.receive), media_type="application/json")

    ask.__annotations__["inputs"] = flow.inputs  # which FastAPI reads as the type of the body
    events = f" With `Accept: {EVENT_STREAM}` it sends events: {EVENTS[flow.events]}." if flow.events else ""
    router.add_api_route(
        f"/{flow.name}",
        ask,
        methods=["POST"],
        operation_id=flow.name,
        summary=flow.name,
        description=flow.description + events,
        response_model=flow.result,
        responses=answers,
        openapi_extra={"requestBody": {"content": {"application/json": {"example": sample}}}},
    )
