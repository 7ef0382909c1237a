"""A batch as a pipeline job: made of a flow, its configuration and its data, and checked, with nothing sent yet."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from mlops.azure.data_assets import content_version
from mlops.cloud_runs.data import as_json_lines, to_jsonable
from mlops.cloud_runs.node_identity import check_identity_of_serverless
from mlops.cloud_runs.pipeline_checks import check_pipeline
from mlops.cloud_runs.scale_out_code import answer_folder, conda_file, script_folder
from mlops.cloud_runs.scale_out_pipeline import Batch, pipeline
from mlops.cloud_runs.session import ASSET, CloudSession, check_machine, chosen_data
from mlops.common.errors import UserError
from mlops.common.names import experiment_name
from mlops.common.paths import display_path
from mlops.configuration.scale_out import ScaleOutConfig
from mlops.data.column_mapping import mapped_columns
from mlops.data.files import check_data
from mlops.flow_folders.folders import digest_of

if TYPE_CHECKING:
    from azure.ai.ml.entities import Job

TAGS = {"flow": "flow", "environment": "environment", "data": "data", "answers": "answers", "lines": "lines_per_shard"}


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
        return data if data.startswith(ASSET) else str(as_json_lines(Path(data), session.column_requirements))
    files = sorted(path.rglob("*.jsonl"))
    if not files:
        raise UserError(f"{display_path(path)} has no file that ends in .jsonl")
    for file in files:
        check_data(file, session.column_requirements)
    return str(path)


def node_settings(session: CloudSession, arguments: argparse.Namespace) -> ScaleOutConfig:
    """Return how large a batch runs, and as whom: as configured, on one node unless many are asked for.

    Raises:
        UserError: nodes would have no identity, or a size is given for a cluster.
    """
    changes = {"compute": arguments.compute, "instance_type": arguments.instance_type}
    if not arguments.scale_out:
        changes["instance_count"] = 1
    configured = session.config.cloud.scale_out
    settings = configured.model_copy(update={key: value for key, value in changes.items() if value})
    check_machine(settings.compute, arguments.instance_type)
    check_identity_of_serverless(settings)
    return settings


def new_pipeline(
    session: CloudSession,
    flow: Mapping[str, Any],
    arguments: argparse.Namespace,
    run: str,
    data: str,
    data_type: str | None = None,
    previous: Job | None = None,
) -> dict[str, Any]:
    """Return the pipeline of a batch, checked, with nothing uploaded yet.

    Args:
        session: what the flow's arguments were made from.
        flow: the arguments of `pf.run` for it.
        arguments: as they were parsed.
        run: the name of the job.
        data: a file or folder here, or a data asset.
        data_type: uri_file or uri_folder; by default as the file or folder is, or as `data_type` says of an asset.
        previous: the job to resume.

    Raises:
        UserError: the configuration does not fit the flow, or the data is not that of the earlier job.
    """
    config, settings = session.config, node_settings(session, arguments)
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
    if data.startswith(ASSET):
        return data
    return digest_of(Path(data)) if Path(data).is_dir() else content_version(Path(data))


def as_yaml(job: Mapping[str, Any]) -> str:
    """Return a pipeline as the YAML that `az ml job create --file` takes."""
    return yaml.safe_dump(json.loads(json.dumps(job)), sort_keys=False, width=120)  # without anchors
