"""Going on with a batch that failed part-way or was killed, without repeating the lines that are finished."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from mlops.common.batch_reports import RUNS, line_records
from mlops.common.errors import UserError
from mlops.common.paths import PROMPTFLOW_HOME, shown

if TYPE_CHECKING:
    from promptflow.client import PFClient
    from promptflow.entities import Run

# What a run has to be labelled with so that it can be resumed.
FLOW_TAG, ENVIRONMENT_TAG, CONNECTION_TAG, DATA_TAG, OVERRIDES_TAG = (
    "flow", "environment", "connection", "data_sha256", "connections",
)


def resume_tags(data: Path, new_run: Mapping[str, object]) -> dict[str, str]:
    """Return what a run is to remember of its data, and of the connections that take the place of the flow's own.

    Args:
        data: the file.
        new_run: the arguments of `pf.run`.
    """
    return {DATA_TAG: sha256(data), OVERRIDES_TAG: json.dumps(new_run.get("connections") or {})}


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
    for tag, wanted in {FLOW_TAG: flow, ENVIRONMENT_TAG: environment}.items():
        if tags.get(tag) != wanted:
            other = tags.get(tag, "of another tool")
            raise UserError(f"run {name} has the {tag} {other}, so {wanted} cannot resume it")
    data = Path(run.data)
    if not data.is_file() or sha256(data) != tags[DATA_TAG]:
        raise UserError(f"{shown(data)} is no longer what run {name} ran on; start a new run instead of resuming it")
    return run


def make_resumable(pf: PFClient, run: Run) -> None:
    """Let Prompt flow go on with a run that was killed: it takes only runs that ended, and files that are whole.

    Raises:
        UserError: the run is still going.
    """
    with run_lock(run.name):
        folder = RUNS / run.name
        (folder / "outputs.jsonl").touch()
        whole = {record["line_number"] for record in line_records(folder)}
        for path in (folder / "flow_artifacts").glob("*.jsonl"):
            if int(path.stem.partition("_")[0]) not in whole:
                path.unlink()
        if run.status != "Completed":
            pf.runs.update(run.name, status="Completed")
    _remember_connections(pf, run)


def sha256(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


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
