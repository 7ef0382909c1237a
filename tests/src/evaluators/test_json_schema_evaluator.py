import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.evaluators import JsonSchemaEvaluator

SCHEMA = {
    "type": "object",
    "required": ["entities"],
    "properties": {
        "entities": {"type": "array", "items": {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/named"}]}},
    },
    "$defs": {"named": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}},
}
VALID = {"valid_json": 1.0, "valid_schema": 1.0, "reason": ""}
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=3))
FINITE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
evaluate = JsonSchemaEvaluator(SCHEMA)


@pytest.mark.parametrize(
    "response",
    [
        '{"entities": []}',
        ' {"entities": ["a"]}\n',
        {"entities": [{"name": "a"}, "b"]},
        {"entities": ("a",)},
    ],
)
def test_what_keeps_to_the_schema_is_valid_as_text_and_as_object(response):
    assert evaluate(response=response) == VALID


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        ("{}", "$: 'entities' is a required property"),
        ("null", "$: None is not of type 'object'"),
        (None, "$: None is not of type 'object'"),
        ({"entities": "a"}, "$.entities: 'a' is not of type 'array'"),
        ({"entities": ["a", {"name": 5}]}, "$.entities[1].name: 5 is not of type 'string'"),
    ],
)
def test_the_reason_says_where_and_what(response, reason):
    assert evaluate(response=response) == {"valid_json": 1.0, "valid_schema": 0.0, "reason": reason}


@pytest.mark.parametrize(
    "response",
    [
        "",
        "Paris",
        "{'entities': []}",
        '{"entities": [1,]}',
        '```\n{"entities": []}\n```',
        '{"entities": []} and more',
        '{"entities": NaN}',
        '{"entities": [-Infinity]}',
        '{"entities": [1e999]}',
        {"entities": [float("nan")]},
        {"entities": {"a set"}},
        "[" * 100_000,
    ],
)
def test_what_is_not_json_scores_nothing_and_says_so(response):
    scores = evaluate(response=response)
    assert (scores["valid_json"], scores["valid_schema"]) == (0.0, 0.0)
    assert scores["reason"].startswith("not valid JSON: ")


def test_a_reason_stays_short():
    assert len(evaluate(response={"entities": "x" * 10_000})["reason"]) <= 300


def test_the_draft_of_the_schema_counts():
    draft_4 = {"$schema": "http://json-schema.org/draft-04/schema#", "maximum": 3, "exclusiveMaximum": True}
    assert JsonSchemaEvaluator(draft_4)(response=3)["valid_schema"] == 0.0
    with pytest.raises(ValueError, match="JSON Schema is invalid"):
        JsonSchemaEvaluator({"maximum": 3, "exclusiveMaximum": True})


@pytest.mark.parametrize("schema", [{"type": "text"}, {"pattern": "("}, {"required": "a"}])
def test_a_wrong_schema_is_refused_at_once(schema):
    with pytest.raises(ValueError, match="JSON Schema is invalid"):
        JsonSchemaEvaluator(schema)


def test_nothing_is_fetched(monkeypatch):
    monkeypatch.setattr("urllib.request.urlopen", lambda *_, **__: pytest.fail("something was fetched"))
    remote = JsonSchemaEvaluator({"$ref": "http://127.0.0.1:9/schema.json"})
    with pytest.raises(ValueError, match="http://127.0.0.1:9/schema.json"):
        remote(response={})


@given(JSON)
def test_any_value_gets_scores_and_a_reason_exactly_where_it_is_not_valid(value):
    scores = evaluate(response=value)
    assert {scores["valid_json"], scores["valid_schema"]} <= {0.0, 1.0}
    assert scores["valid_schema"] <= scores["valid_json"]
    assert (scores["reason"] == "") == (scores["valid_schema"] == 1.0)


@given(FINITE.filter(lambda value: not isinstance(value, str)))
def test_a_value_and_its_text_score_the_same(value):
    assert evaluate(response=value) == evaluate(response=json.dumps(value))
