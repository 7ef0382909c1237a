"""The log: JSON for machines, plain lines for people, each with the ids of its trace, none with content.

Messages of this service are safe to read. Those of libraries may hold prompts and keys, so only their place in the code
is logged, except for a few libraries whose messages are safe.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import datetime, timezone
from typing import Any

from opentelemetry import trace

SAFE = ("flow_service", "uvicorn", "opentelemetry", "promptflow._core.tools_manager")
# Exporting an exporter's own records would never end; requests are in spans and metrics already.
NOT_EXPORTED = ("opentelemetry", "azure", "urllib3", "requests", "flow_service.requests")


def set_up_logs(level: int = logging.INFO) -> None:
    """Write the log to standard error: for a person at a terminal, and as JSON otherwise."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(PlainFormatter() if sys.stderr.isatty() else JsonFormatter())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("flow_service").setLevel(level)


def message_of(record: logging.LogRecord) -> str:
    """Return the message of a record, without content and without the text of its exception."""
    if _logged_by(record, SAFE):
        message = record.getMessage()
    else:
        message = f"message withheld, as it may hold content, from {record.module}:{record.lineno}"
    if record.exc_info and record.exc_info[0]:
        message += f" ({record.exc_info[0].__name__})"
    return message


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """Return the fields of a record that was logged with `extra={"fields": {...}}`."""
    return getattr(record, "fields", {})


def _logged_by(record: logging.LogRecord, names: tuple[str, ...]) -> bool:
    return any(record.name == name or record.name.startswith(f"{name}.") for name in names)


class JsonFormatter(logging.Formatter):
    """Formats a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {
            "time": datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": message_of(record),
            **fields_of(record),
        }
        context = trace.get_current_span().get_span_context()
        if context.is_valid:
            line["trace_id"] = trace.format_trace_id(context.trace_id)
            line["span_id"] = trace.format_span_id(context.span_id)
        return json.dumps(line, ensure_ascii=False, default=str)


class PlainFormatter(logging.Formatter):
    """Formats a record as a line for people."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        at = datetime.fromtimestamp(record.created).strftime("%H:%M:%S")
        level = "" if record.levelno == logging.INFO else f"{record.levelname} "
        context = trace.get_current_span().get_span_context()
        trace_id = f"  trace {trace.format_trace_id(context.trace_id)}" if context.is_valid else ""
        return f"{at} {level}{message_of(record)}{trace_id}"


class OtlpHandler(logging.Handler):
    """Passes records to OpenTelemetry.

    Args:
        provider: the logger provider that exports them.
    """

    def __init__(self, provider: Any):
        super().__init__()
        self._provider = provider

    def emit(self, record: logging.LogRecord) -> None:
        """Export a record."""
        from opentelemetry._logs import LogRecord, SeverityNumber
        from opentelemetry.context import get_current

        if _logged_by(record, NOT_EXPORTED):
            return
        self._provider.get_logger(record.name).emit(
            LogRecord(
                timestamp=int(record.created * 1e9),
                context=get_current(),
                severity_text=record.levelname,
                severity_number=SeverityNumber(_severity(record.levelno)),
                body=message_of(record),
                attributes=fields_of(record),
            )
        )


def _severity(level: int) -> int:
    """Return a level as an OpenTelemetry severity number: 5 debug, 9 info, 13 warning, 17 error, 21 fatal."""
    return 1 + 4 * min(5, max(0, level // 10))
