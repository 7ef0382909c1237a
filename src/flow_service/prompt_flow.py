"""Prompt flow's own settings in this service: silent, without a home directory of its own, and quick."""

from __future__ import annotations

import os

TRACING = ("APPLICATIONINSIGHTS_CONNECTION_STRING", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def set_up_environment() -> None:
    """Tell Prompt flow how to behave, before anything of it is imported. What is set already stays as it is."""
    traced = any(os.environ.get(name) for name in TRACING)
    for name, value in {
        # Traces cost more than the rest of a flow (docs/decisions/0002), so they are made where somebody gets them.
        "PF_DISABLE_TRACING": "false" if traced else "true",
        "PF_TRACING_SKIP_LOCAL_SETUP": "true",
        "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED": "true",  # its exporters call home for settings even if unused
        "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL": "true",
        "PF_LOGGING_LEVEL": "CRITICAL",  # it would log inputs and outputs
    }.items():
        os.environ.setdefault(name, value)


def set_up_executor() -> None:
    """Take the detours out of the execution of DAGs that cost the most (docs/decisions/0002)."""
    from mlops.common.promptflow_speedups import compile_templates_once, keep_threads_of_nodes

    keep_threads_of_nodes()
    compile_templates_once()
