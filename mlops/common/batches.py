"""A batch: the arguments of `pf.run`, progress while it runs, tokens, and going on with one that ended part-way."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from mlops.common.batch_reports import RUNS, BatchReport, line_records, report_batch
from mlops.common.errors import UserError
from mlops.common.paths import PROMPTFLOW_HOME, shown
from mlops.common.progress import shown_progress
from mlops.common.promptflow_speedups import speed_up_promptflow
from mlops.common.tokens import TokenCount, counted_tokens

if TYPE_CHECKING:
    from promptflow.client import PFClient
    from promptflow.entities import Run

    from mlops.common.session import Session

FLOW_TAG, ENVIRONMENT_TAG, DATA_TAG = "flow", "environment", "data_sha256"


@dataclass
class Batch:
    """A batch of a session's flow over its data.

    Attributes:
        session: the open session.
        tokens: the tokens so far.
        run: what `pf.run` returned; the runner sets it.
    """

    session: Session
    tokens: TokenCount
    run: Run | None = None

    def new_or_resumed(self, **new_run: object) -> dict[str, object]:
        """Return the arguments of `pf.run` for a new batch, or for the one that is resumed.

        Args:
            new_run: flow, column_mapping, init and so on; a resumed run has them from its predecessor.
        """
        session = self.session
        # One process on asyncio; the default is a pool of processes that costs seconds and a gigabyte.
        options = {
            "name": session.run_name,
            "tags": {**session.tags, DATA_TAG: sha256(session.data)},
            "batch_use_async": True,
            "worker_count": session.config.concurrency,
        }
        if session.resume_from:
            # Prompt flow forgets the client's setting for outputs when it copies a run.
            return {"resume_from": session.resume_from.name, "output_path": RUNS / session.run_name, **options}
        return {"data": str(session.data), **new_run, **options}

    def report(self) -> BatchReport:
        """Return what became of the batch."""
        return report_batch(self.session.flow, self.session.lines, self.run, self.tokens.total)


@contextmanager
def open_batch(session: Session) -> Iterator[Batch]:
    """Show progress and count tokens while a batch runs, and open its traces afterwards if they were asked for.

    Raises:
        UserError: the run that is to be resumed is still going.
    """
    speed_up_promptflow()
    if session.resume_from:
        make_resumable(session.pf, session.resume_from)
    seen: dict[int, bool] = {}

    def count() -> tuple[int, int]:
        done = line_records(RUNS / session.run_name, seen)
        seen.update((record["line_number"], record["status"] != "Completed") for record in done)
        return len(seen), sum(seen.values())

    with _lock(session.run_name), counted_tokens() as tokens, shown_progress(session.lines, count):
        batch = Batch(session, tokens)
        yield batch
    if session.visualize:
        session.pf.visualize(batch.run)


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
    if not data.is_file() or sha256(data) != tags.get(DATA_TAG):
        raise UserError(f"{shown(data)} is no longer what run {name} ran on; start a new run instead of resuming it")
    return run


def make_resumable(pf: PFClient, run: Run) -> None:
    """Let Prompt flow go on with a run that was killed: it takes only runs that ended, and files that are whole.

    Raises:
        UserError: the run is still going.
    """
    with _lock(run.name):
        folder = RUNS / run.name / "flow_artifacts"
        whole = {record["line_number"] for record in line_records(RUNS / run.name)}
        for path in folder.glob("*.jsonl"):
            if int(path.stem.partition("_")[0]) not in whole:
                path.unlink()
        if run.status != "Completed":
            pf.runs.update(run.name, status="Completed")


def sha256(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


@contextmanager
def _lock(run_name: str) -> Iterator[None]:
    """Hold a run's lock, which the operating system lets go when its process dies, however it dies."""
    folder = PROMPTFLOW_HOME / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / f"{run_name}.lock", timeout=0):
            yield
    except Timeout:
        raise UserError(f"run {run_name} is still going in another process") from None
