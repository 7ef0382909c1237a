"""Where telemetry goes, with content and without, and that no destination is ever waited for."""

import gzip
import json
import socket
import stat
import subprocess
import sys
import time

import pytest
from google.protobuf.json_format import Parse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from running_service import HANDBOOK, RECORD, STREAM, settings_for
from telemetry_receiver import QUICK, Receiver, attributes, end, serving

from mlops.common.paths import REPOSITORY
from src.flow_service.telemetry import telemetry

CONTENT = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
FLOW = "/flows/function_basic_flow"
KEY = "key-of-the-models-9876543210"
INSTRUMENTATION_KEY = "00000000-1111-2222-3333-444444444444"


def wait_for(condition, seconds=20.0):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.fixture(scope="module")
def captured(tmp_path_factory):
    """What a service with content wrote to its file and sent, after one request for each kind of flow, and a stream."""
    folder = tmp_path_factory.mktemp("captured")
    file = folder / "new" / "traces.jsonl"
    with Receiver() as receiver:
        variables = {
            CONTENT: "true",
            "FLOW_SERVICE_TRACES": str(file),
            "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url,
            "FLOW_SERVICE_API_KEYS": KEY,
            "OTEL_TRACES_SAMPLER": "parentbased_always_on",
        }
        with serving(folder, **variables) as client:
            client.headers["X-API-Key"] = KEY
            client.post(FLOW, json=RECORD).raise_for_status()
            client.post("/flows/chat_with_pdf", json=HANDBOOK, headers=STREAM).raise_for_status()
            end(client)
            receiver.log = client.log.read_text()
    receiver.file = file
    return receiver


def test_content_that_is_asked_for_is_in_the_spans_of_flows_and_models(captured):
    spans = {(span.name, attributes(span).get("flow.name")): attributes(span) for _, span in captured.spans()}
    flow = spans[("invoke_workflow function_basic_flow", "function_basic_flow")]
    assert json.loads(flow["flow.inputs"]) == RECORD
    assert json.loads(flow["flow.outputs"]) == {"answer": ["nurse", "software engineer"]}
    streamed = json.loads(spans[("invoke_workflow chat_with_pdf", "chat_with_pdf")]["flow.outputs"])
    assert "12 euros" in streamed["answer"] and streamed["context"][0]["page"] > 0


def test_messages_are_in_the_conventions_shape(captured):
    chats = [attributes(span) for _, span in captured.spans() if span.name.startswith("chat ")]
    sent = json.loads(chats[0]["gen_ai.input.messages"])
    assert [message["role"] for message in sent] == ["system", "user"]
    assert RECORD["text"] in sent[1]["parts"][0]["content"] and sent[1]["parts"][0]["type"] == "text"
    answered = json.loads(chats[0]["gen_ai.output.messages"])
    assert answered[0]["role"] == "assistant" and answered[0]["finish_reason"] == "stop"
    assert "nurse" in answered[0]["parts"][0]["content"]
    assert "12 euros" in json.loads(chats[-1]["gen_ai.output.messages"])[0]["parts"][0]["content"]  # a stream's pieces


def test_the_file_holds_what_a_collector_would_write(captured):
    lines = captured.file.read_text(encoding="utf-8").splitlines()
    assert stat.S_IMODE(captured.file.stat().st_mode) == 0o600
    spans = [
        span
        for line in lines
        for group in json.loads(line)["resourceSpans"]
        for scope in group["scopeSpans"]
        for span in scope["spans"]
    ]
    sent = {span.span_id.hex(): span for _, span in captured.spans()}
    assert {span["spanId"] for span in spans} == set(sent) and len(spans) == len(sent)
    for span in spans:
        assert span["traceId"] == sent[span["spanId"]].trace_id.hex() and isinstance(span["kind"], int)
        assert int(span["endTimeUnixNano"]) == sent[span["spanId"]].end_time_unix_nano
    assert Parse(lines[0], ExportTraceServiceRequest(), ignore_unknown_fields=False).resource_spans


def test_content_is_in_no_log_and_keys_are_nowhere(captured):
    everything = b"".join(body for _, _, body in captured.bodies) + captured.file.read_bytes()
    assert KEY.encode() not in everything
    for content in (KEY, "nurse", "12 euros"):
        assert content not in captured.log
        assert not any(content in record.body.string_value for record in captured.records())


def test_azure_monitor_gets_requests_dependencies_metrics_and_logs_without_content_or_keys(tmp_path, world):
    taken = json.dumps({"itemsReceived": 1, "itemsAccepted": 1, "errors": []}).encode()
    with Receiver(answer=taken) as azure:
        connection = f"InstrumentationKey={INSTRUMENTATION_KEY};IngestionEndpoint={azure.url}/"
        variables = {
            "APPLICATIONINSIGHTS_CONNECTION_STRING": connection,
            "AOAI_BASE_ENDPOINT": world.endpoint,
            "AOAI_API_KEY": KEY,
            "FLOW_SERVICE_ALLOW_ANONYMOUS": "true",
        }
        with serving(tmp_path, "pr", **variables) as client:
            assert client.post(FLOW, json=RECORD).status_code == 200
            end(client)
            log = client.log.read_text()
    bodies = [gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body for _, _, body in azure.bodies]
    items = [item for body in bodies for item in json.loads(body)]
    kinds = {item["data"]["baseType"] for item in items}
    assert kinds == {"RequestData", "RemoteDependencyData", "MetricData", "MessageData"}
    request = next(item for item in items if item["data"]["baseType"] == "RequestData")
    model = next(item for item in items if item["data"]["baseData"].get("name") == "chat gpt-5.6-luna")
    assert request["data"]["baseData"]["name"] == "POST /flows/function_basic_flow"
    assert request["data"]["baseData"]["success"] is True
    assert model["tags"]["ai.operation.id"] == request["tags"]["ai.operation.id"]
    assert model["data"]["baseData"]["properties"]["gen_ai.usage.input_tokens"]
    assert {item["iKey"] for item in items} == {INSTRUMENTATION_KEY}
    for content in (KEY, "nurse"):
        assert content.encode() not in b"".join(bodies) and content not in log
    assert INSTRUMENTATION_KEY not in log


@pytest.mark.parametrize("pause", [0.0, 60.0], ids=["refuses connections", "never answers"])
def test_a_destination_that_does_not_work_slows_nothing_down(tmp_path, pause):
    with Receiver(pause=pause) as receiver, socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        down = f"http://127.0.0.1:{closed.getsockname()[1]}"
        with serving(tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url if pause else down) as client:
            took = []
            for _ in range(30):
                start = time.monotonic()
                assert client.post(FLOW, json=RECORD).status_code == 200
                took.append(time.monotonic() - start)
            assert sorted(took)[len(took) // 2] < 0.5
            assert end(client) < 8  # of which 3 for what waits, and half for the drain
            assert "Traceback" not in client.log.read_text()


def test_what_waits_for_a_destination_is_limited(tmp_path):
    with Receiver(pause=60) as receiver:
        code = """
import sys
from mlops.configuration.serving import TelemetryConfig
from src.flow_service.telemetry.exporting import exporting
from src.flow_service.telemetry.spans import TRACER
from opentelemetry import trace
with exporting("test", TelemetryConfig(otlp_endpoint=sys.argv[1])):
    for number in range(20_000):
        TRACER.start_span(f"span {number}").end()
    processor, = trace.get_tracer_provider()._active_span_processor._span_processors
    print(len(processor._batch_processor._queue))
"""
        done = subprocess.run(
            [sys.executable, "-c", code, receiver.url],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
    assert 0 < int(done.stdout) <= 2048


@pytest.mark.parametrize(
    "variables, said",
    [
        ({"APPLICATIONINSIGHTS_CONNECTION_STRING": "InstrumentationKey=secretive"}, "APPLICATIONINSIGHTS_CONNECTION"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x.example:4317", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "4318"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "x.example:4318"}, "otlp_endpoint"),
        ({"FLOW_SERVICE_TRACES": "README.md/traces.jsonl"}, "FLOW_SERVICE_TRACES"),
        ({CONTENT: "perhaps"}, "capture_content"),
    ],
)
def test_a_destination_that_cannot_be_is_reported_in_one_line(variables, said):
    from test_service_process import command

    ended = command("--environment_name", "local", "--port", "0", **variables)
    out, err = ended.communicate(timeout=60)
    assert ended.returncode == 2 and said in err and "secretive" not in err and "Traceback" not in err
    assert len([line for line in err.splitlines() if line.startswith("error: ")]) == 1


def test_without_a_destination_nothing_is_set_up(tmp_path, world):
    with telemetry(settings_for(world.endpoint, tmp_path)) as told:
        assert told is False


def test_sampling_is_that_of_opentelemetrys_own_variables(tmp_path):
    with Receiver() as receiver:
        variables = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url,
            "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
            "OTEL_TRACES_SAMPLER_ARG": "0",
            "OTEL_LOGS_EXPORTER": "none",
            **QUICK,
        }
        with serving(tmp_path, **variables) as client:
            wanted = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
            assert client.post(FLOW, json=RECORD).status_code == 200
            assert client.post(FLOW, json=RECORD, headers=wanted).status_code == 200
            wait_for(lambda: "flow_requests" in receiver.metrics())
            end(client)
    assert set(receiver.traces()) == {"0af7651916cd43dd8448eb211c80319c"}  # the caller decides where it has decided
    assert receiver.metrics()["flow_requests"].sum.data_points[0].as_int == 2
    assert list(receiver.records()) == []


def test_a_client_that_goes_away_ends_the_spans_of_its_stream(tmp_path):
    with Receiver() as receiver:
        variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url, "EMULATOR_LATENCY_MS": "300", CONTENT: "true"}
        with serving(tmp_path, **variables) as client:
            with client.stream("POST", "/flows/chat_with_pdf", json=HANDBOOK, headers=STREAM) as answer:
                next(answer.iter_lines())
            wait_for(lambda: any(span.name == "POST /flows/chat_with_pdf" for _, span in receiver.spans()))
            wait_for(lambda: any(span.name.startswith("chat ") for _, span in receiver.spans()))
            assert client.post(FLOW, json=RECORD).status_code == 200
            end(client)
    trace = next(each for each in receiver.traces().values() if "POST /flows/chat_with_pdf" in {x.name for x in each})
    names = {span.name for span in trace}
    assert {"chat gpt-5.6-luna", "answer_question", "invoke_workflow chat_with_pdf"} <= names
