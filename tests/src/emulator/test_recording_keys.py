import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.emulator.answers.recording import request_key
from src.emulator.chat_request import parse_chat_request
from src.emulator.deployments import DEFAULT_DEPLOYMENTS
from src.emulator.tokens import EstimatingTokenizer

DEPLOYMENTS = {deployment.name: deployment for deployment in DEFAULT_DEPLOYMENTS}
ANSWER = {"type": "object", "properties": {"reason": {"type": "string"}, "score": {"type": "integer"}}}
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": f"Look {name}",
            "parameters": {"type": "object", "properties": {"q": {"type": "string"}}},
        },
    }
    for name in ("up", "down")
]
BODY = {
    "messages": [
        {"role": "system", "content": "Answer with the tools."},
        {"role": "user", "name": "ada", "content": "Who lives at http://127.0.0.1:8900/wiki/Orva?"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"id": "call_1", "type": "function", "function": {"name": "up", "arguments": '{"q": "Orva"}'}}
            ],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": "Source: http://localhost:8900/wiki/Orva\nBeavers."},
        {"role": "user", "content": "As JSON, please."},
    ],
    "tools": TOOLS,
    "tool_choice": "auto",
    "response_format": {"type": "json_schema", "json_schema": {"name": "answer", "schema": ANSWER}},
}


def key(body, deployment="gpt-4.1-mini"):
    return request_key(parse_chat_request(body, DEPLOYMENTS[deployment], EstimatingTokenizer()).conversation)


def changed(path, value):
    """The request with the value at a path such as "messages.1.content" replaced."""
    body = copy.deepcopy(BODY)
    *steps, last = [int(step) if step.isdecimal() else step for step in path.split(".")]
    place = body
    for step in steps:
        place = place[step]
    place[last] = value
    return body


def test_a_key_is_the_same_in_every_version_of_python():
    assert key(BODY) == "9c89dcf15782f7f5979b88036f152c59"  # pragma: allowlist secret


@pytest.mark.parametrize(
    "path, value",
    [
        ("messages.0.content", "Answer with the tools"),
        ("messages.0.content", "Answer with the tools. "),
        ("messages.0.role", "developer"),
        ("messages.1.name", "eve"),
        ("messages.1.content", "Who lives at http://127.0.0.1:8900/wiki/Velm?"),
        ("messages.2.tool_calls.0.function.name", "down"),
        ("messages.2.tool_calls.0.function.arguments", '{"q": "Velm"}'),
        ("messages.3.content", "Beavers."),
        ("messages", BODY["messages"][1:]),
        ("messages", [BODY["messages"][-1], *BODY["messages"][:-1]]),
        ("tools.0.function.description", "Look it up"),
        ("tools.0.function.parameters.properties.q.type", "integer"),
        ("tools", TOOLS[:1]),
        ("tools", TOOLS[::-1]),
        ("tool_choice", "required"),
        ("tool_choice", {"type": "function", "function": {"name": "up"}}),
        ("response_format", None),
        ("response_format", {"type": "json_object"}),
        ("response_format.json_schema.name", "reply"),
        ("response_format.json_schema.schema.required", ["score"]),
        # A model fills a form from its top, so the order of properties is part of the question.
        ("response_format.json_schema.schema.properties", dict(reversed(ANSWER["properties"].items()))),
    ],
)
def test_whatever_a_model_reads_is_in_the_key(path, value):
    assert key(changed(path, value)) != key(BODY)


def test_the_family_is_in_the_key_and_the_deployment_is_not():
    assert key(BODY, "gpt-4o") == key(BODY) != key(BODY, "gpt-5.4-mini") == key(BODY, "gpt-5.6-sol")


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "temperature": st.floats(0, 2),
            "top_p": st.floats(0, 1),
            "max_tokens": st.integers(1, 1000),
            "n": st.integers(1, 3),
            "stream": st.booleans(),
            "user": st.text(max_size=5),
            "seed": st.integers(0, 99),
            "stop": st.text(max_size=5),
            "metadata": st.just({"time": "now"}),
            "logprobs": st.booleans(),
            "parallel_tool_calls": st.booleans(),
        },
    )
)
def test_sampling_limits_and_streaming_are_not_in_the_key(parameters):
    assert key({**BODY, **parameters}) == key(BODY)


def test_identifiers_and_the_order_of_other_keys_are_not_in_the_key():
    text = json.dumps(BODY).replace("call_1", "call_98765")
    assert key(json.loads(text)) == key(BODY)
    assert key({**BODY, "tools": [dict(reversed(tool.items())) for tool in TOOLS]}) == key(BODY)


PORTS = st.integers(1, 65_535)
ORIGINS = st.one_of(
    PORTS.map("http://127.0.0.1:{}".format),
    PORTS.map("http://localhost:{}".format),
    PORTS.map("https://[::1]:{}".format),
    st.just("http://localhost"),
)


@given(
    before=st.text(max_size=20),
    one=ORIGINS,
    other=ORIGINS,
    after=st.sampled_from(["", "/", "/wiki/Orva", " is up.", ".", ", and", "?q=1", '"', "\n"]),
)
def test_the_ports_of_loopback_are_not_in_the_key(before, one, other, after):
    keys = {key({"messages": [{"role": "user", "content": f"{before} {origin}{after}"}]}) for origin in (one, other)}
    assert len(keys) == 1


@pytest.mark.parametrize(
    "one, other",
    [
        ("http://10.0.0.1:1", "http://10.0.0.1:2"),
        ("http://localhost.example.org:1", "http://localhost.example.org:2"),
        ("127.0.0.1:1", "127.0.0.1:2"),
        ("http://127.0.0.1:8080x", "http://127.0.0.1:8081x"),
        ("http://localhost-a:1", "http://localhost-a:2"),
        ("ftp://127.0.0.1:1", "ftp://127.0.0.1:2"),
    ],
)
def test_other_addresses_stay_as_they_are(one, other):
    assert len({key({"messages": [{"role": "user", "content": text}]}) for text in (one, other)}) == 2


@given(
    st.lists(st.tuples(st.sampled_from(["system", "user", "assistant"]), st.text(max_size=10)), min_size=1, max_size=3),
    st.lists(st.tuples(st.sampled_from(["system", "user", "assistant"]), st.text(max_size=10)), min_size=1, max_size=3),
)
def test_two_requests_have_one_key_only_if_they_say_the_same(one, other):
    keys = [
        key({"messages": [{"role": role, "content": text} for role, text in messages]}) for messages in (one, other)
    ]
    assert (keys[0] == keys[1]) == (one == other)
