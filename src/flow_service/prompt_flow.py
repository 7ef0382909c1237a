"""Prompt flow's settings and patches in this service: no tracing, no log, no home directory."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from mlops.common.paths import REPOSITORY
from mlops.flow_folders.definition import FlowDefinition


def set_up_environment() -> None:
    """Set Prompt flow's environment variables before it is imported. Those that are set already are kept."""
    for name, value in {
        # Its spans hold inputs and outputs and cost more than the rest of a flow; `telemetry.flows` has ours.
        "PF_DISABLE_TRACING": "true",
        "PF_TRACING_SKIP_LOCAL_SETUP": "true",
        "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED": "true",  # its exporters call home for settings even if unused
        "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL": "true",
        "PF_LOGGING_LEVEL": "CRITICAL",  # it would log inputs and outputs
    }.items():
        os.environ.setdefault(name, value)


def set_up_caches(flows: Iterable[FlowDefinition], documents_folder: Path) -> list[Path]:
    """Set the folders of the flows' caches where they are not set already, and return them.

    Args:
        flows: the flows that are served.
        documents_folder: the folder of documents and caches. Batches have other caches, since these expire.
    """
    folders = []
    for flow in flows:
        if flow.cache:
            base = os.environ.setdefault(flow.cache.variable, str(documents_folder / flow.name))
            folders += [REPOSITORY / base / folder for folder in flow.cache.folders]
    return folders


def set_up_executor() -> None:
    """Patch the execution of DAGs: its slow paths (docs/decisions/0002), and what it does on cancellation."""
    from mlops.promptflow_patches.cancellation import keep_process_on_cancellation
    from mlops.promptflow_patches.speedups import compile_templates_once, share_node_threads

    keep_process_on_cancellation()
    share_node_threads()
    compile_templates_once()
