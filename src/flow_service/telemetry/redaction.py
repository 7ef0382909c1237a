"""What leaves the process of the spans that others make: attributes that are known to hold no content.

Our own spans are made without content, and pass as they are. Others, such as AutoGen's for agents and tools, put the
texts of exceptions into events and into the status, and descriptions into attributes.
"""

from __future__ import annotations

from collections.abc import Sequence

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import Status

from src.flow_service.telemetry.spans import ERROR, OPERATION, SCOPE

KNOWN = frozenset({OPERATION, ERROR, "gen_ai.agent.name", "gen_ai.tool.name", "gen_ai.tool.call.id"})
SYSTEM, PROVIDER = "gen_ai.system", "gen_ai.provider.name"  # AutoGen's name for it is the older one
OF_NO_INTEREST = "create_agent"  # an object is made, in microseconds, as often as an agent is asked


class Redacting(SpanExporter):
    """Hands spans to another exporter.

    Args:
        exporter: which sends them.
    """

    def __init__(self, exporter: SpanExporter):
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send spans, those of others without what might be content."""
        kept = [redacted(span) for span in spans if (span.attributes or {}).get(OPERATION) != OF_NO_INTEREST]
        return self._exporter.export(kept) if kept else SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """End the other exporter."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Let the other exporter send what it holds."""
        return self._exporter.force_flush(timeout_millis)


def redacted(span: ReadableSpan) -> ReadableSpan:
    """Return a span as it may leave the process."""
    if span.instrumentation_scope and span.instrumentation_scope.name == SCOPE:
        return span
    attributes = {key: value for key, value in (span.attributes or {}).items() if key in KNOWN}
    if SYSTEM in (span.attributes or {}):
        attributes[PROVIDER] = span.attributes[SYSTEM]
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
