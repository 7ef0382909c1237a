"""Cancellation of DAG flows. Imports nothing of this repository: scaled-out batches upload this file to their nodes."""

from __future__ import annotations


def keep_process_on_cancellation() -> None:
    """Let the cancellation of a DAG, as on a timeout or when the caller disconnects, cancel its nodes and nothing else.

    Fault: Prompt flow takes every cancellation for Ctrl+C, and ends the process half a minute later with status 0.
    Version: 1.18.5.
    Check: `a_cancelled_dag_ends_the_process`.
    """
    from promptflow.executor._async_nodes_scheduler import AsyncNodesScheduler

    async def cancel(scheduler: AsyncNodesScheduler) -> None:
        for task in scheduler._task_start_time:
            task.cancel()

    AsyncNodesScheduler.cancel = cancel
