"""Runs that are written from outside, as by evaluations: metrics, properties, artifacts; as MLflow and run history."""

from __future__ import annotations

import uuid

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from loopback.faults import service_error as error
from loopback.workspace import ID


class Tracking:
    """Remembers runs.

    Attributes:
        runs: by their ids, each with name, status, metrics, properties, and artifacts as places in storage.
    """

    def __init__(self):
        self.runs: dict[str, dict] = {}

    def routes(self) -> list[Mount]:
        """Return what the workspace's data plane answers."""
        mlflow = [
            Route("/create", self._create, methods=["POST"]),
            Route("/update", self._update, methods=["POST"]),
            Route("/log-metric", self._log_metric, methods=["POST"]),
        ]
        history = [Route("/{run}", self._modify, methods=["PATCH"])]
        artifacts = [Route("/register", self._register, methods=["POST"])]
        return [
            Mount(f"/mlflow/v2.0{ID}/api/2.0/mlflow/runs", routes=mlflow),
            Mount(f"/history/v1.0{ID}/experimentids/0/runs", routes=history),
            Mount(f"/artifact/v2.0{ID}/artifacts", routes=artifacts),
        ]

    async def _create(self, request: Request) -> Response:
        body = await request.json()
        name, run = body.get("run_name", "unnamed"), str(uuid.uuid4())
        self.runs[run] = {"name": name, "status": "RUNNING", "metrics": {}, "properties": {}, "artifacts": {}}
        info = {"run_id": run, "experiment_id": body["experiment_id"], "run_name": name}
        return JSONResponse({"run": {"info": info}})

    async def _update(self, request: Request) -> Response:
        body = await request.json()
        return self._change(body["run_id"], status=body["status"])

    async def _log_metric(self, request: Request) -> Response:
        body = await request.json()
        if not isinstance(body["value"], (int, float)):
            return error(400, f"The value of {body['key']} is no number.", "UserError")
        return self._change(body["run_id"], metrics={body["key"]: body["value"]})

    async def _modify(self, request: Request) -> Response:
        return self._change(request.path_params["run"], properties=(await request.json())["properties"])

    async def _register(self, request: Request) -> Response:
        body = await request.json()
        place = body["dataPath"]["relativePath"]
        return self._change(body["container"].removeprefix("dcid."), artifacts={body["path"]: place})

    def _change(self, run: str, **changes: object) -> Response:
        if run not in self.runs:
            return error(404, f"No run {run}.")
        for name, value in changes.items():
            known = self.runs[run][name]
            self.runs[run][name] = {**known, **value} if isinstance(known, dict) else value
        return JSONResponse({})
