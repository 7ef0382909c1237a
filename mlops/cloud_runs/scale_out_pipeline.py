"""The pipeline of a scaled-out batch, as the YAML that `az ml job create --file` takes: shard, answer, collect.

What a step is, is its component: the code, the environment, what goes in and out. How large it runs, is the node's.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from mlops.configuration.scale_out import MANAGED_IDENTITY, SERVERLESS, USER_IDENTITY, ScaleOutConfig
from mlops.flow_folders.folders import digest_of

SCHEMA = "https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json"
IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04"
VERSION_DIGITS = 12
OUTPUTS = ("answers", "collected", "summary")
FOLDER = {"type": "uri_folder"}


@dataclass(frozen=True)
class Batch:
    """What is to be answered.

    Attributes:
        flow: the flow's name.
        run: the name of the job.
        experiment: the experiment to which it belongs.
        data: a file or a folder here, or a data asset, azureml:<name>:<version>.
        data_type: uri_file or uri_folder.
        columns: the columns in which every line has a value.
        answers_of: the run whose folder of answers is filled: this one, or the one that it resumes.
        tags: what the job is labelled with.
    """

    flow: str
    run: str
    experiment: str
    data: str
    data_type: str
    columns: tuple[str, ...]
    answers_of: str
    tags: Mapping[str, str]


def output_path(run: str, name: str) -> str:
    """Return where a run keeps an output."""
    return f"azureml://datastores/workspaceblobstore/paths/scale_out/{run}/{name}"


def pipeline(batch: Batch, settings: ScaleOutConfig, code: Mapping[str, Path], conda: Mapping[str, Any]) -> dict:
    """Return the pipeline, its components written out in it.

    Args:
        batch: what is to be answered.
        settings: how large it runs.
        code: the code folder of each step.
        conda: the Python packages of a node.
    """
    environment = {"image": IMAGE, "conda_file": dict(conda)}
    runs_of = {"answers": batch.answers_of}
    serverless = settings.compute == SERVERLESS
    compute = {} if serverless else {"compute": f"azureml:{settings.compute}"}
    machine = {"instance_type": settings.instance_type} if serverless else {}
    user = settings.identity == USER_IDENTITY
    identity: dict[str, Any] = {"identity": {"type": USER_IDENTITY if user else MANAGED_IDENTITY}}
    if settings.client_id:
        identity["identity"]["client_id"] = settings.client_id
        identity["environment_variables"] = {"AZURE_CLIENT_ID": settings.client_id}  # for what runs in the job
    one_node = {**compute, "resources": {**machine, "instance_count": 1}, **identity}
    return {
        "$schema": SCHEMA,
        "type": "pipeline",
        "name": batch.run,
        "display_name": batch.run,
        "experiment_name": batch.experiment,
        "tags": dict(batch.tags),
        "settings": {"default_compute": f"azureml:{settings.compute}"},
        "inputs": {"data": {"type": batch.data_type, "path": batch.data, "mode": "ro_mount"}},
        "outputs": {
            name: {**FOLDER, "path": output_path(runs_of.get(name, batch.run), name), "mode": "rw_mount"}
            for name in OUTPUTS
        },
        "jobs": {
            "shard": {
                "type": "command",
                "component": shard_component(batch, code["shard"], environment),
                "inputs": {
                    "data": "${{parent.inputs.data}}",
                    "lines": settings.lines_per_shard,
                    "columns": ",".join(quote(column, safe="") for column in batch.columns),
                },
                **one_node,
            },
            "answer": {
                "type": "parallel",
                "component": answer_component(batch.flow, code["answer"], environment),
                "inputs": {"shards": "${{parent.jobs.shard.outputs.shards}}"},
                "outputs": {"answers": "${{parent.outputs.answers}}"},
                "mini_batch_size": str(settings.mini_batch_size),
                "max_concurrency_per_instance": settings.max_concurrency_per_instance,
                "mini_batch_error_threshold": settings.stops_after,
                "retry_settings": {"max_retries": settings.retries, "timeout": settings.timeout},
                **one_node,
                "resources": {**machine, "instance_count": settings.instance_count},
            },
            "collect": {
                "type": "command",
                "component": collect_component(code["collect"], environment),
                "inputs": {
                    "shards": "${{parent.jobs.shard.outputs.shards}}",
                    "answers": "${{parent.jobs.answer.outputs.answers}}",
                    "error_threshold": settings.error_threshold,
                },
                "outputs": {"collected": "${{parent.outputs.collected}}", "summary": "${{parent.outputs.summary}}"},
                **one_node,
            },
        },
    }


def shard_component(batch: Batch, code: Path, environment: Mapping[str, Any]) -> dict[str, Any]:
    """Return the step that cuts the data up; the same data is not cut up twice, as Azure ML keeps what it made."""
    return _versioned(
        {
            "name": f"scale_out_shard_{batch.data_type}",
            "type": "command",
            "display_name": "Cut the data up",
            "inputs": {"data": {"type": batch.data_type}, "lines": {"type": "integer"}, "columns": {"type": "string"}},
            "outputs": {"shards": FOLDER},
            "code": str(code),
            "environment": environment,
            "command": "python shard.py --data ${{inputs.data}} --lines ${{inputs.lines}} "
            "--columns ${{inputs.columns}} --shards ${{outputs.shards}}",
            "is_deterministic": True,
        },
        code,
    )


def answer_component(flow: str, code: Path, environment: Mapping[str, Any]) -> dict[str, Any]:
    """Return the flow as a parallel component."""
    return _versioned(
        {
            "name": f"{flow}_answer",
            "type": "parallel",
            "display_name": f"Answer with {flow}",
            "inputs": {"shards": FOLDER},
            "outputs": {"answers": FOLDER},
            "input_data": "${{inputs.shards}}",
            "task": {
                "type": "run_function",
                "code": str(code),
                "entry_script": "answer.py",
                "environment": environment,
                "program_arguments": "--answers ${{outputs.answers}}",
            },
            "is_deterministic": False,
        },
        code,
    )


def collect_component(code: Path, environment: Mapping[str, Any]) -> dict[str, Any]:
    """Return the step that gathers the answers and counts what failed."""
    return _versioned(
        {
            "name": "scale_out_collect",
            "type": "command",
            "display_name": "Gather the answers",
            "inputs": {"shards": FOLDER, "answers": FOLDER, "error_threshold": {"type": "integer"}},
            "outputs": {"collected": FOLDER, "summary": FOLDER},
            "code": str(code),
            "environment": environment,
            "command": "python collect.py --shards ${{inputs.shards}} --answers ${{inputs.answers}} "
            "--collected ${{outputs.collected}} --summary ${{outputs.summary}} "
            "--error_threshold ${{inputs.error_threshold}}",
            "is_deterministic": False,
        },
        code,
    )


def components(job: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the components of a pipeline by the names of their steps."""
    return {name: node["component"] for name, node in job["jobs"].items()}


def with_registered_components(job: Mapping[str, Any]) -> dict[str, Any]:
    """Return a pipeline that names its components by version instead of writing them out."""
    changed = copy.deepcopy(dict(job))
    for name, component in components(job).items():
        changed["jobs"][name]["component"] = f"azureml:{component['name']}:{component['version']}"
    return changed


def _versioned(component: dict[str, Any], code: Path) -> dict[str, Any]:
    """Return a component with a version that is a hash of its content: its definition, and the files of its code."""
    placeless = json.dumps(component, sort_keys=True).replace(str(code), digest_of(code))
    version = hashlib.sha256(placeless.encode()).hexdigest()[:VERSION_DIGITS]
    return {**component, "version": version}
