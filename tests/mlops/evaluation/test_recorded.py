"""Recorded requests are read from OTLP in JSON, line by line, and sampled so that anybody gets the same sample."""

import json
import random
from datetime import datetime, timezone

import pytest

from mlops.common.errors import UserError
from mlops.evaluation.recorded_requests import Recorded, read_recorded, sampled

NOON = 1_767_268_800  # 2026-01-01T12:00Z


def span(name, trace="a" * 32, start=NOON, seconds=2, **attributes):
    def value(content):
        return {"intValue": str(content)} if isinstance(content, int) else {"stringValue": content}

    return {
        "traceId": trace,
        "spanId": "b" * 16,
        "name": name,
        "kind": 1,
        "startTimeUnixNano": str(start * 10**9),
        "endTimeUnixNano": str((start + seconds) * 10**9),
        "attributes": [{"key": key.replace("__", "."), "value": value(content)} for key, content in attributes.items()],
    }


def line(*spans):
    return json.dumps({"resourceSpans": [{"resource": {}, "scopeSpans": [{"scope": {}, "spans": list(spans)}]}]})


def flow(**attributes):
    given = {"flow__name": "f", "flow__inputs": '{"text": "é"}', "flow__outputs": '{"answer": []}'}
    return span("invoke_workflow f", **{**given, **attributes})


@pytest.fixture
def read(tmp_path):
    def written(text):
        path = tmp_path / "traces.jsonl"
        path.write_text(text, encoding="utf-8")
        return read_recorded(path)

    return written


def test_a_request_is_put_together_of_the_spans_of_its_trace(read):
    chat = {"gen_ai__usage__input_tokens": 7, "gen_ai__usage__output_tokens": 3}
    (found,) = read(
        line(span("chat m", **chat), span("chat m", **chat))
        + "\n"
        + line(flow(), span("POST /flows/f", http__route="/flows/f", http__response__status_code=200))
        + "\n"
    )
    assert found == Recorded(
        "f",
        "a" * 32,
        datetime(2026, 1, 1, 12, tzinfo=timezone.utc),
        2.0,
        {"text": "é"},
        {"answer": []},
        None,
        200,
        prompt_tokens=14,
        completion_tokens=6,
    )


def test_a_request_without_content_or_outcome_says_so(read):
    bare = span("invoke_workflow f", flow__name="f", error__type="RateLimitError")
    (found,) = read(line(bare) + "\n")
    assert found.inputs is None and found.outputs is None and found.error == "RateLimitError" and found.status is None


def test_other_signals_blank_lines_and_a_line_that_is_being_written_are_passed_over(read, capsys):
    text = json.dumps({"resourceMetrics": []}) + "\n\n" + line(flow()) + "\n" + line(flow())[:50]
    assert len(read(text)) == 1
    assert "line 4: is not finished yet" in capsys.readouterr().err


@pytest.mark.parametrize(
    "broken, said",
    [
        ("{not json", "line 2: is not valid JSON"),
        ("[]", "line 2: is no OTLP"),
        ('{"a": 1}', "line 2: is no OTLP"),
        ('{"resourceSpans": 1}', "line 2: is no OTLP"),
        ('{"resourceSpans": [{"scopeSpans": [{"spans": [{"name": "x"}]}]}]}', "is no OTLP"),
        (line(flow(flow__inputs="{")), "is no OTLP"),
        (line(flow(flow__inputs="[1]")), "is no OTLP"),
    ],
)
def test_a_broken_line_is_named(read, broken, said):
    with pytest.raises(UserError, match="traces.jsonl") as error:
        read(line(flow()) + "\n" + broken + "\n" + line(flow()) + "\n")
    assert said in str(error.value)


def test_a_file_that_is_not_there_is_reported(tmp_path):
    with pytest.raises(UserError, match="--traces .*No such file"):
        read_recorded(tmp_path / "none.jsonl")


def requests(number):
    at = datetime(2026, 1, 1, tzinfo=timezone.utc)
    return [Recorded("f", f"{n:032x}", at, 1.0, {}, {}, None, 200, 0, 0) for n in range(number)]


def test_a_sample_is_the_same_in_whatever_order_requests_are_and_another_with_another_seed():
    some = requests(100)
    mixed = random.Random(1).sample(some, 100)
    assert sampled(some, 10, 0) == sampled(mixed, 10, 0)
    assert sampled(some, 10, 0) != sampled(some, 10, 1)
    assert sampled(some, 1000, 0) == some


def test_later_requests_take_few_places_in_a_sample():
    before, after = ({each.trace for each in sampled(requests(number), 50, 0)} for number in (100, 110))
    assert len(before & after) >= 40


@pytest.mark.parametrize("status, of_caller", [(422, True), (400, True), (429, False), (502, False), (None, False)])
def test_what_the_caller_caused_is_known_by_the_status(status, of_caller):
    assert Recorded("f", "t", datetime.now(timezone.utc), 1, {}, None, "E", status, 0, 0).of_caller is of_caller
