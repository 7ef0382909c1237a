"""Prompt flow's own settings in this service: silent, without a home directory of its own, and quick."""

from __future__ import annotations

import os
from pathlib import Path


def set_up_environment(documents_folder: Path) -> None:
    """Tell Prompt flow and the flows how to behave, before anything of them is imported. What is set already stays.

    Args:
        documents_folder: where the service keeps documents, and the flow what it makes of them: apart from that of
            batches, since here it is deleted after a while.
    """
    for name, value in {
        # Its spans hold inputs and outputs and cost more than the rest of a flow; `telemetry.flows` has our own.
        "PF_DISABLE_TRACING": "true",
        "PF_TRACING_SKIP_LOCAL_SETUP": "true",
        "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED": "true",  # its exporters call home for settings even if unused
        "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL": "true",
        "PF_LOGGING_LEVEL": "CRITICAL",  # it would log inputs and outputs
        "CHAT_WITH_PDF_CACHE": str(documents_folder / "chat_with_pdf"),
    }.items():
        os.environ.setdefault(name, value)


def set_up_executor() -> None:
    """Take the detours out of the execution of DAGs that cost the most (docs/decisions/0002), and its way to end us."""
    from mlops.common.promptflow_speedups import compile_templates_once, keep_threads_of_nodes

    outlive_cancelled_flows()
    keep_threads_of_nodes()
    compile_templates_once()


def outlive_cancelled_flows() -> None:
    """Let a DAG that is cancelled, since its caller is gone or its time is up, end its nodes and nothing else.

    Prompt flow takes any cancellation for Ctrl+C: half a minute later it ends the process, with the status of success.
    """
    from promptflow.executor._async_nodes_scheduler import AsyncNodesScheduler

    async def cancel(scheduler: AsyncNodesScheduler) -> None:
        for task in scheduler._task_start_time:
            task.cancel()

    AsyncNodesScheduler.cancel = cancel
