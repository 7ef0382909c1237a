"""Health checks and metrics."""

from __future__ import annotations

from fastapi import APIRouter, Response

from src.flow_service.metrics import Metrics
from src.flow_service.problems import responses
from src.flow_service.readiness import Readiness
from src.flow_service.schemas import Health

PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


def health_router(readiness: Readiness, metrics: Metrics) -> APIRouter:
    """Return the paths of probes and metrics."""
    router = APIRouter(tags=["health"])

    @router.get("/healthz", response_model_exclude_none=True)
    async def healthz() -> Health:
        """Whether the process responds; nothing else is checked."""
        return Health(status="ok")

    @router.get("/readyz", response_model_exclude_none=True, responses={503: {"model": Health}})
    async def readyz(response: Response) -> Health:
        """Whether the model endpoint answers and the service is not shutting down; checked every few seconds."""
        reason = await readiness.reason()
        if reason:
            response.status_code = 503
            return Health(status="not ready", reason=reason)
        return Health(status="ready")

    @router.get(
        "/metrics", response_class=Response, responses={200: {"content": {PROMETHEUS: {}}}, **responses(401, 403, 429)}
    )
    async def read_metrics() -> Response:
        """Return the metrics, for Prometheus."""
        return Response(metrics.text(), headers={"Content-Type": PROMETHEUS})

    return router
