"""A batch on many nodes: the flow as a parallel component in a pipeline of Azure ML (`--scale_out`).

Three steps: `shard` cuts the data up and checks it, `answer` runs the flow on the shards, `collect` gathers the answers
and counts the lines that failed. docs/scale_out.md says when this pays, decision 0007 why it is built this way.
"""

from __future__ import annotations

import argparse
import io
import json
import logging
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from mlops.azure.client import azure_errors, ml_client, plain_upload, project_is_missing, quiet_sdk
from mlops.azure.data_assets import content_version
from mlops.cloud_runs.data import as_json_lines, to_jsonable
from mlops.cloud_runs.operations import notify_still_running, retry_transient
from mlops.cloud_runs.pipeline_checks import check_pipeline
from mlops.cloud_runs.scale_out_code import answer_folder, conda_file, script_folder
from mlops.cloud_runs.scale_out_pipeline import Batch, components, pipeline, with_registered_components
from mlops.cloud_runs.session import CloudSession, check_connection, chosen_data, resolved_data
from mlops.common.errors import RunFailed, UserError
from mlops.common.names import experiment_name, fresh_identifier, run_name
from mlops.common.paths import display_path
from mlops.data.column_mapping import mapped_columns
from mlops.data.files import check_data
from mlops.flow_folders.folders import digest_of

if TYPE_CHECKING:
    from azure.ai.ml import MLClient
    from azure.ai.ml.entities import Job

ENDED = ("Completed", "Failed", "Canceled", "NotResponding")
POLL_SECONDS = (1.0, 20.0)  # between two polls of a job: at first, and at most
TAGS = {"flow": "flow", "environment": "environment", "data": "data", "answers": "answers", "lines": "lines_per_shard"}


def scale_out(session: CloudSession, flow: Mapping[str, Any], arguments: argparse.Namespace) -> None:
    """Submit a flow's batch as a pipeline, follow it and report how it ended.

    Args:
        session: what the flow's arguments were made from.
        flow: the arguments of `pf.run` for it.
        arguments: as `mlops.cloud_runs.batches.cloud_arguments` parsed them.

    Raises:
        UserError: something is missing here or in the project, or is wrong; nothing was submitted.
        RunFailed: the run did not complete, or more lines failed than may.
    """
    if arguments.dry_run:
        print(as_yaml(new_pipeline(session, flow, arguments, local_data(session, arguments))), end="")
        return
    data = local_data(session, arguments)
    with azure_errors(f"running {session.flow} on many nodes"):
        client = ml_client(session.project)
        previous = resumable(client, session, arguments.resume_from) if arguments.resume_from else None
        if data.startswith("azureml:"):
            data = resolved_data(client, data)
        job = new_pipeline(session, flow, arguments, data, asset_type(client, data), previous)
        for connection in filter(None, (session.connection, session.search_connection)):
            check_connection(client, session, connection)
        submitted = submit(client, job)
        link = f"https://ml.azure.com/runs/{job['name']}?wsid={session.project.resource_id}"
        print(f"Submitted  {job['name']}  {link}", file=sys.stderr)
        if arguments.no_wait:
            print(f"{submitted.status}  {job['name']}  {link}")
            return
    with notify_still_running(job["name"], link), azure_errors(f"following the run {job['name']}"):
        ended, steps = follow(client, job["name"])
    print(f"{ended.status}  {job['name']}  {link}")
    with azure_errors(f"asking for the counts of the run {job['name']}"):
        summary = retry_transient(lambda: summary_of(client, job["name"]))
    report(job["name"], ended, steps, summary)


def local_data(session: CloudSession, arguments: argparse.Namespace) -> str:
    """Return the requested data: a file or folder here, whose lines are checked, or a data asset.

    Raises:
        UserError: a line is invalid.
    """
    columns = mapped_columns(session.config.column_mapping)
    if not columns:
        raise UserError(f"the column mapping of {session.flow} refers to no column of the data, such as ${{data.text}}")
    path = Path(arguments.data or session.config.cloud.data or session.config.data_path).resolve()
    if not path.is_dir():
        data, _ = chosen_data(session, arguments.data)
        return data if data.startswith("azureml:") else str(as_json_lines(Path(data), session.column_requirements))
    files = sorted(path.rglob("*.jsonl"))
    if not files:
        raise UserError(f"{display_path(path)} has no file that ends in .jsonl")
    for file in files:
        check_data(file, session.column_requirements)
    return str(path)


def new_pipeline(
    session: CloudSession,
    flow: Mapping[str, Any],
    arguments: argparse.Namespace,
    data: str,
    data_type: str | None = None,
    previous: Job | None = None,
) -> dict[str, Any]:
    """Return the pipeline of a batch, checked, with nothing uploaded yet.

    Args:
        session: what the flow's arguments were made from.
        flow: the arguments of `pf.run` for it.
        arguments: as they were parsed.
        data: a file or folder here, or a data asset.
        data_type: uri_file or uri_folder; by default as the file or folder is, or as `data_type` says of an asset.
        previous: the job to resume.

    Raises:
        UserError: the configuration does not fit the flow, or the data is not that of the earlier job.
    """
    config = session.config
    changes = {"compute": arguments.compute, "instance_type": arguments.instance_type}
    settings = config.cloud.scale_out.model_copy(update={key: value for key, value in changes.items() if value})
    run = f"{run_name(session.flow, session.environment)}_{fresh_identifier()}"
    init = {key: to_jsonable(value) for key, value in (flow.get("init") or {}).items() if value is not None}
    code = {
        "shard": script_folder("shard"),
        "answer": answer_folder(
            session.flow,
            flow,
            init,
            connections=[*filter(None, (session.connection, session.search_connection))],
            settings={"concurrency": config.concurrency, "line_seconds": settings.line_timeout},
        ),
        "collect": script_folder("collect"),
    }
    tags = {
        TAGS["flow"]: session.flow,
        TAGS["environment"]: session.environment,
        TAGS["data"]: data_version(data),
        TAGS["lines"]: str(settings.lines_per_shard),
        TAGS["answers"]: run,
    }
    if previous:
        earlier = previous.tags or {}
        tags[TAGS["answers"]] = earlier[TAGS["answers"]]
        for tag in (TAGS["data"], TAGS["lines"]):
            if earlier.get(tag) != tags[tag]:
                raise UserError(
                    f"{previous.name} had other {tag} ({earlier.get(tag)}, now {tags[tag]}); start a new run, without "
                    "--resume_from"
                )
    if data_type is None:
        data_type = "uri_folder" if Path(data).is_dir() else "uri_file"
    batch = Batch(
        flow=session.flow,
        run=run,
        experiment=experiment_name(),
        data=data,
        data_type=data_type,
        columns=tuple(mapped_columns(config.column_mapping)),
        answers_of=tags[TAGS["answers"]],
        tags=tags,
    )
    job = pipeline(batch, settings, code, conda_file(Path(config.flow_path)))
    check_pipeline(job)
    return job


def data_version(data: str) -> str:
    """Return the version of the data: an asset's version, or the hash of local files."""
    if data.startswith("azureml:"):
        return data
    return digest_of(Path(data)) if Path(data).is_dir() else content_version(Path(data))


def as_yaml(job: Mapping[str, Any]) -> str:
    """Return a pipeline as the YAML that `az ml job create --file` takes."""
    return yaml.safe_dump(json.loads(json.dumps(job)), sort_keys=False, width=120)  # without anchors


def asset_type(client: MLClient, data: str) -> str | None:
    """Return the type of a data asset; None for what is here.

    Raises:
        UserError: it is a table; a parallel step counts the rows of a table by size alone, and loses their numbers.
    """
    if not data.startswith("azureml:"):
        return None
    name, version = data.removeprefix("azureml:").split(":")
    kind = str(client.data.get(name, version=version).type)
    if kind not in ("uri_file", "uri_folder"):
        raise UserError(f"the data asset {data} is an {kind}; register its JSONL files as uri_file or uri_folder")
    return kind


def resumable(client: MLClient, session: CloudSession, name: str) -> Job:
    """Return the job to resume.

    Raises:
        UserError: there is none of this name, it is of another flow, or it still runs.
    """
    from azure.core.exceptions import ResourceNotFoundError

    try:
        job = client.jobs.get(name)
    except ResourceNotFoundError as error:
        if project_is_missing(error):
            raise
        raise UserError(f"the project {session.project.project_name} has no job {name}") from None
    tags = job.tags or {}
    for tag, expected in ((TAGS["flow"], session.flow), (TAGS["environment"], session.environment)):
        if tags.get(tag) != expected or TAGS["answers"] not in tags:
            raise UserError(f"the job {name} is not a scaled-out batch of {session.flow} in {session.environment}")
    if job.status not in ENDED:
        raise UserError(f"the job {name} is {job.status}; wait for its end, or end it: az ml job cancel --name {name}")
    return job


def submit(client: MLClient, job: Mapping[str, Any]) -> Job:
    """Register the components that are not registered yet, upload the data, and start the job."""
    from azure.ai.ml import load_component, load_job
    from azure.core.exceptions import ResourceNotFoundError

    logging.getLogger("msrest.serialization").setLevel(logging.ERROR)  # it remarks on attributes of the SDK's own
    for component in components(job).values():
        done = "unchanged"
        try:
            client.components.get(component["name"], version=component["version"])
        except ResourceNotFoundError:
            with plain_upload():
                client.components.create_or_update(load_component(_file(component)), version=component["version"])
            done = "registered"
        print(f"{done}  {component['name']}  {component['version']}", file=sys.stderr)
    with plain_upload():
        return client.jobs.create_or_update(load_job(_file(with_registered_components(job))))


def follow(client: MLClient, name: str) -> tuple[Job, dict[str, str]]:
    """Log the status of a job's steps to standard error until it ends; return the job and each step's status."""
    shown_steps: dict[str, str] = {}
    pause, longest = POLL_SECONDS
    while True:
        job = retry_transient(lambda: client.jobs.get(name))
        for step in retry_transient(lambda: list(client.jobs.list(parent_job_name=name))):
            label = step.display_name or step.name
            if shown_steps.get(label) != step.status:
                shown_steps[label] = step.status
                print(f"{step.status}  {label}", file=sys.stderr)
        if job.status in ENDED:
            return job, shown_steps
        time.sleep(pause)
        pause = min(longest, pause * 1.3)


def summary_of(client: MLClient, name: str) -> dict[str, Any] | None:
    """Return what the last step counted; None if the job did not get that far."""
    with tempfile.TemporaryDirectory() as folder:
        client.jobs.download(name, output_name="summary", download_path=folder)
        with suppress(StopIteration):
            return json.loads(next(Path(folder).rglob("summary.json")).read_text(encoding="utf-8"))
    return None


def report(name: str, ended: Job, steps: Mapping[str, str], summary: dict | None) -> None:
    """Report how a job ended, and the lines that failed.

    Raises:
        RunFailed: it did not complete.
    """
    if summary:
        for line in summary["failed_lines"]:
            place = f"{line['file']}, line {line['line']}" if "file" in line else f"line {line['line']}"
            print(f"{place}: {line['error']}", file=sys.stderr)
        if summary["failed"] > len(summary["failed_lines"]):
            print("and more, all of them in failed_lines.jsonl", file=sys.stderr)
        print(f"{summary['lines']} lines, {summary['failed']} failed, {summary['error_threshold']} may fail")
        print(f"az ml job download --name {name} --output-name collected")
    if ended.status != "Completed":
        failed = ", ".join(f"{step}: {status}" for step, status in steps.items() if status in ("Failed", "Canceled"))
        raise RunFailed(
            f"the run {name} ended as {ended.status}{f' ({failed})' if failed else ''}; the answers so far are kept; "
            f"resume with --scale_out --resume_from {name}"
        )


def _file(content: Mapping[str, Any]) -> io.StringIO:
    quiet_sdk()
    return io.StringIO(as_yaml(content))
