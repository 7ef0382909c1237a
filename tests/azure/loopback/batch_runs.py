"""Prompt flow's service in the workspace: batches that run the uploaded flow on the uploaded data, and their history.

Requests for a run are held against the OpenAPI description that promptflow-azure ships.
"""

from __future__ import annotations

import datetime
import functools
import importlib.util
import json
import tempfile
import threading
from pathlib import Path

from commands import fork
from jsonschema import Draft4Validator
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from loopback import run_flow
from loopback.compute_session import session_fault
from loopback.faults import service_error as error
from loopback.storage import Storage
from loopback.workspace import DATA_PLANE, ID, Workspace

CHILD_RUNS = 50  # of an answer: CLOUD_RUNS_PAGE_SIZE of promptflow-azure


class BatchRuns:
    """Runs what it is given, in child processes.

    Attributes:
        runs: each run's submission, status, log, lines and error, by its name.
        machines: while it is cleared, runs wait for a machine.
        trace_store: what the project's store of traces says of itself.
        answers_lost: how many submissions are taken and answered with an error.
    """

    def __init__(self, storage: Storage, workspace: Workspace):
        self._storage = storage
        self._workspace = workspace
        self.runs: dict[str, dict] = {}
        self.machines = threading.Event()
        self.machines.set()
        self.answers_lost = 0
        self.trace_store = {"traceCosmosConfiguration": "Disabled", "traceCosmosStatus": "NotExists"}

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
        return JSONResponse(self.trace_store)

    async def _submit(self, request: Request) -> Response:
        submission = await request.json()
        faults = [fault.message for fault in _schema("SubmitBulkRunRequest").iter_errors(submission)]
        if faults:
            return error(400, "; ".join(faults), "UserError")
        name = submission["runId"]
        if name in self.runs:
            return error(409, f"There is a run {name} already.")
        now = datetime.datetime.now(datetime.timezone.utc).isoformat()
        run = {"submission": submission, "status": "NotStarted", "log": "", "lines": [], "created": now}
        self.runs[name] = run
        threading.Thread(target=self._execute, args=(run,), daemon=True).start()
        if self.answers_lost:
            self.answers_lost -= 1
            return error(500, "The run is there, and this answer does not say so.")
        return JSONResponse(name)

    async def _get(self, request: Request) -> Response:
        name = request.path_params["run"]
        if name not in self.runs:
            return error(404, f"No run {name}.")
        return JSONResponse({"flowRunId": name, "studioPortalEndpoint": f"https://ml.azure.com/runs/{name}"})

    async def _log(self, request: Request) -> Response:
        log = self.runs[request.path_params["run"]]["log"]
        if isinstance(log, Path):  # it still grows
            log = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
        return JSONResponse(log)

    async def _child_runs(self, request: Request) -> Response:
        first, last = (int(request.query_params.get(part, d)) for part, d in (("startIndex", 0), ("endIndex", 24)))
        lines = self.runs[request.path_params["run"]]["lines"]
        last = min(last, first + CHILD_RUNS - 1)
        return JSONResponse([line for line in lines if first <= line["index"] <= last])

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
        self.machines.wait()
        submission = run["submission"]
        run["status"] = "Running"
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            definition = submission["flowDefinitionBlobPath"]
            self._storage.download(definition.rpartition("/")[0], folder / "flow")
            (folder / "data.jsonl").write_bytes(self.data_of(run))
            if fault := session_fault(folder / "flow"):
                run["error"] = f"Session creation failed for {run['submission']['runId']}. {fault}"  # promptflow#865
            else:
                self._run(run, folder)
        run["ended"] = datetime.datetime.now(datetime.timezone.utc).isoformat()
        run["status"] = "Failed" if run.get("error") else "Completed"

    def _run(self, run: dict, folder: Path) -> None:
        job = {"submission": run["submission"], "connections": self._workspace.connections}
        (folder / "job.json").write_text(json.dumps(job))
        run["log"] = folder / "log"
        process = fork(run_flow.main, folder)
        process.join()
        run["log"] = run["log"].read_text(encoding="utf-8", errors="replace")
        if process.exitcode == 0:
            run["lines"] = [json.loads(line) for line in (folder / "lines.jsonl").read_text().splitlines()]
        else:
            run["error"] = run["log"].strip().rpartition("\n")[2] or "the flow failed"

    def data_of(self, run: dict) -> bytes:
        """Return the data that a run is to work on: a file of the datastore, or a data asset."""
        uri = run["submission"]["batchDataInput"]["dataUri"]
        if "/paths/" not in uri:
            _, name, version = uri.split(":")
            uri = self._workspace.assets["data", name, version]["properties"]["dataUri"]
        return self._storage.read(uri.partition("/paths/")[2])


@functools.cache
def _schema(model: str) -> Draft4Validator:
    """Return a validator for a model of promptflow-azure's OpenAPI description."""
    # Not find_spec("promptflow.azure"): that imports promptflow, whose telemetry asks a server for its settings.
    package = Path(importlib.util.find_spec("promptflow").submodule_search_locations[0])
    description = json.loads((package / "azure" / "_restclient" / "swagger.json").read_text(encoding="utf-8"))
    return Draft4Validator({"$ref": f"#/components/schemas/{model}", "components": description["components"]})
