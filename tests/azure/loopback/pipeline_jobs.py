"""Pipeline jobs of the workspace: their steps run here, on what storage holds, with the components that are registered.

A command step is a process; a parallel step is `instance_count` times `max_concurrency_per_instance` of them.
"""

from __future__ import annotations

import datetime
import os
import re
import shlex
import subprocess
import sys
import tempfile
import threading
import traceback
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from loopback.batch_runs import BatchRuns
from loopback.faults import error, service_error
from loopback.job_identities import JobIdentities
from loopback.paging import page_of
from loopback.parallel_steps import Mounts, StepFailed, run_parallel_step
from loopback.sign_in import SignIn
from loopback.storage import HOST, Storage
from loopback.workspace import GROUP, ID, NAME, SUBSCRIPTION, Workspace, resource

BINDING = re.compile(r"\$\{\{parent\.(inputs|outputs|jobs)\.(\w+)(?:\.outputs\.(\w+))?\}\}")
PORT = re.compile(r"\$\{\{(inputs|outputs)\.(\w+)\}\}")


class PipelineJobs:
    """Runs what it is given.

    Attributes:
        jobs: what was submitted, by the jobs' names, each with its status, and its steps' statuses and logs.
        answers_lost: how many submissions are taken and answered with an error.
        kill_at: which of the mini-batches that are handed out costs its node its life; none by default.
    """

    def __init__(
        self,
        storage: Storage,
        workspace: Workspace,
        batch_runs: BatchRuns,
        identities: JobIdentities,
        sign_in: SignIn,
    ):
        self._storage = storage
        self._workspace = workspace
        self._batch_runs = batch_runs
        self._identities = identities
        self._sign_in = sign_in
        self.jobs: dict[str, dict] = {}
        self.kill_at: int | None = None
        self.answers_lost = 0
        self._threads: list[threading.Thread] = []

    def wait(self) -> None:
        """Wait until no job runs.

        Raises:
            TimeoutError: one still runs after two minutes.
        """
        for thread in self._threads:
            thread.join(120)
            if thread.is_alive():
                raise TimeoutError("a pipeline does not end")

    def resource_routes(self) -> list[Route]:
        """Return what the workspace answers in Resource Manager."""
        return [Route("/jobs/{name}", self._put, methods=["PUT"]), Route("/jobs/{name}", self._get)]

    def routes(self) -> list[Route]:
        """Return what the workspace's data plane answers."""
        return [
            Route(f"/history/v1.0{ID}/runs/{{run}}/children", self._children),
            Route(f"/history/v1.0{ID}/rundata", self._run_data, methods=["POST"]),
            Route(f"/data/v1.0{ID}/dataversion/batchGetResolvedUris", self._resolved_uris, methods=["POST"]),
        ]

    async def _put(self, request: Request) -> Response:
        name = request.path_params["name"]
        properties = (await request.json())["properties"]
        if name in self.jobs:
            return error(409, f"There is a job {name} already.")
        faults = [*self._faults(properties)]
        for step, node in properties["jobs"].items():
            faults += self._identities.faults(step, node, request)
        if faults:
            return error(400, "; ".join(faults), "UserError")
        steps = {step: {"status": "NotStarted", "log": ""} for step in properties["jobs"]}
        submitter = self._sign_in.claims(request.headers["authorization"])
        job = {"name": name, "properties": properties, "status": "NotStarted", "steps": steps, "submitter": submitter}
        self.jobs[name] = job
        self._threads.append(threading.Thread(target=self._execute, args=(job,), daemon=True))
        self._threads[-1].start()
        if self.answers_lost:
            self.answers_lost -= 1
            return error(500, "The job is there, and this answer does not say so.")
        return JSONResponse(_shown(job), status_code=201)

    async def _get(self, request: Request) -> Response:
        name = request.path_params["name"]
        return JSONResponse(_shown(self.jobs[name])) if name in self.jobs else error(404, f"No job {name}.")

    async def _children(self, request: Request) -> Response:
        name = request.path_params["run"]
        if name not in self.jobs:
            return service_error(404, f"Run {name} was not found.")
        job = self.jobs[name]
        children = [
            {
                "runId": f"{job['name']}_{step}",
                "displayName": step,
                "status": run["status"],
                "runType": "azureml.StepRun",
                "properties": {},
                "tags": {},
                "startTimeUtc": datetime.datetime.now(datetime.timezone.utc).isoformat(),
                "outputs": {},
            }
            for step, run in job["steps"].items()
        ]
        return page_of(request, children)

    async def _run_data(self, request: Request) -> Response:
        name = (await request.json())["runId"]
        if name not in self.jobs:
            return await self._batch_runs._run_data(request)
        outputs = {
            output: {"assetId": f"azureml://{name}/{output}", "type": "UriFolder"}
            for output in self.jobs[name]["properties"]["outputs"]
        }
        return JSONResponse({"runMetadata": {"runId": name, "status": self.jobs[name]["status"], "outputs": outputs}})

    async def _resolved_uris(self, request: Request) -> Response:
        values = {}
        for asset in (await request.json())["values"]:
            job, output = asset.removeprefix("azureml://").split("/")
            path = self._output_path(self.jobs[job], output)
            values[asset] = {"uri": f"azureml://datastores/workspaceblobstore/paths/{path}", "type": "UriFolder"}
        return JSONResponse({"values": values})

    def _faults(self, properties: dict):
        """Yield what Azure ML would refuse: components and bindings that are not there, numbers out of range."""
        for step, node in properties["jobs"].items():
            if self._component(node) is None:
                yield f"{step}: no component {node.get('componentId')}"
                continue
            spec = self._component(node)
            if spec["type"] != node["type"]:
                yield f"{step}: the component is of type {spec['type']}, the node of type {node['type']}"
            for port in node.get("inputs", {}).keys() - spec["inputs"].keys():
                yield f"{step}: no input {port}"
            for value in node.get("inputs", {}).values():
                found = BINDING.fullmatch(str(value.get("value", "")))
                if found and found[1] == "jobs" and found[2] not in properties["jobs"]:
                    yield f"{step}: no step {found[2]}"
            if node.get("resources", {}).get("instance_count", 1) < 1:
                yield f"{step}: instance_count"

    def _component(self, node: dict) -> dict | None:
        found = re.search(r"/components/([^/]+)/versions/([^/]+)$", node.get("componentId") or "")
        asset = self._workspace.assets.get(("components", found[1], found[2])) if found else None
        return asset["properties"]["componentSpec"] if asset else None

    def _execute(self, job: dict) -> None:
        job["status"] = "Running"
        nodes = job["properties"]["jobs"]
        done: set[str] = set()
        with tempfile.TemporaryDirectory() as folder:
            mounts = Mounts(Path(folder))
            self._mount_data(job, mounts)
            while ready := [
                name for name in nodes if name not in done and _waits_for(nodes[name]) <= _completed(job["steps"])
            ]:
                for name in ready:
                    self._run_step(job, name, mounts)
                    done.add(name)
            for output in job["properties"]["outputs"]:
                self._upload(mounts.of("parent", output), self._output_path(job, output))
        for run in job["steps"].values():
            if run["status"] == "NotStarted":
                run["status"] = "Canceled"
        completed = all(run["status"] == "Completed" for run in job["steps"].values())
        job["status"] = "Completed" if completed else "Failed"

    def _run_step(self, job: dict, name: str, mounts: Mounts) -> None:
        node, run = job["properties"]["jobs"][name], job["steps"][name]
        run["status"] = "Running"
        try:
            spec = self._component(node)
            code = self._download_code(spec, mounts.of("code", name))
            values = self._values(job, name, node, spec, mounts)
            variables = {
                **self._identities.variables(node, job["submitter"]),
                "AZUREML_ARM_SUBSCRIPTION": SUBSCRIPTION,
                "AZUREML_ARM_RESOURCEGROUP": GROUP,
                "AZUREML_ARM_WORKSPACE_NAME": NAME,
                **(node.get("environment_variables") or {}),
            }
            if spec["type"] == "command":
                command = PORT.sub(lambda found: shlex.quote(values[found[1], found[2]]), spec["command"])
                variables["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{variables['PATH']}"
                ended = subprocess.run(
                    command, shell=True, cwd=code, env=variables, capture_output=True, text=True, timeout=600
                )
                run["log"] = ended.stdout + ended.stderr
                if ended.returncode:
                    raise StepFailed(f"exit status {ended.returncode}")
            else:
                arguments = PORT.sub(lambda found: values[found[1], found[2]], spec["task"]["program_arguments"])
                source = Path(values["inputs", PORT.fullmatch(spec["input_data"])[2]])
                entry = spec["task"]["entry_script"]
                run_parallel_step(node, code, entry, shlex.split(arguments), source, variables, run, self.kill_at)
            run["status"] = "Completed"
        except StepFailed as failure:
            run["log"] += f"\n{failure}"
            run["status"] = "Failed"
        except Exception:  # a defect of the stand-in must show in the test that meets it
            run["log"] += traceback.format_exc()
            run["status"] = "Failed"

    def _values(self, job: dict, name: str, node: dict, spec: dict, mounts: Mounts) -> dict[tuple[str, str], str]:
        """Return what each input and output of a step stands for: a value, or a folder or file."""
        values = {}
        for port in spec["inputs"]:
            given = node["inputs"].get(port, {}).get("value", "")
            found = BINDING.fullmatch(str(given))
            if found and found[1] == "inputs":
                given = mounts.data[found[2]]
            elif found:
                given = self._place(job, found[2], found[3], mounts)
            values["inputs", port] = str(given)
        for port in spec["outputs"]:
            values["outputs", port] = str(self._place(job, name, port, mounts))
        return values

    def _place(self, job: dict, step: str, port: str, mounts: Mounts) -> Path:
        """Return the folder of a step's output, which may be one of the pipeline's."""
        bound = (job["properties"]["jobs"][step].get("outputs") or {}).get(port, {})
        found = BINDING.fullmatch(str(bound.get("value", "")))
        if not found:
            return mounts.of(step, port)
        folder = mounts.of("parent", found[2])
        if not any(folder.iterdir()):
            self._storage.download(self._output_path(job, found[2]) + "/", folder)
        return folder

    def _mount_data(self, job: dict, mounts: Mounts) -> None:
        for name, spec in job["properties"]["inputs"].items():
            path = _path_of(self._uri(spec["uri"]))
            folder = self._storage.download(path, mounts.of("data", name))
            mounts.data[name] = folder if spec["jobInputType"] == "uri_folder" else next(folder.iterdir())

    def _uri(self, uri: str) -> str:
        """Return a location in storage; a data asset is looked up."""
        found = re.search(r"(?:azureml:|/data/)([\w-]+)(?::|/versions/)([\w.-]+)$", uri)
        if "/paths/" in uri or not found:
            return uri
        return self._workspace.assets["data", found[1], found[2]]["properties"]["dataUri"]

    def _download_code(self, spec: dict, folder: Path) -> Path:
        where = spec["task"]["code"] if spec["type"] == "parallel" else spec["code"]
        name, version = re.search(r"/codes/([^/]+)/versions/([^/]+)$", where).groups()
        uri = self._workspace.assets["codes", name, version]["properties"]["codeUri"]
        container, _, path = uri.removeprefix(f"https://{HOST}/").partition("/")
        return self._storage.download(path.strip("/"), folder, container)

    def _output_path(self, job: dict, output: str) -> str:
        return _path_of(job["properties"]["outputs"][output]["uri"])

    def _upload(self, folder: Path, path: str) -> None:
        with self._storage.container() as container:
            for file in folder.rglob("*"):
                if file.is_file():
                    name = f"{path}/{file.relative_to(folder).as_posix()}"
                    container.upload_blob(name, file.read_bytes(), overwrite=True)


def _path_of(uri: str) -> str:
    return uri.partition("/paths/")[2].strip("/")


def _waits_for(node: dict) -> set[str]:
    found = (BINDING.fullmatch(str(value.get("value", ""))) for value in node.get("inputs", {}).values())
    return {match[2] for match in found if match and match[1] == "jobs"}


def _completed(steps: dict) -> set[str]:
    return {name for name, run in steps.items() if run["status"] == "Completed"}


def _shown(job: dict) -> dict:
    properties = {**job["properties"], "status": job["status"], "services": {}}
    return resource(f"/jobs/{job['name']}", job["name"], properties)
