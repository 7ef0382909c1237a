"""Traces: kept in memory to be printed as a tree, or exported to Prompt flow's trace page."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from mlops.azure.client import azure_errors, ml_client
from mlops.common.errors import UserError
from mlops.configuration.sections import AiStudioConfig

DISABLED = "PF_DISABLE_TRACING"


def set_up_traces(export: bool) -> None:
    """Let Prompt flow trace the calls of the OpenAI client.

    Args:
        export: trace everything, and send it to Prompt flow's trace service, which is started if need be and keeps
            running after this process (`pf service stop` ends it). Otherwise only `collected_spans` traces.
    """
    # What promptflow.tracing.start_trace() does first; the rest of it starts the trace service.
    from promptflow.tracing._integrations._openai_injector import inject_openai_api

    inject_openai_api()
    # Prompt flow sets attributes to None where the model's answer leaves a field out, and each gives a warning.
    logging.getLogger("opentelemetry.attributes").setLevel(logging.ERROR)
    if export:
        from promptflow._sdk._tracing import OTLPSpanExporterWithTraceURL

        # It prints two lines for every trace; the page that is opened at the end lists them all.
        OTLPSpanExporterWithTraceURL._print_trace_url = lambda exporter, trace_id: None
        os.environ.update({DISABLED: "false", "PF_TRACING_SKIP_LOCAL_SETUP": "false"})
        os.environ.setdefault("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "60")  # seconds; the trace service is slow to start


def check_trace_store(project: AiStudioConfig) -> None:
    """Make sure that the project takes traces; Prompt flow itself would but warn, and keep them on this machine.

    Raises:
        UserError: the project cannot be reached, or keeps no traces.
    """
    with azure_errors("--deploy_traces"):
        client = ml_client(project)
        from promptflow.azure import PFClient

        store = PFClient(ml_client=client)._traces._get_cosmos_metadata()
    remedy = f"run `pf config set trace.destination={project.trace_destination}` once, which takes some minutes"
    if store.is_disabled():
        raise UserError(f"--deploy_traces: the project {project.project_name} keeps no traces: its store is disabled")
    if not store.is_ready():
        raise UserError(f"--deploy_traces: the project {project.project_name} has no store for traces yet; {remedy}")


@contextmanager
def tracing() -> Iterator[None]:
    """Let Prompt flow trace what is called inside the block."""
    before = os.environ.get(DISABLED, "true")
    os.environ[DISABLED] = "false"  # Prompt flow reads it at every call
    try:
        yield
    finally:
        os.environ[DISABLED] = before


@contextmanager
def collected_spans() -> Iterator[list[ReadableSpan]]:
    """Collect the spans that end inside the block; the list is filled when the block is left."""
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = TracerProvider()
        trace.set_tracer_provider(provider)
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    spans: list[ReadableSpan] = []
    try:
        with tracing():
            yield spans
    finally:
        exporter.shutdown()  # takes no more spans
        spans.extend(exporter.get_finished_spans())


def span_tree(spans: list[ReadableSpan]) -> str:
    """Draw spans as a tree, a line each: name, milliseconds, and tokens where the span has them."""
    ids = {span.context.span_id for span in spans}
    children: dict[int | None, list[ReadableSpan]] = {}
    for span in sorted(spans, key=lambda span: span.start_time or 0):
        parent = span.parent.span_id if span.parent and span.parent.span_id in ids else None
        children.setdefault(parent, []).append(span)

    def draw(parent: int | None, depth: int) -> Iterator[str]:
        for span in children.get(parent, []):
            tokens = (span.attributes or {}).get("llm.usage.total_tokens")
            milliseconds = ((span.end_time or 0) - (span.start_time or 0)) / 1e6
            yield f"{'  ' * depth}{span.name}  {milliseconds:.0f} ms" + (f"  {tokens} tokens" if tokens else "")
            yield from draw(span.context.span_id, depth + 1)

    return "\n".join(draw(None, 0))
