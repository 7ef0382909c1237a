"""The log: JSON for machines, plain lines for people, each with the ids of its trace, none with content.

A message of this service is written to be read by anybody. What libraries say may hold prompts and keys, so of theirs
only the place remains, but for a few that say nothing of that kind.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import datetime, timezone
from typing import Any

from opentelemetry import trace

READABLE = ("flow_service", "uvicorn", "opentelemetry", "promptflow._core.tools_manager")
# Exporters' records would be sent by what they tell of; a request is told by its span and in metrics already.
NOT_SENT = ("opentelemetry", "azure", "urllib3", "requests", "flow_service.requests")


def set_up_logs(level: int = logging.INFO) -> None:
    """Write the log to standard error: for a person at a terminal, and as JSON otherwise."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Plain() if sys.stderr.isatty() else Json())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("flow_service").setLevel(level)


def message_of(record: logging.LogRecord) -> str:
    """Return what a record says, without content and without the text of its exception."""
    if _is_of(record, READABLE):
        said = record.getMessage()
    else:
        said = f"a message, which may hold content, from {record.module}:{record.lineno}"
    if record.exc_info and record.exc_info[0]:
        said += f" ({record.exc_info[0].__name__})"
    return said


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """Return what a record has besides its message: `extra={"fields": {...}}` when it was logged."""
    return getattr(record, "fields", {})


def _is_of(record: logging.LogRecord, names: tuple[str, ...]) -> bool:
    return any(record.name == name or record.name.startswith(f"{name}.") for name in names)


class Json(logging.Formatter):
    """A record as one line of JSON."""

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


class Plain(logging.Formatter):
    """A record as a line for people."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        at = datetime.fromtimestamp(record.created).strftime("%H:%M:%S")
        level = "" if record.levelno == logging.INFO else f"{record.levelname} "
        context = trace.get_current_span().get_span_context()
        of = f"  trace {trace.format_trace_id(context.trace_id)}" if context.is_valid else ""
        return f"{at} {level}{message_of(record)}{of}"


class OtlpHandler(logging.Handler):
    """Hands records to OpenTelemetry.

    Args:
        provider: of its loggers.
    """

    def __init__(self, provider: Any):
        super().__init__()
        self._provider = provider

    def emit(self, record: logging.LogRecord) -> None:
        """Send a record."""
        from opentelemetry._logs import LogRecord, SeverityNumber
        from opentelemetry.context import get_current

        if _is_of(record, NOT_SENT):
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
    """Return a level as OpenTelemetry numbers it: 5 debug, 9 info, 13 warning, 17 error, 21 fatal."""
    return 1 + 4 * min(5, max(0, level // 10))
