"""Spans in a file, as the OpenTelemetry Collector's file exporter writes them: OTLP in JSON, a batch on each line."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any, TextIO

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

IDENTIFIERS = ("traceId", "spanId", "parentSpanId")


class FileExporter(SpanExporter):
    """Appends spans to a file.

    Args:
        file: opened at its end.
    """

    def __init__(self, file: TextIO):
        self._file = file

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Write spans as one line."""
        self._file.write(otlp_json(spans) + "\n")
        self._file.flush()
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """Close the file."""
        self._file.close()


def otlp_json(spans: Sequence[ReadableSpan]) -> str:
    """Return spans as OTLP's JSON has them, where identifiers are hexadecimal, unlike in other JSON of protobuf.

    https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
    """
    from google.protobuf.json_format import MessageToDict

    request = MessageToDict(encode_spans(spans), use_integers_for_enums=True)
    for group in request["resourceSpans"]:
        for scope in group["scopeSpans"]:
            for span in scope["spans"]:
                for each in (span, *span.get("links", ())):
                    _make_hexadecimal(each)
    return json.dumps(request, ensure_ascii=False, separators=(",", ":"))


def _make_hexadecimal(span: dict[str, Any]) -> None:
    for name in IDENTIFIERS:
        if name in span:
            span[name] = base64.b64decode(span[name]).hex()
