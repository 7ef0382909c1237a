"""Resuming a batch that failed part-way or was killed, without repeating finished lines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from mlops.common.errors import UserError
from mlops.common.paths import PROMPTFLOW_HOME, display_path
from mlops.data.files import sha256
from mlops.runs.batch_report import RUNS, line_records
from mlops.runs.degraded import is_degraded

if TYPE_CHECKING:
    from promptflow.client import PFClient
    from promptflow.entities import Run

# What a run has to be labelled with so that it can be resumed.
FLOW_TAG, ENVIRONMENT_TAG, CONNECTION_TAG, DATA_TAG, OVERRIDES_TAG, VARIANT_TAG, REPEAT_TAG, MODELS_TAG = (
    "flow",
    "environment",
    "connection",
    "data_sha256",
    "connections",
    "variant",
    "repeat",
    "models",
)
RESUMED_TAG = "resumed"  # the runs that it resumes, separated by blanks, the first one first


def resume_tags(data_sha256: str, connections: Mapping[str, object]) -> dict[str, str]:
    """Return what a run is to remember of its data, and of the connections that take the place of the flow's own.

    Args:
        data_sha256: the hash of the data file.
        connections: by node, as `pf.run` takes them.
    """
    return {DATA_TAG: data_sha256, OVERRIDES_TAG: json.dumps(connections)}


def find_run(pf: PFClient, name: str, flow: str, environment: str) -> Run:
    """Return an earlier run of a flow in an environment, whose data is still what it was.

    Raises:
        UserError: there is no such run, or it is another flow's or environment's, or its data has changed, so that its
            finished lines no longer belong to it.
    """
    from promptflow._sdk._errors import RunNotFoundError

    try:
        run = pf.runs.get(name)
    except RunNotFoundError:
        known = ", ".join(run.name for run in pf.runs.list(max_results=3)) or "none"
        raise UserError(f"there is no run {name} to resume; the latest are: {known}") from None
    tags = run.tags or {}
    for tag, expected in {FLOW_TAG: flow, ENVIRONMENT_TAG: environment}.items():
        if tags.get(tag) != expected:
            other = tags.get(tag, "of another tool")
            raise UserError(f"run {name} has the {tag} {other}, so {expected} cannot resume it")
    data = Path(run.data)
    if not data.is_file() or sha256(data) != tags[DATA_TAG]:
        raise UserError(
            f"{display_path(data)} is no longer what run {name} ran on; start a new run instead of resuming it"
        )
    return run


def settings_of(run: Run, variant: Mapping[str, str], repeat: int | None) -> tuple[Mapping[str, str], int]:
    """Return the variant that a run is of, and how often it asks each line: a run that resumes it does the same.

    Args:
        run: the earlier run.
        variant: what the command line says of the variant; empty for nothing.
        repeat: what it says of the repeats; None for nothing.

    Raises:
        UserError: the command line says something else than the run did.
    """
    was, repeats = json.loads(run.tags.get(VARIANT_TAG, "{}")), int(run.tags.get(REPEAT_TAG, "1"))
    if variant and variant != was:
        settings = " ".join(f"{key}={value}" for key, value in was.items()) or "the configured settings"
        raise UserError(f"run {run.name} has {settings}; leave --variant out to resume it")
    if repeat not in (None, repeats):
        raise UserError(f"run {run.name} asks each line {repeats} times; leave --repeat out to resume it")
    return was, repeats


def ancestors(run: Run | None) -> list[str]:
    """Return the names of a run and of those that it resumed, the first one first; none for no run."""
    return [] if run is None else [*(run.tags.get(RESUMED_TAG) or "").split(), run.name]


def check_same_models(run: Run, models: str) -> None:
    """Check that an evaluation is resumed with the models that it began with: its report names one set of them.

    Raises:
        UserError: the configuration has changed.
    """
    was = run.tags.get(MODELS_TAG, models)
    if was != models:
        raise UserError(
            f"run {run.name} asked {was}, and the configuration now says {models}; set it back to resume, or "
            "start a new run"
        )


def make_resumable(pf: PFClient, run: Run) -> None:
    """Let Prompt flow resume a run that was killed: it takes only runs that ended, and complete files.

    Lines that are degraded lose their records, though not their outputs, so that they are asked again like failed ones.

    Raises:
        UserError: the run is still going.
    """
    with run_lock(run.name):
        folder = RUNS / run.name
        (folder / "outputs.jsonl").touch()
        whole = {record["line_number"] for record in line_records(folder) if not is_degraded(record)}
        for path in (folder / "flow_artifacts").glob("*.jsonl"):
            if int(path.stem.partition("_")[0]) not in whole:
                path.unlink()
        if run.status != "Completed":
            pf.runs.update(run.name, status="Completed")
    _remember_connections(pf, run)


@contextmanager
def run_lock(run_name: str) -> Iterator[None]:
    """Hold a run's lock, which the operating system lets go when its process dies, however it dies.

    Raises:
        UserError: another process holds it.
    """
    folder = PROMPTFLOW_HOME / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / f"{run_name}.lock", timeout=0):
            yield
    except Timeout:
        raise UserError(f"run {run_name} is still going in another process") from None


def _remember_connections(pf: PFClient, run: Run) -> None:
    """Give a run back the connections and deployments of its nodes: Prompt flow keeps all else, but not these."""
    get = pf.runs.get

    def get_with_connections(name: str) -> Run:
        found = get(name)
        if name == run.name:
            found.connections = json.loads(run.tags[OVERRIDES_TAG])
        return found

    pf.runs.get = get_with_connections
