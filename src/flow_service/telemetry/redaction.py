"""Redaction of spans that libraries create: only attributes that are known to hold no content are exported.

Our own spans are created without content and are exported unchanged. Others, such as AutoGen's for agents and tools,
put the texts of exceptions into events and into the status, and descriptions into attributes.
"""

from __future__ import annotations

from collections.abc import Sequence

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import Status

from src.flow_service.telemetry.spans import ERROR_TYPE, OPERATION, SCOPE

KEPT = frozenset({OPERATION, ERROR_TYPE, "gen_ai.agent.name", "gen_ai.tool.name", "gen_ai.tool.call.id"})
SYSTEM, PROVIDER = "gen_ai.system", "gen_ai.provider.name"  # AutoGen's name for it is the older one
DROPPED = "create_agent"  # takes microseconds, and happens as often as an agent is called


class RedactingExporter(SpanExporter):
    """Redacts spans and passes them to another exporter.

    Args:
        exporter: the exporter that sends them.
    """

    def __init__(self, exporter: SpanExporter):
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Export spans, redacted."""
        kept = [redacted(span) for span in spans if (span.attributes or {}).get(OPERATION) != DROPPED]
        return self._exporter.export(kept) if kept else SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """Shut the other exporter down."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Flush the other exporter."""
        return self._exporter.force_flush(timeout_millis)


def redacted(span: ReadableSpan) -> ReadableSpan:
    """Return a span without what might be content."""
    if span.instrumentation_scope and span.instrumentation_scope.name == SCOPE:
        return span
    original = span.attributes or {}
    attributes = {key: value for key, value in original.items() if key in KEPT}
    if SYSTEM in original:
        attributes[PROVIDER] = original[SYSTEM]
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=attributes,
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )
