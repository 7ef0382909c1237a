"""What the service tells of itself, as a collector gets it by OTLP: trees of spans, metrics, logs, and no content."""

import json

import pytest
from running_service import BASIC, HANDBOOK, PLANNING, QUESTION, STREAM, events_of
from telemetry_receiver import Receiver, attributes, end, paths, serving

SECRET = "a-secret-key-of-a-caller-0123456789"
CANARY = "Zanzibarqux"
INPUTS = {
    # Each has a text of its own, since a fault happens once to a request.
    **{
        flow: {"entity_type": "job title", "text": f"The nurse {CANARY} met {number} engineers."}
        for number, flow in enumerate(BASIC)
    },
    "chat_with_pdf": {
        **HANDBOOK,
        "question": f"And for a child, {CANARY}?",
        "chat_history": [{"inputs": {"question": HANDBOOK["question"]}, "outputs": {"answer": "12 euros"}}],
    },
    **{flow: QUESTION for flow in PLANNING},
}
TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
# Every call fails once, with 429 or with 500.
FAULTS = "429:0.5:times=1:retry_after=0.05 500:0.5:times=1"
PLAN = {
    "make_plan > Agent.ask > invoke_agent planner > chat gpt-5.6-sol > retry",
    "execute_plan > wikipedia_tool",
    "execute_plan > llm_tool > Agent.ask > invoke_agent reader > chat gpt-5.6-luna > retry",
    "execute_plan > math_tool > Agent.ask > invoke_agent writer > chat gpt-5.6-luna > retry",
    "execute_plan > math_tool > Agent.ask > invoke_agent writer > execute_tool calculate",
    "solve > Agent.ask > invoke_agent solver > chat gpt-5.6-sol > retry",
}
NODES = {"make_plan": "planner", "execute_plan": "executor", "solve": "solver"}
LEAVES = {
    "class_basic_flow": {"EntityExtractor.__call__ > AsyncPrompty.__call__ > chat gpt-5.6-luna > retry"},
    "function_basic_flow": {"extract_entities > chat gpt-5.6-luna > retry"},
    "yaml_basic_flow": {"extract_entities > chat gpt-5.6-luna > retry", "clean_entities"},
    "chat_with_pdf": {
        "download_document",
        "build_index > embeddings text-embedding-3-small > retry",
        "rewrite_question > chat gpt-5.6-luna > retry",
        "find_context > embeddings text-embedding-3-small > retry",
        "answer_question > chat gpt-5.6-luna > retry",
    },
    "class_plan_and_execute": {f"PlanAndExecute.__call__ > {leaf}" for leaf in PLAN},
    # It asks the models what the class has asked them before, and a fault happens once to a request.
    "plan_and_execute": {f"{NODES[leaf.split(' > ')[0]]} > {leaf.removesuffix(' > retry')}" for leaf in PLAN},
}


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """A receiver that got everything of a service that was asked for every flow, and for some that end badly."""
    folder = tmp_path_factory.mktemp("telemetry")
    with Receiver() as receiver:
        variables = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url,
            "OTEL_EXPORTER_OTLP_HEADERS": f"authorization={SECRET}",
            "FLOW_SERVICE_API_KEYS": SECRET,
            "EMULATOR_FAULTS": FAULTS,
            "CHAT_WITH_PDF_CACHE": str(folder / "cache"),
        }
        with serving(folder, **variables) as client:
            client.headers["X-API-Key"] = SECRET
            receiver.answers = {
                flow: client.post(f"/flows/{flow}", json=inputs, headers=traceparent(number))
                for number, (flow, inputs) in enumerate(INPUTS.items())
            }
            receiver.stream = client.post(
                "/flows/chat_with_pdf", json=INPUTS["chat_with_pdf"], headers={**STREAM, **traceparent(10)}
            )
            receiver.without = client.post("/flows/function_basic_flow", json=INPUTS["function_basic_flow"])
            client.post(
                "/flows/chat_with_pdf",
                headers=traceparent(11),
                json={"pdf_url": f"data/documents/{CANARY}.pdf", "question": "What?"},
            )
            client.post(f"/flows/{CANARY}?key={SECRET}", json={}, headers=traceparent(12))
            client.get(f"/documents/{CANARY}", headers=traceparent(13))
            client.post("/flows/class_basic_flow", json={}, headers={"X-API-Key": CANARY, **traceparent(14)})
            client.get("/playground/app.js")
            receiver.prometheus = client.get("/metrics").text
            receiver.ended_in = end(client)
            receiver.log = client.log.read_text()
        yield receiver


def traceparent(number):
    return {"traceparent": f"00-{trace_of(number)}-{PARENT}-01"}


def trace_of(number):
    return f"{TRACE[:-2]}{number:02x}"


@pytest.mark.parametrize("number, flow", list(enumerate(INPUTS)))
def test_a_request_is_one_tree_that_hangs_in_the_callers_trace(told, number, flow):
    assert told.answers[flow].status_code == 200
    spans = told.traces()[trace_of(number)]
    top = f"POST /flows/{flow}"
    assert leaves(paths(spans)) == {f"{top} > invoke_workflow {flow} > {leaf}" for leaf in LEAVES[flow]}
    assert [span.name for span in spans if span.parent_span_id.hex() == PARENT] == [top]


def leaves(found):
    return {path for path in found if not any(other.startswith(f"{path} > ") for other in found)}


def test_a_request_without_a_traceparent_begins_a_trace(told):
    assert told.without.status_code == 200
    given = {trace_of(number) for number in range(20)}
    begun = [spans for trace, spans in told.traces().items() if trace not in given]
    roots = [span for spans in begun for span in spans if not span.parent_span_id]
    assert [span.name for span in roots] == ["POST /flows/function_basic_flow"]


def test_the_spans_of_a_stream_last_until_it_ends(told):
    assert events_of(told.stream)[-1][0] == "result"
    spans = {span.name: span for span in told.traces()[trace_of(10)]}
    first, model = spans["POST /flows/chat_with_pdf"], spans["answer_question"]
    inner = [span for span in told.traces()[trace_of(10)] if span.parent_span_id == model.span_id]
    assert [span.name for span in inner] == ["chat gpt-5.6-luna"]
    assert inner[0].end_time_unix_nano <= model.end_time_unix_nano
    assert model.end_time_unix_nano <= spans["invoke_workflow chat_with_pdf"].end_time_unix_nano
    assert spans["invoke_workflow chat_with_pdf"].end_time_unix_nano <= first.end_time_unix_nano
    assert attributes(inner[0])["gen_ai.response.finish_reasons"] == ["stop"]
    assert attributes(inner[0])["gen_ai.usage.output_tokens"] > 0


def test_model_calls_are_recorded_by_the_conventions_and_agree_with_what_the_caller_gets(told):
    spans = told.traces()[trace_of(list(INPUTS).index("class_basic_flow"))]
    call = next(span for span in spans if span.name.startswith("chat "))
    said = attributes(call)
    usage = told.answers["class_basic_flow"].json()["usage"]
    assert call.kind == call.SPAN_KIND_CLIENT
    assert said.pop("gen_ai.response.id") and said.pop("server.port") and said.pop("gen_ai.response.model")
    assert said == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "azure.ai.openai",
        "gen_ai.request.model": "gpt-5.6-luna",
        "gen_ai.request.max_tokens": 1000,
        "server.address": "127.0.0.1",
        "gen_ai.usage.input_tokens": usage["prompt_tokens"],
        "gen_ai.usage.output_tokens": usage["completion_tokens"],
        "gen_ai.response.finish_reasons": ["stop"],
    }


def test_every_retry_says_why(told):
    retries = [attributes(span) for _, span in told.spans() if span.name == "retry"]
    assert {each["http.response.status_code"] for each in retries} == {429, 500}
    assert {each["http.request.resend_count"] for each in retries} == {1}
    tools = [span for _, span in told.spans() if span.name == "wikipedia_tool"]
    assert {attributes(span).get("error.type") for span in tools} == {None}  # each request tries again by itself


def test_nobody_tells_anything_twice(told):
    assert {scope for scope, _ in told.spans()} == {"flow_service", "autogen-core"}
    for spans in told.traces().values():
        assert len({span.span_id for span in spans}) == len(spans)
        models = [span for span in spans if attributes(span).get("gen_ai.operation.name") in ("chat", "embeddings")]
        assert {span.span_id for span in models}.isdisjoint(span.parent_span_id for span in models)


@pytest.mark.parametrize(
    "number, name, status, kind",
    [
        (11, "POST /flows/chat_with_pdf", 422, None),
        (12, "POST", 404, None),
        (13, "GET /documents/{identifier}", 404, None),
        (14, "POST", 401, None),
    ],
)
def test_a_request_that_ends_badly_is_reported_by_its_status(told, number, name, status, kind):
    request = next(span for span in told.traces()[trace_of(number)] if span.parent_span_id.hex() == PARENT)
    assert request.name.startswith(name) and attributes(request)["http.response.status_code"] == status
    assert attributes(request).get("error.type") == kind


def test_errors_are_reported_by_their_kind(told):
    spans = {span.name: span for span in told.traces()[trace_of(11)]}
    for name in ("download_document", "invoke_workflow chat_with_pdf"):
        assert attributes(spans[name])["error.type"] == "DocumentError"
        assert spans[name].status.code == 2 and spans[name].status.message == ""
    assert [event.name for _, span in told.spans() for event in span.events] == []


def test_no_prompt_no_answer_and_no_key_leaves_the_process(told):
    sent = b"".join(body for _, _, body in told.bodies)
    for content in (CANARY, SECRET, "nurse", "engineer", "Lumeth", "Adult", "job title", "You extract", "larkmoor"):
        assert content.encode() not in sent
        assert content not in told.log
        assert content not in told.prometheus


def test_metrics_go_there_under_the_names_that_prometheus_reads(told):
    metrics = told.metrics()
    requests = {
        (attributes(point)["flow"], attributes(point)["status"]): point.as_int
        for point in metrics["flow_requests"].sum.data_points
    }
    assert requests[("plan_and_execute", "200")] == 1 and requests[("chat_with_pdf", "422")] == 1
    for flow in INPUTS:
        line = f'flow_requests_total{{flow="{flow}",status="200"}} {requests[(flow, "200")]}.0'
        assert line in told.prometheus
    assert list(metrics["flow_request_seconds"].histogram.data_points[0].explicit_bounds)[:2] == [0.05, 0.1]
    assert {"flow_tokens", "flow_model_retries", "flow_requests_running", "flow_requests_waiting"} <= set(metrics)


def test_metrics_of_models_have_the_conventions_buckets(told):
    usage = told.metrics()["gen_ai.client.token.usage"]
    point = next(each for each in usage.histogram.data_points if attributes(each)["gen_ai.token.type"] == "output")
    assert usage.unit == "{token}" and list(point.explicit_bounds)[:4] == [1, 4, 16, 64] and point.sum > 0
    seconds = told.metrics()["gen_ai.client.operation.duration"]
    point = seconds.histogram.data_points[0]
    assert seconds.unit == "s" and list(point.explicit_bounds)[:3] == [0.01, 0.02, 0.04]
    assert attributes(point)["gen_ai.provider.name"] == "azure.ai.openai"


def test_every_request_is_a_line_of_the_log_with_the_ids_of_its_trace(told):
    lines = [json.loads(line) for line in told.log.splitlines()]
    requests = {line["trace_id"]: line for line in lines if line["logger"] == "flow_service.requests"}
    line = requests[trace_of(0)]
    assert line["route"] == "/flows/class_basic_flow" and line["status"] == 200 and line["ms"] > 0
    assert requests[trace_of(14)]["status"] == 401
    assert not {line.get("route") for line in lines} & {"/healthz", "/metrics", "/playground/{name}"}


def test_the_log_goes_there_too_but_for_what_spans_tell(told):
    records = list(told.records())
    assert any(each.body.string_value.startswith("served: ") and each.severity_text == "INFO" for each in records)
    assert not any(each.body.string_value.startswith("POST ") for each in records)


def test_a_failure_is_reported_by_its_kind_in_the_log_and_the_trace(tmp_path):
    with Receiver() as receiver:
        variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url, "EMULATOR_FAULTS": "500:1"}
        with serving(tmp_path, **variables) as client:
            answer = client.post("/flows/yaml_basic_flow", json=INPUTS["yaml_basic_flow"], headers=traceparent(0))
            assert answer.status_code == 502
            end(client)
            log = client.log.read_text()
    spans = {span.name: attributes(span) for span in receiver.traces()[trace_of(0)]}
    assert spans["chat gpt-5.6-luna"]["error.type"] == spans["invoke_workflow yaml_basic_flow"]["error.type"] == "500"
    assert spans["POST /flows/yaml_basic_flow"]["error.type"] == "502"
    assert len([span for _, span in receiver.spans() if span.name == "retry"]) == 2
    (record,) = [each for each in receiver.records() if each.severity_text == "ERROR"]
    assert record.trace_id.hex() == trace_of(0) and record.span_id
    assert record.body.string_value.startswith("yaml_basic_flow failed: InternalServerError 500 at ")
    assert CANARY not in log and CANARY.encode() not in b"".join(body for _, _, body in receiver.bodies)
