"""A batch: the arguments of `pf.run`, progress while it runs, tokens, and going on with one that ended part-way."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops.common.batch_reports import RUNS, BatchReport, line_records, report_batch
from mlops.common.errors import INTERRUPTED
from mlops.common.progress import shown_progress
from mlops.common.promptflow_speedups import speed_up_promptflow
from mlops.common.resume import make_resumable, resume_tags, run_lock
from mlops.common.tokens import TokenCount, counted_tokens
from mlops.common.traces import tracing

if TYPE_CHECKING:
    from promptflow.entities import Run

    from mlops.common.session import Session


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
        session, previous = self.session, self.session.resume_from
        # One process on asyncio; the default is a pool of processes that costs seconds and a gigabyte.
        options = {
            "name": session.run_name,
            "batch_use_async": True,
            "worker_count": session.config.concurrency,
        }
        if previous:
            options["tags"] = {**previous.tags, **session.tags}
            # Prompt flow forgets the client's setting for outputs when it copies a run.
            return {"resume_from": previous.name, "output_path": RUNS / session.run_name, **options}
        options["tags"] = {**session.tags, **resume_tags(session.data, new_run)}
        return {"data": str(session.data), **new_run, **options}

    def report(self) -> BatchReport:
        """Return what became of the batch."""
        return report_batch(self.session.title, self.session.lines, self.run, self.tokens.total)


@contextmanager
def open_batch(session: Session, traced: bool = False) -> Iterator[Batch]:
    """Show progress and count tokens while a batch runs, and open its traces afterwards if they were asked for.

    Args:
        session: an open session.
        traced: record every line's calls and tokens with the line, which doubles the time of a batch.

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

    name = session.run_name
    with ExitStack() as stack:
        stack.enter_context(run_lock(name))
        stack.enter_context(_ended_by_interrupt(name))
        if traced:
            stack.enter_context(tracing())
        tokens = stack.enter_context(counted_tokens())
        stack.enter_context(shown_progress(session.lines, count))
        batch = Batch(session, tokens)
        yield batch
    if session.visualize:
        session.pf.visualize(batch.run)


@contextmanager
def _ended_by_interrupt(run_name: str) -> Iterator[None]:
    """End the process at once on Ctrl+C, and tell how to go on; what is finished is on disk.

    Prompt flow would first finish the batch or, after a DAG flow was called, end with the status of success.
    """

    def end(*_: object) -> None:
        print(f"\ninterrupted; go on with --resume_from {run_name}", file=sys.stderr, flush=True)
        sys.stdout.flush()
        os._exit(INTERRUPTED)

    if threading.current_thread() is not threading.main_thread():  # only there can signals be handled
        yield
        return
    before = signal.signal(signal.SIGINT, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
