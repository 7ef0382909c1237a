"""Prompt flow's service in the workspace: batches that run the uploaded flow on the uploaded data, and their history.

Requests for a run are held against the OpenAPI description that promptflow-azure ships.
"""

from __future__ import annotations

import datetime
import functools
import importlib.util
import json
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from jsonschema import Draft4Validator
from loopback.faults import error
from loopback.storage import Storage
from loopback.workspace import DATA_PLANE, ID, Workspace
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

RUN_FLOW = Path(__file__).with_name("run_flow.py")


class BatchRuns:
    """Runs what it is given, in child processes.

    Attributes:
        runs: each run's submission, status, log, outputs and error, by its name.
    """

    def __init__(self, storage: Storage, workspace: Workspace):
        self._storage = storage
        self._workspace = workspace
        self.runs: dict[str, dict] = {}

    def routes(self) -> list[Mount]:
        """Return what the workspace's data plane answers."""
        runs = [
            Route("/BulkRuns/submit", self._submit, methods=["POST"]),
            Route("/BulkRuns/{run}", self._get),
            Route("/BulkRuns/{run}/logContent", self._log),
            Route("/BulkRuns/{run}/childRuns", self._child_runs),
            Route("/TraceSessions", self._trace_session),
        ]
        return [
            Mount(f"/flow/api{ID}", routes=runs),
            Mount(f"/history/v1.0{ID}", routes=[Route("/rundata", self._run_data, methods=["POST"])]),
            Route("/discovery", self._discovery),
        ]

    async def _discovery(self, request: Request) -> Response:
        return JSONResponse({name: f"https://{DATA_PLANE}" for name in ("api", "flow", "history", "inferencing")})

    async def _trace_session(self, request: Request) -> Response:
        return JSONResponse({"traceCosmosConfiguration": "Disabled", "traceCosmosStatus": "NotExists"})

    async def _submit(self, request: Request) -> Response:
        submission = await request.json()
        faults = [fault.message for fault in _schema("SubmitBulkRunRequest").iter_errors(submission)]
        if faults:
            return error(400, "; ".join(faults), "UserError")
        name = submission["runId"]
        if name in self.runs:
            return error(409, f"There is a run {name} already.")
        now = datetime.datetime.now(datetime.timezone.utc).isoformat()
        run = {"submission": submission, "status": "NotStarted", "log": "", "outputs": [], "created": now}
        self.runs[name] = run
        threading.Thread(target=self._execute, args=(run,), daemon=True).start()
        return JSONResponse(name)

    async def _get(self, request: Request) -> Response:
        name = request.path_params["run"]
        if name not in self.runs:
            return error(404, f"No run {name}.")
        return JSONResponse({"flowRunId": name, "studioPortalEndpoint": f"https://ml.azure.com/runs/{name}"})

    async def _log(self, request: Request) -> Response:
        return JSONResponse(self.runs[request.path_params["run"]]["log"])

    async def _child_runs(self, request: Request) -> Response:
        outputs = self.runs[request.path_params["run"]]["outputs"]
        children = [
            {"index": i, "status": "Completed", "inputs": output.pop("inputs", {}), "output": output}
            for i, output in enumerate(outputs)
        ]
        first, end = (int(request.query_params.get(part, d)) for part, d in (("startIndex", 0), ("endIndex", 50)))
        return JSONResponse(children[first:end])

    async def _run_data(self, request: Request) -> Response:
        name = (await request.json())["runId"]
        if name not in self.runs:
            return error(404, f"No run {name}.")
        run = self.runs[name]
        submission = run["submission"]
        metadata = {
            "runId": name,
            "runType": "azureml.promptflow.FlowRun",
            "createdUtc": run["created"],
            "startTimeUtc": run["created"],
            "endTimeUtc": run.get("ended"),
            "status": run["status"],
            "displayName": submission["runDisplayName"],
            "description": submission.get("description"),
            "tags": submission.get("tags") or {},
            "createdBy": {"userName": "tests"},
            "properties": {
                "azureml.promptflow.input_data": submission["batchDataInput"]["dataUri"],
                "azureml.promptflow.flow_name": submission.get("runExperimentName"),
            },
            "outputs": {},
            "error": {"error": {"message": run["error"]}} if run.get("error") else None,
        }
        return JSONResponse({"runMetadata": metadata})

    def _execute(self, run: dict) -> None:
        """Run the flow that storage holds on the data that storage holds."""
        submission = run["submission"]
        run["status"] = "Running"
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            definition = submission["flowDefinitionBlobPath"]
            self._storage.download(definition.rpartition("/")[0], folder / "flow")
            (folder / "data.jsonl").write_bytes(self._storage.read(self._data_path(submission)))
            job = {"submission": submission, "connections": self._workspace.connections}
            (folder / "job.json").write_text(json.dumps(job))
            command = [sys.executable, "-I", str(RUN_FLOW), str(folder)]
            ended = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=folder)
            run["log"] = ended.stdout + ended.stderr
            outputs = folder / "outputs.jsonl"
            if ended.returncode == 0 and outputs.is_file():
                run["outputs"] = [json.loads(line) for line in outputs.read_text().splitlines()]
            else:
                run["error"] = (ended.stderr.strip().splitlines() or ["the flow failed"])[-1]
        run["ended"] = datetime.datetime.now(datetime.timezone.utc).isoformat()
        run["status"] = "Failed" if run.get("error") else "Completed"

    def _data_path(self, submission: dict) -> str:
        """Return the path in storage of the data that a run is to work on: a datastore's, or a data asset's."""
        uri = submission["batchDataInput"]["dataUri"]
        if "/paths/" not in uri:
            _, name, version = uri.split(":")
            uri = self._workspace.assets["data", name, version]["properties"]["dataUri"]
        return uri.partition("/paths/")[2]


@functools.cache
def _schema(model: str) -> Draft4Validator:
    """Return a validator for a model of promptflow-azure's OpenAPI description."""
    package = importlib.util.find_spec("promptflow.azure").submodule_search_locations[0]
    description = json.loads((Path(package) / "_restclient" / "swagger.json").read_text(encoding="utf-8"))
    return Draft4Validator({"$ref": f"#/components/schemas/{model}", "components": description["components"]})
