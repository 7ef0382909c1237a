"""Runs in Azure: submitted, followed while their log grows, and which of their lines failed."""

from __future__ import annotations

import _thread
import io
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, redirect_stderr
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from mlops.azure.client import is_transient, redact_secrets, status_of
from mlops.common.errors import RunFailed, UserError, causes
from mlops.flow_folders.folders import NOT_COPIED
from mlops.promptflow_patches.fixes import disable_version_check, require_consent_for_telemetry
from mlops.runs.batch_report import FailedLine

if TYPE_CHECKING:
    from azure.ai.ml import MLClient
    from promptflow.azure.operations import RunOperations
    from promptflow.entities import Run

Answer = TypeVar("Answer")
ENDED = ("Completed", "Failed", "Canceled")
ATTEMPTS = 3  # to submit a run
FIRST_WAIT, LONGEST_WAIT = 1.0, 10.0  # seconds between two polls of a run
ANSWER_TIMEOUT_S = 300.0  # seconds without an answer after which a run is no longer followed


@dataclass(frozen=True)
class RunResult:
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

    require_consent_for_telemetry()
    disable_version_check()
    return PFClient(ml_client=client).runs


def submit(runs: RunOperations, run: Run) -> None:
    """Upload the flow and the data, and start the run.

    `PFClient.run` would lose the resources. What is uploaded is a copy, since Prompt flow rewrites the flow's
    definition before the upload. A submission whose answer got lost is not repeated if the run exists: its name is
    unique to this command.
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
            if not (conflict or is_transient(error)):
                raise
            if exists(runs, run.name):
                return
            if conflict or not left:
                raise
            time.sleep(FIRST_WAIT)


def follow(runs: RunOperations, name: str) -> RunResult:
    """Write a run's log to standard error while it grows, until the run has ended.

    Prompt flow's own `stream` polls every ten seconds, and gives up at the first failed request, or after ten minutes
    without a line of log, as while a machine is provisioned.

    Raises:
        KeyboardInterrupt: Ctrl+C, or SIGTERM. The run keeps running.
        Exception: Azure refuses to answer, or has not answered for five minutes.
    """
    written, wait = 0, FIRST_WAIT
    while True:
        metadata = retry_transient(lambda: _metadata(runs, name))
        log = retry_transient(lambda: runs._get_log(flow_run_id=name)) or ""
        sys.stderr.write(redact_secrets(log[written:]))
        sys.stderr.flush()
        written = len(log)
        if metadata["status"] in ENDED:
            error = (metadata.get("error") or {}).get("error") or {}
            return RunResult(metadata["status"], redact_secrets(error.get("message") or ""))
        time.sleep(wait)
        wait = min(wait * 1.5, LONGEST_WAIT)


def retry_transient(ask: Callable[[], Answer]) -> Answer:
    """Return Azure's answer to an idempotent request, retried while Azure is busy or out of reach.

    Raises:
        Exception: Azure refuses to answer, or has not answered for five minutes.
    """
    wait, begun = FIRST_WAIT, time.monotonic()
    while True:
        try:
            return ask()
        except Exception as error:
            if not is_transient(error) or time.monotonic() - begun > ANSWER_TIMEOUT_S:
                raise
        time.sleep(wait)
        wait = min(wait * 1.5, LONGEST_WAIT)


def exists(runs: RunOperations, name: str) -> bool:
    """Whether there is a run of this name."""
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
def interruptible() -> Iterator[None]:
    """Let Ctrl+C and SIGTERM end the block with KeyboardInterrupt, wherever in it they arrive.

    An exception that is raised while Python runs a finalizer, as when a pool of connections is collected, is printed
    and swallowed. So it is raised again, each second, until the block has ended.
    """
    again: list[threading.Timer] = []

    def interrupt(number: int, frame: object) -> None:
        timer = threading.Timer(1.0, _signal_main_thread, [number])
        timer.daemon = True
        timer.start()
        again.append(timer)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for timer in again:
            timer.cancel()
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def notify_still_running(name: str, link: str) -> Iterator[None]:
    """If the block ends early, print that the run is still running, and where to see it."""
    try:
        with interruptible():
            yield
    except (KeyboardInterrupt, UserError, RunFailed):
        print(f"The run {name} is still running in Azure: {link}", file=sys.stderr)
        raise


def _signal_main_thread(number: int) -> None:
    """Send this process's main thread a signal; where the system can, it also ends what the thread waits for."""
    main_thread = threading.main_thread().ident
    if main_thread is not None and hasattr(signal, "pthread_kill"):
        signal.pthread_kill(main_thread, number)
    else:
        _thread.interrupt_main(signal.Signals(number))


def _metadata(runs: RunOperations, name: str) -> dict:
    from azure.core.exceptions import DecodeError

    answer = runs.get(name, original_form=True)
    metadata = answer.get("runMetadata") if isinstance(answer, dict) else None
    if not isinstance(metadata, dict) or "status" not in metadata:
        raise DecodeError(f"the answer has no status of {name}")
    return metadata


def _has_output(children: dict[int, dict], index: int) -> bool:
    return isinstance((children.get(index) or {}).get("output"), dict)


def _reason(child: dict | None) -> str:
    error = (child or {}).get("error") or {}
    message = error.get("message") if isinstance(error, dict) else str(error)
    return redact_secrets(" ".join(str(message or "no output, and no reason was given").split()))
