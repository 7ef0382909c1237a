"""A batch: the arguments of `pf.run`, progress while it runs, tokens, and resuming one that ended part-way."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mlops.common.errors import INTERRUPTED, UserError
from mlops.common.storage_faults import storage_fault
from mlops.promptflow_patches.fixes import isolate_lines, replace_batch_reader, share_node_log
from mlops.promptflow_patches.speedups import speed_up_promptflow
from mlops.runs.batch_report import RUNS, BatchReport, line_records, report_batch
from mlops.runs.progress import report_progress
from mlops.runs.resume import make_resumable, resume_tags, run_lock
from mlops.tracing.tokens import TokenCount, count_tokens
from mlops.tracing.traces import tracing

if TYPE_CHECKING:
    from promptflow.entities import Run

    from mlops.runs.session import Session


@dataclass
class Batch:
    """A batch of a session's flow over its data.

    Attributes:
        session: the open session.
        tokens: the tokens so far.
        run: what `pf.run` returned; whoever runs the batch sets it.
    """

    session: Session
    tokens: TokenCount
    run: Run | None = None

    def options(self) -> dict[str, Any]:
        """Return the arguments of `pf.run` that are alike for all flows: the run's name, its tags, its concurrency."""
        session = self.session
        connections = session.definition.arguments(session).get("connections", {})
        tags = {**session.tags, **resume_tags(session.data_sha256, connections)}
        return {"name": session.run_name, "tags": tags, **self._concurrency}

    def resumed(self) -> Run | None:
        """Resume the session's earlier run, if there is one, with the flow and the data of that time."""
        session, previous = self.session, self.session.resume_from
        if previous is None:
            return None
        # Prompt flow forgets the client's setting for outputs when it copies a run.
        return session.pf.run(
            resume_from=previous.name,
            name=session.run_name,
            tags={**previous.tags, **session.tags},
            output_path=RUNS / session.run_name,
            **self._concurrency,
        )

    @property
    def _concurrency(self) -> dict[str, Any]:
        # One process on asyncio; the default is a pool of processes that costs seconds and a gigabyte.
        return {"batch_use_async": True, "worker_count": self.session.config.concurrency}

    def report(self) -> BatchReport:
        """Return the outcome of the batch."""
        session = self.session
        report = report_batch(
            session.title,
            session.lines,
            self.run,
            self.tokens.total,
            session.failed_samples,
            session.config.max_degraded,
        )
        return replace(report, resume_command=session.resume_command)


@contextmanager
def open_batch(session: Session, traced: bool = False) -> Iterator[Batch]:
    """Show progress and count tokens while a batch runs, and open its traces afterwards if requested.

    Args:
        session: an open session.
        traced: record every line's calls and tokens with the line, which doubles the time of a batch.

    Raises:
        UserError: the run that is to be resumed is still going.
    """
    speed_up_promptflow()
    share_node_log()
    isolate_lines()
    if session.resume_from:
        make_resumable(session.pf, session.resume_from)
    seen: dict[int, bool] = {}

    def count() -> tuple[int, int]:
        done = line_records(RUNS / session.run_name, seen)
        seen.update((record["line_number"], record["status"] != "Completed") for record in done)
        return len(seen), sum(seen.values())

    name = session.run_name
    with ExitStack() as stack:
        stack.enter_context(run_lock(name))
        stack.enter_context(exit_on_interrupt(session))
        if traced:
            stack.enter_context(tracing())
        tokens = stack.enter_context(count_tokens())
        stack.enter_context(_explain_storage_faults(session))
        stack.enter_context(
            replace_batch_reader(session.data, session.data_sha256, session.column_requirements, session.repeat)
        )
        stack.enter_context(report_progress(session.lines * session.repeat, count))
        batch = Batch(session, tokens)
        yield batch
    if session.visualize:
        session.pf.visualize(batch.run)


@contextmanager
def _explain_storage_faults(session: Session) -> Iterator[None]:
    """Turn an error of writing into one with the command that resumes the run.

    Raises:
        UserError: the disk is full, or cannot be written to.
    """
    try:
        yield
    except Exception as error:
        fault = storage_fault(error)
        if fault is None:
            raise
        logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # it would log every other line that met the fault
        begun = any(True for _ in line_records(RUNS / session.run_name))
        raise UserError(f"{fault}; then resume with {session.resume_command}" if begun else fault) from error


@contextmanager
def exit_on_interrupt(session: Session) -> Iterator[None]:
    """End the process at once on Ctrl+C; print how to resume where a line is finished, since that is on disk.

    Prompt flow would finish the batch first or, after a DAG flow was called, exit with status 0.
    """

    def end(*_: object) -> None:
        begun = any(True for _ in line_records(RUNS / session.run_name))
        resume = f"; resume with {session.resume_command}" if begun else ""
        print(f"\ninterrupted{resume}", file=sys.stderr, flush=True)
        sys.stdout.flush()
        for child in multiprocessing.active_children():
            child.kill()  # the one in which Prompt flow reads a flow's signature ignores Ctrl+C
        os._exit(INTERRUPTED)

    if threading.current_thread() is not threading.main_thread():  # only there can signals be handled
        yield
        return
    before = signal.signal(signal.SIGINT, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
