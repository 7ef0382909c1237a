"""A batch as a pipeline of Azure ML, with the flow as a parallel component: on one node, or on many (`--scale_out`).

Three steps: `shard` cuts the data up and checks it, `answer` runs the flow on the shards, `collect` gathers the answers
and counts the lines that failed. docs/scale_out.md says when many nodes pay, decision 7 why it is built so, and
decision 22 why batches of any size run this way.
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

from mlops.azure.client import (
    azure_errors,
    is_transient,
    ml_client,
    plain_upload,
    project_is_missing,
    quiet_sdk,
    status_of,
)
from mlops.cloud_runs.batch_job import TAGS, as_yaml, local_data, new_pipeline, node_settings
from mlops.cloud_runs.node_identity import check_identity
from mlops.cloud_runs.operations import notify_still_running, retry_transient
from mlops.cloud_runs.scale_out_pipeline import components, with_registered_components
from mlops.cloud_runs.session import ASSET, CloudSession, check_cluster, check_connection, resolved_data
from mlops.common.errors import RunFailed, UserError, causes
from mlops.common.names import fresh_identifier, run_name
from mlops.configuration.scale_out import SERVERLESS

if TYPE_CHECKING:
    from azure.ai.ml import MLClient
    from azure.ai.ml.entities import Job

ENDED = ("Completed", "Failed", "Canceled", "NotResponding")
POLL_SECONDS = (1.0, 20.0)  # between two polls of a job: at first, and at most


def run_as_pipeline(session: CloudSession, flow: Mapping[str, Any], arguments: argparse.Namespace) -> None:
    """Submit a flow's batch as a pipeline, follow it and report how it ended.

    Args:
        session: what the flow's arguments were made from.
        flow: the arguments of `pf.run` for it.
        arguments: as `mlops.cloud_runs.batches.cloud_arguments` parsed them.

    Raises:
        UserError: something is missing here or in the project, or is wrong; nothing was submitted.
        RunFailed: the run did not complete, or more lines failed than may.
    """
    settings, data = node_settings(session, arguments), local_data(session, arguments)
    name = f"{run_name(session.flow, session.environment)}_{fresh_identifier()}"
    if arguments.dry_run:
        print(as_yaml(new_pipeline(session, flow, arguments, name, data)), end="")
        return
    link = f"https://ml.azure.com/runs/{name}?wsid={session.project.resource_id}"
    with azure_errors(f"submitting the run {name}"):
        client = ml_client(session.project)
        check_identity(client, session.project, settings)
        if settings.compute != SERVERLESS:
            check_cluster(client, session, settings.compute)
        previous = resumable(client, session, arguments.resume_from) if arguments.resume_from else None
        data = resolved_data(client, data)
        job = new_pipeline(session, flow, arguments, name, data, asset_type(client, data), previous)
        for connection in filter(None, (session.connection, session.search_connection)):
            check_connection(client, session, connection)
        submit(client, job)
    print(f"Submitted  {name}  {link}", file=sys.stderr)
    if arguments.no_wait:
        print(f"Submitted  {name}  {link}")
        return
    with notify_still_running(name, link), azure_errors(f"following the run {name}"):
        ended, steps = follow(client, name)
    print(f"{ended.status}  {name}  {link}")
    with azure_errors(f"asking for the counts of the run {name}"):
        summary = retry_transient(lambda: summary_of(client, name))
    report(name, ended, steps, summary, "--scale_out " if arguments.scale_out else "")


def asset_type(client: MLClient, data: str) -> str | None:
    """Return the type of a data asset; None for what is here.

    Raises:
        UserError: it is a table; a parallel step counts the rows of a table by size alone, and loses their numbers.
    """
    if not data.startswith(ASSET):
        return None
    name, version = data.removeprefix(ASSET).split(":")
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
            raise UserError(f"the job {name} is not a batch of {session.flow} in {session.environment}")
    if job.status not in ENDED:
        raise UserError(f"the job {name} is {job.status}; wait for its end, or end it: az ml job cancel --name {name}")
    return job


def submit(client: MLClient, job: Mapping[str, Any]) -> None:
    """Register the components that are not registered yet, upload the data, and start the job.

    A submission whose answer got lost is one if the job is there: its name is unique to this command.
    """
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
    try:
        with plain_upload():
            client.jobs.create_or_update(load_job(_file(with_registered_components(job))))
    except Exception as error:
        conflict = any(status_of(cause) == 409 for cause in causes(error))
        if not (conflict or is_transient(error)) or not exists(client, job["name"]):
            raise


def exists(client: MLClient, name: str) -> bool:
    """Whether there is a job of this name."""
    from azure.core.exceptions import ResourceNotFoundError

    try:
        client.jobs.get(name)
    except ResourceNotFoundError:
        return False
    return True


def follow(client: MLClient, name: str) -> tuple[Job, dict[str, str]]:
    """Log the status of a job's steps to standard error until it ends; return the job and each step's status.

    The SDK lists None in the place of a step that it cannot parse, as of a kind that it does not know.
    """
    shown_steps: dict[str, str] = {}
    pause, longest = POLL_SECONDS
    while True:
        job = retry_transient(lambda: client.jobs.get(name))
        for step in retry_transient(lambda: [*filter(None, client.jobs.list(parent_job_name=name))]):
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


def report(name: str, ended: Job, steps: Mapping[str, str], summary: dict | None, options: str) -> None:
    """Report how a job ended, and the lines that failed, on standard error.

    Args:
        name: the job's name.
        ended: the job.
        steps: the status of each step.
        summary: what the last step counted, if the job got that far.
        options: with what the job is to be resumed.

    Raises:
        RunFailed: it did not complete.
    """
    if summary:
        for line in summary["failed_lines"]:
            place = f"{line['file']}, line {line['line']}" if "file" in line else f"line {line['line']}"
            print(f"{place}: {line['error']}", file=sys.stderr)
        if summary["failed"] > len(summary["failed_lines"]):
            print("and more, all of them in failed_lines.jsonl", file=sys.stderr)
        print(
            f"{summary['lines']} lines, {summary['failed']} failed, {summary['error_threshold']} may fail\n"
            f"az ml job download --name {name} --output-name collected  # the answers",
            file=sys.stderr,
        )
    if ended.status != "Completed":
        failed = ", ".join(f"{step}: {status}" for step, status in steps.items() if status in ("Failed", "Canceled"))
        raise RunFailed(
            f"the run {name} ended as {ended.status}{f' ({failed})' if failed else ''}; the answers so far are kept; "
            f"resume with {options}--resume_from {name}"
        )


def _file(content: Mapping[str, Any]) -> io.StringIO:
    quiet_sdk()
    return io.StringIO(as_yaml(content))
