"""Spans in a file, as the OpenTelemetry Collector's file exporter writes them: OTLP in JSON, a batch on each line."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from mlops.common.errors import UserError

IDENTIFIERS = ("traceId", "spanId", "parentSpanId")


class FileExporter(SpanExporter):
    """Appends spans to a file that nobody but its owner can read.

    Args:
        path: of the file.

    Raises:
        UserError: it can't be written.
    """

    def __init__(self, path: Path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        except OSError as error:
            raise UserError(f"FLOW_SERVICE_TRACES: can't write {path}: {error.strerror}") from None
        self._file = os.fdopen(descriptor, "a", encoding="utf-8")

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
