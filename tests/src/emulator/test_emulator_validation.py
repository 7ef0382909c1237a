import json

import httpx
import openai
import pytest
from emulator_clients import API_VERSION
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

USER = {"role": "user", "content": "Hi"}
CALL = {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
TOOL = {"type": "function", "function": {"name": "look"}}
PATH = f"/openai/deployments/gpt-4.1-mini/chat/completions?api-version={API_VERSION}"


@pytest.fixture(scope="module")
def post(emulator):
    with httpx.Client(base_url=emulator.endpoint, headers={"api-key": "k"}) as client:

        def send(body, path=PATH, **options):
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            return client.post(path, content=content, **options)

        yield send


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"messages": NaN}',
        b'{"temperature": 1e999}',
        b"[" * 100_000,
        b"[]",
        b"null",
        b'"text"',
    ],
)
def test_a_body_that_is_no_json_object_is_refused(post, body):
    response = post(body)
    assert response.status_code == 400
    assert response.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    "change, param",
    [
        ({"messages": None}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": "Hi"}, "messages"),
        ({"messages": ["Hi"]}, "messages[0]"),
        ({"messages": [{"content": "Hi"}]}, "messages[0].role"),
        ({"messages": [{"role": "robot", "content": "Hi"}]}, "messages[0].role"),
        ({"messages": [{"role": ["user"], "content": "Hi"}]}, "messages[0].role"),
        ({"messages": [USER, {"role": "user"}]}, "messages[1].content"),
        ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": []}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages[0].content[0].text"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]},
            "messages[0].content[0].type",
        ),
        ({"messages": [USER, {"role": "tool", "content": "x"}]}, "messages[1].tool_call_id"),
        ({"messages": [USER, {"role": "tool", "content": "x", "tool_call_id": "1"}]}, "messages[1].role"),
        ({"messages": [USER, {"role": "assistant", "tool_calls": [CALL]}]}, "messages[1].role"),
        (
            {"messages": [USER, {"role": "assistant", "tool_calls": [{"id": "1"}]}]},
            "messages[1].tool_calls[0].function",
        ),
        ({"n": 0}, "n"),
        ({"n": 129}, "n"),
        ({"n": 1.5}, "n"),
        ({"n": True}, "n"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": -1}, "max_tokens"),
        ({"max_tokens": "5"}, "max_tokens"),
        ({"max_tokens": 10**9}, "max_tokens"),
        ({"max_completion_tokens": 0}, "max_completion_tokens"),
        ({"max_tokens": 5, "max_completion_tokens": 5}, "max_tokens"),
        ({"temperature": 2.1}, "temperature"),
        ({"temperature": -1}, "temperature"),
        ({"temperature": "hot"}, "temperature"),
        ({"temperature": 10**400}, "temperature"),
        ({"top_p": 1.1}, "top_p"),
        ({"presence_penalty": 3}, "presence_penalty"),
        ({"seed": "x"}, "seed"),
        ({"stop": ["a", "b", "c", "d", "e"]}, "stop"),
        ({"stop": 5}, "stop"),
        ({"stop": ["a", 1]}, "stop[1]"),
        ({"stream": "yes"}, "stream"),
        ({"stream_options": {"include_usage": True}}, "stream_options"),
        ({"stream": True, "stream_options": {"x": 1}}, "stream_options.x"),
        ({"top_logprobs": 3}, "top_logprobs"),
        ({"logit_bias": {"50": 200}}, "logit_bias.50"),
        ({"response_format": "json"}, "response_format"),
        ({"response_format": {}}, "response_format.type"),
        ({"response_format": {"type": "xml"}}, "response_format.type"),
        ({"response_format": {"type": "json_object"}}, "messages"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"name": "a b"}}},
            "response_format.json_schema.name",
        ),
        (
            {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "a", "strict": True, "schema": {"type": "object", "properties": {}}},
                }
            },
            "response_format.json_schema.schema",
        ),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {"$ref": "#/$defs/x"}}}},
            "response_format.json_schema.schema",
        ),
        ({"tools": []}, "tools"),
        ({"tools": [{}]}, "tools[0].type"),
        ({"tools": [{"type": "web"}]}, "tools[0].type"),
        ({"tools": [{"type": "function"}]}, "tools[0].function"),
        ({"tools": [{"type": "function", "function": {"name": "no good"}}]}, "tools[0].function.name"),
        (
            {"tools": [{"type": "function", "function": {"name": "a", "parameters": {"type": "thing"}}}]},
            "tools[0].function.parameters",
        ),
        (
            {"tools": [{"type": "function", "function": {"name": "a", "parameters": {"minLength": "x"}}}]},
            "tools[0].function.parameters",
        ),
        ({"tool_choice": "auto"}, "tool_choice"),
        ({"tools": [TOOL], "tool_choice": "maybe"}, "tool_choice"),
        ({"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "other"}}}, "tool_choice"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(post, change, param):
    response = post({"messages": [USER], **change})
    assert response.status_code == 400
    assert response.json()["error"]["param"] == param
    assert response.json()["error"]["message"]


def test_the_official_client_sees_the_parameter(ask):
    with pytest.raises(openai.BadRequestError) as error:
        ask(temperature=3)
    assert (error.value.param, error.value.code) == ("temperature", "decimal_above_max_value")


def test_null_counts_as_absent(post):
    nothing = dict.fromkeys(("temperature", "stop", "tools", "tool_choice", "response_format", "n", "stream", "user"))
    assert post({"messages": [USER], **nothing}).status_code == 200


def test_a_prompt_longer_than_the_context_is_refused(ask):
    with pytest.raises(openai.BadRequestError) as error:
        ask("word " * 17_000, model="gpt-35-turbo")
    assert error.value.code == "context_length_exceeded"


def test_a_body_over_the_limit_is_refused(start):
    emulator = start(max_body_bytes=1_000)
    response = httpx.post(emulator.endpoint + PATH, content=b"x" * 5_000, headers={"api-key": "k"})
    assert response.status_code == 413


@pytest.mark.parametrize("version", [None, "2019-01-01", "soon"])
def test_a_missing_or_unknown_version_is_not_found(post, version):
    path = "/openai/deployments/gpt-4.1/chat/completions" + (f"?api-version={version}" if version else "")
    response = post({"messages": [USER]}, path)
    assert response.status_code == 404
    assert response.json()["error"] == {"code": "404", "message": "Resource not found"}


def test_undated_paths_refuse_a_dated_version(post):
    response = post({"model": "gpt-4.1", "messages": [USER]}, f"/openai/v1/chat/completions?api-version={API_VERSION}")
    assert response.status_code == 400
    assert response.json()["error"]["param"] == "api-version"


def test_structured_outputs_need_a_version_that_has_them(post):
    wanted = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}
    path = "/openai/deployments/gpt-4.1/chat/completions?api-version=2024-02-01"
    assert post({"messages": [USER], "response_format": wanted}, path).json()["error"]["param"] == "response_format"


def test_unknown_deployments_are_not_found_on_both_sides(client, plain_client):
    with pytest.raises(openai.NotFoundError) as error:
        client.chat.completions.create(model="gpt-99", messages=[USER])
    assert error.value.code == "DeploymentNotFound"
    with pytest.raises(openai.NotFoundError) as error:
        plain_client.chat.completions.create(model="gpt-99", messages=[USER])
    assert error.value.code == "model_not_found"


def test_a_plain_request_has_to_name_its_model(post):
    assert post({"messages": [USER]}, "/v1/chat/completions").json()["error"]["param"] == "model"


def test_models_refuse_operations_that_they_do_not_have(client):
    with pytest.raises(openai.BadRequestError) as error:
        client.embeddings.create(model="gpt-4.1", input="x")
    assert error.value.code == "OperationNotSupported"
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model="text-embedding-3-small", messages=[USER])


def test_other_paths_and_methods_have_the_services_envelope(emulator):
    headers = {"api-key": "k"}
    assert httpx.get(f"{emulator.endpoint}/nowhere", headers=headers).json()["error"]["code"] == "404"
    response = httpx.get(f"{emulator.endpoint}/v1/chat/completions", headers=headers)
    assert response.status_code == 405 and response.json()["error"]["message"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "type",
                    "role",
                    "content",
                    "text",
                    "function",
                    "name",
                    "json_schema",
                    "schema",
                    "properties",
                    "items",
                    "anyOf",
                    "enum",
                    "required",
                    "id",
                    "arguments",
                    "$ref",
                    "minimum",
                    "pattern",
                    "minItems",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
PARAMETERS = [
    "messages",
    "tools",
    "tool_choice",
    "response_format",
    "stop",
    "n",
    "temperature",
    "stream",
    "stream_options",
    "max_tokens",
    "logit_bias",
    "functions",
    "function_call",
    "logprobs",
    "top_logprobs",
]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(PARAMETERS), value=json_values)
def test_no_value_of_any_parameter_breaks_the_emulator(post, name, value):
    response = post({"messages": [USER], **({"tools": [TOOL]} if name == "tool_choice" else {}), name: value})
    assert response.status_code in (200, 400)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    schema=st.dictionaries(
        st.sampled_from(
            [
                "type",
                "properties",
                "items",
                "anyOf",
                "oneOf",
                "allOf",
                "enum",
                "const",
                "required",
                "$ref",
                "minimum",
                "maximum",
                "pattern",
                "minItems",
                "uniqueItems",
                "prefixItems",
                "additionalProperties",
                "multipleOf",
            ]
        ),
        json_values,
        max_size=4,
    )
)
def test_no_schema_breaks_the_emulator(post, schema):
    wanted = {"type": "json_schema", "json_schema": {"name": "a", "schema": schema}}
    assert post({"messages": [USER], "response_format": wanted}).status_code in (200, 400)
