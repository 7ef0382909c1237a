"""Runs in Azure: submitted, followed while their log grows, and which of their lines failed."""

from __future__ import annotations

import io
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, redirect_stderr
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from mlops.common.azure import is_passing, status_of, without_secrets
from mlops.common.batch_reports import FailedLine
from mlops.common.errors import causes
from mlops.common.flow_folders import NOT_COPIED
from mlops.common.promptflow_fixes import without_version_check

if TYPE_CHECKING:
    from azure.ai.ml import MLClient
    from promptflow.azure.operations import RunOperations
    from promptflow.entities import Run

Answer = TypeVar("Answer")
ENDED = ("Completed", "Failed", "Canceled")
ATTEMPTS = 3  # to submit a run
FIRST_WAIT, LONGEST_WAIT = 1.0, 10.0  # seconds from one look at a run to the next
PATIENCE = 300.0  # seconds for which Azure may not answer while a run is followed


@dataclass(frozen=True)
class EndedRun:
    """How a run ended.

    Attributes:
        status: Completed, Failed or Canceled.
        reason: why it failed; empty where it did not, or gives no reason.
    """

    status: str
    reason: str


def runs_of(client: MLClient) -> RunOperations:
    """Return the project's runs.

    Raises:
        Exception: the project cannot be asked.
    """
    from promptflow.azure import PFClient

    without_version_check()
    return PFClient(ml_client=client).runs


def submit(runs: RunOperations, run: Run) -> None:
    """Upload the flow and the data, and start the run.

    `PFClient.run` would lose the resources. What is uploaded is a copy, since Prompt flow writes the flow's definition
    anew before it uploads it. A submission whose answer got lost is not sent again if the run is there: its name is
    this command's alone.
    """
    with tempfile.TemporaryDirectory() as folder, quiet_progress():
        run.flow = shutil.copytree(run.flow, Path(folder) / run.tags["flow"], ignore=NOT_COPIED)
        run._validate_for_run_create_operation()
        request = runs._resolve_dependencies_in_parallel(run=run, runtime=None)
    from azure.core.exceptions import DecodeError

    scope = runs._operation_scope
    for left in reversed(range(ATTEMPTS)):
        try:
            answer = runs._service_caller.submit_bulk_run(
                scope.subscription_id, scope.resource_group_name, scope.workspace_name, body=request
            )
            if answer == run.name or exists(runs, run.name):
                return
            raise DecodeError("the answer does not name the run, which is not there either")
        except Exception as error:
            conflict = any(status_of(cause) == 409 for cause in causes(error))
            if not (conflict or is_passing(error)):
                raise
            if exists(runs, run.name):
                return
            if conflict or not left:
                raise
            time.sleep(FIRST_WAIT)


def follow(runs: RunOperations, name: str) -> EndedRun:
    """Write a run's log to standard error while it grows, until the run has ended.

    Prompt flow's own `stream` looks every ten seconds, gives up at the first answer that fails, and after ten minutes
    without a line of log, as when a machine is being made.

    Raises:
        KeyboardInterrupt: Ctrl+C, or SIGTERM. The run goes on.
        Exception: Azure refuses to tell, or has not answered for five minutes.
    """
    written, wait = 0, FIRST_WAIT
    while True:
        metadata = patiently(lambda: _metadata(runs, name))
        log = patiently(lambda: runs._get_log(flow_run_id=name)) or ""
        sys.stderr.write(without_secrets(log[written:]))
        sys.stderr.flush()
        written = len(log)
        if metadata["status"] in ENDED:
            error = (metadata.get("error") or {}).get("error") or {}
            return EndedRun(metadata["status"], without_secrets(error.get("message") or ""))
        time.sleep(wait)
        wait = min(wait * 1.5, LONGEST_WAIT)


def patiently(ask: Callable[[], Answer]) -> Answer:
    """Return what Azure answers to a question that may be asked again; while it is busy, or away, ask again.

    Raises:
        Exception: Azure refuses to tell, or has not answered for five minutes.
    """
    wait, begun = FIRST_WAIT, time.monotonic()
    while True:
        try:
            return ask()
        except Exception as error:
            if not is_passing(error) or time.monotonic() - begun > PATIENCE:
                raise
        time.sleep(wait)
        wait = min(wait * 1.5, LONGEST_WAIT)


def exists(runs: RunOperations, name: str) -> bool:
    """Tell whether there is a run of this name."""
    from promptflow._sdk._errors import RunNotFoundError

    try:
        runs.get(name, original_form=True)
    except RunNotFoundError:
        return False
    return True


def failed_lines(runs: RunOperations, name: str, lines: int | None) -> tuple[int, list[FailedLine]]:
    """Return how many lines a completed run has, and those without an output; Azure calls it completed all the same.

    Args:
        runs: the project's runs.
        name: the run's name.
        lines: how many lines its data has, if that is known: a line of which the run knows nothing has failed as well.
    """
    children = {child["index"]: child for child in runs._get_flow_runs_pagination(name, max_results=sys.maxsize)}
    count = max(lines or 0, len(children))
    return count, [FailedLine(i + 1, _reason(children.get(i))) for i in range(count) if not _has_output(children, i)]


@contextmanager
def quiet_progress() -> Iterator[None]:
    """Keep the uploads' bars and colours, which no setting turns off, to a terminal."""
    with nullcontext() if sys.stderr.isatty() else redirect_stderr(io.StringIO()):
        yield


@contextmanager
def sigterm_as_interrupt() -> Iterator[None]:
    """Let SIGTERM end the block as Ctrl+C does."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _metadata(runs: RunOperations, name: str) -> dict:
    from azure.core.exceptions import DecodeError

    answer = runs.get(name, original_form=True)
    metadata = answer.get("runMetadata") if isinstance(answer, dict) else None
    if not isinstance(metadata, dict) or "status" not in metadata:
        raise DecodeError(f"the answer tells no status of {name}")
    return metadata


def _has_output(children: dict[int, dict], index: int) -> bool:
    return isinstance((children.get(index) or {}).get("output"), dict)


def _reason(child: dict | None) -> str:
    error = (child or {}).get("error") or {}
    message = error.get("message") if isinstance(error, dict) else str(error)
    return without_secrets(" ".join(str(message or "no output, and no reason was given").split()))
