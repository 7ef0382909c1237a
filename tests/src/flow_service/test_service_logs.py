"""The log: what a line holds, and what it never holds."""

import io
import json
import logging
import sys

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from src.flow_service.telemetry.logs import JsonFormatter, PlainFormatter, set_up_logs
from src.flow_service.telemetry.redaction import RedactingExporter


def line(name, message, *arguments, formatter=None, error=None, **fields):
    info = (type(error), error, None) if error else None
    record = logging.LogRecord(name, logging.WARNING, __file__, 1, message, arguments, info)
    if fields:
        record.fields = fields
    text = (formatter or JsonFormatter()).format(record)
    return text if formatter else json.loads(text)


def test_a_line_is_json_with_its_fields():
    found = line("flow_service", "%s of %s", 1, 2, status=200)
    assert found["message"] == "1 of 2" and found["status"] == 200 and found["level"] == "WARNING"
    assert found["time"].endswith("+00:00") and "trace_id" not in found


@pytest.mark.parametrize("formatter", [JsonFormatter(), PlainFormatter()])
def test_what_a_library_says_is_withheld_and_its_place_is_not(formatter):
    text = line("autogen_core.events", "prompt: a secret text", formatter=formatter)
    assert "secret" not in text and "test_service_logs:1" in text


@pytest.mark.parametrize("formatter", [JsonFormatter(), PlainFormatter()])
def test_an_exception_is_reported_by_its_kind(formatter):
    text = line("uvicorn.error", "it failed", error=ValueError("a secret text"), formatter=formatter)
    assert "it failed (ValueError)" in text and "secret" not in text and "Traceback" not in text


def test_a_line_in_a_span_has_its_ids():
    with TracerProvider().get_tracer("test").start_as_current_span("span") as span:
        found = line("flow_service", "here")
    context = span.get_span_context()
    assert found["trace_id"] == f"{context.trace_id:032x}" and found["span_id"] == f"{context.span_id:016x}"


@pytest.mark.parametrize("terminal", [True, False])
def test_people_get_plain_lines_and_machines_json(monkeypatch, terminal):
    stream = io.StringIO()
    stream.isatty = lambda: terminal
    monkeypatch.setattr(sys, "stderr", stream)
    root, own = logging.getLogger(), logging.getLogger("flow_service")
    before = list(root.handlers), root.level, own.level
    try:
        set_up_logs()
        own.info("ready")
        logging.getLogger("httpx").info("a request")
    finally:
        root.handlers[:] = before[0]
        root.setLevel(before[1])
        own.setLevel(before[2])
    lines = stream.getvalue().splitlines()
    assert len(lines) == 1
    assert lines[0].endswith(" ready") if terminal else json.loads(lines[0])["message"] == "ready"


def test_spans_of_others_leave_without_texts():
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(RedactingExporter(kept)))
    given = {"gen_ai.system": "autogen", "gen_ai.agent.name": "planner", "inputs": "a secret", "gen_ai.prompt": "x"}
    with pytest.raises(ValueError):
        with provider.get_tracer("autogen-core").start_as_current_span("invoke_agent planner", attributes=given):
            raise ValueError("a secret")
    with provider.get_tracer("autogen-core").start_as_current_span(
        "create_agent planner", attributes={"gen_ai.operation.name": "create_agent"}
    ):
        pass
    (span,) = kept.get_finished_spans()
    assert dict(span.attributes) == {"gen_ai.provider.name": "autogen", "gen_ai.agent.name": "planner"}
    assert span.events == () and span.status.description is None and not span.status.is_ok
