import enum
import json

import jsonschema
import openai
import pydantic
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from src.emulator.schema_check import conforms
from src.emulator.schema_instances import Unsatisfiable, instance

ORDER = "Please order for me. customer: Ada Lovelace, the quantity is 12, the colour is green. Express delivery."


class Colour(enum.Enum):
    RED = "red"
    GREEN = "green"


class Item(pydantic.BaseModel):
    name: str
    tags: list[str]


class Order(pydantic.BaseModel):
    customer: str
    quantity: int
    price: float | None
    colour: Colour
    items: list[Item]
    express: bool


class Node(pydantic.BaseModel):
    value: str
    children: list["Node"]


def test_json_mode_gives_an_object(ask):
    completion = ask("Give me JSON about the harbour.", response_format={"type": "json_object"})
    assert isinstance(json.loads(completion.choices[0].message.content), dict)


def test_the_clients_parse_gives_the_model_filled_from_the_text(client):
    completion = client.chat.completions.parse(
        model="gpt-4.1-mini", messages=[{"role": "user", "content": ORDER}], response_format=Order)
    order = completion.choices[0].message.parsed
    assert (order.customer, order.quantity, order.colour, order.express) == ("Ada Lovelace", 12, Colour.GREEN, True)


def test_a_schema_that_refers_to_itself_comes_to_an_end(client):
    completion = client.chat.completions.parse(
        model="gpt-4.1-mini", messages=[{"role": "user", "content": ORDER}], response_format=Node)
    assert isinstance(completion.choices[0].message.parsed, Node)


def test_json_that_is_cut_short_says_so(client):
    with pytest.raises(openai.LengthFinishReasonError):
        client.chat.completions.parse(model="gpt-4.1-mini", messages=[{"role": "user", "content": ORDER}],
                                      response_format=Order, max_tokens=5)


def test_a_schema_that_nothing_satisfies_is_refused(ask):
    schema = {"type": "object", "properties": {"a": {"type": "integer", "minimum": 5, "maximum": 1}}, "required": ["a"]}
    with pytest.raises(openai.BadRequestError) as error:
        ask(response_format={"type": "json_schema", "json_schema": {"name": "a", "schema": schema}})
    assert error.value.param == "response_format.json_schema.schema"


@pytest.mark.parametrize("schema, text, expected", [
    ({"enum": ["cheap", "dear"]}, "That was dear, not cheap.", "dear"),
    ({"const": 5}, "", 5),
    ({"type": "integer", "minimum": 10}, "3 apples and 12 pears", 12),
    ({"type": "integer", "minimum": 10}, "", 10),
    ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, "", 0.5),
    ({"type": "integer", "multipleOf": 7, "minimum": 8}, "", 14),
    ({"type": "string", "format": "date"}, "due 2024-05-06", "2024-05-06"),
    ({"type": "string", "format": "email"}, "write to ada@example.org now", "ada@example.org"),
    ({"type": "string", "pattern": "^[A-Z]{2}-\\d{3}$"}, "Ticket AB-123 is open", "AB-123"),
    ({"type": "string", "pattern": "^[A-Z]{2}-\\d{3}$"}, "", "AA-000"),
    ({"type": "string", "maxLength": 3}, "abcdef", "abc"),
    ({"type": ["null", "boolean"]}, "", False),
    ({"type": "array", "items": {"type": "integer"}, "minItems": 2, "uniqueItems": True}, "7", [7, 8]),
    ({"anyOf": [{"type": "null"}, {"type": "string"}]}, "Words.", "Words."),
    ({"allOf": [{"minimum": 3}, {"type": "integer"}]}, "", 3),
])
def test_a_value_comes_from_the_text_where_it_fits_the_schema(schema, text, expected):
    assert instance(schema, text) == expected


def _objects(inner):
    return st.dictionaries(st.sampled_from(["city", "due_date", "count", "ok"]), inner, min_size=1, max_size=3).flatmap(
        lambda properties: st.sampled_from([sorted(properties), []]).map(lambda required: {
            "type": "object", "properties": properties, "required": required, "additionalProperties": False}))


schemas = st.recursive(
    st.one_of(
        st.builds(lambda low, size: {"type": "integer", "minimum": low, "maximum": low + size},
                  st.integers(-50, 50), st.integers(0, 20)),
        st.builds(lambda low, size: {"type": "number", "exclusiveMinimum": low, "maximum": low + size},
                  st.integers(-50, 50), st.integers(1, 20)),
        st.builds(lambda least, more: {"type": "string", "minLength": least, "maxLength": least + more},
                  st.integers(0, 30), st.integers(0, 30)),
        st.sampled_from(["date", "date-time", "email", "uuid", "ipv4", "time", "uri"]).map(
            lambda name: {"type": "string", "format": name}),
        st.lists(st.one_of(st.text(max_size=4), st.integers(-9, 9), st.none()), min_size=1, max_size=3).map(
            lambda values: {"enum": values}),
        st.sampled_from([{"type": "boolean"}, {"type": "null"}, {"type": ["string", "null"]}, {"const": [1, {"a": 2}]},
                         {"type": "string", "pattern": "^(foo|ba[rz])+\\d{2,3}[^a-z]?$"}, {"$ref": "#/$defs/leaf"}])),
    lambda inner: st.one_of(
        _objects(inner), st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"anyOf": parts}),
        st.builds(lambda items, least, more: {"type": "array", "items": items, "minItems": least,
                                              "maxItems": least + more}, inner, st.integers(0, 3), st.integers(0, 2))),
    max_leaves=6)


@settings(max_examples=120, deadline=None)
@given(schema=schemas, text=st.sampled_from(["", ORDER, "city: Oslo, count: 5", "2024-01-01 at 10 is OK. 名前は太郎。"]))
def test_instances_are_valid_for_an_independent_validator(schema, text):
    schema = {**schema, "$defs": {"leaf": {"type": "integer", "minimum": 2}}}
    value = instance(schema, text)
    jsonschema.Draft202012Validator(schema).validate(json.loads(json.dumps(value)))


@settings(max_examples=100, deadline=None)
@given(schema=schemas, value=st.recursive(
    st.none() | st.booleans() | st.integers(-60, 60) | st.text(max_size=10) | st.floats(-60, 60),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["city", "count", "x"]), inner)))
def test_the_check_agrees_with_an_independent_validator(schema, value):
    schema = {**schema, "$defs": {"leaf": {"type": "integer", "minimum": 2}}}
    assert conforms(value, schema, schema) == jsonschema.Draft202012Validator(schema).is_valid(value)


@settings(max_examples=50, deadline=None)
@given(schemas)
def test_a_contradiction_is_reported_and_never_papered_over(schema):
    leaf = {"type": "integer", "minimum": 2}
    contradiction = {"allOf": [schema, {"not_known": 1}], "enum": [{"no": "such"}], "$defs": {"leaf": leaf}}
    assume(not jsonschema.Draft202012Validator(contradiction).is_valid({"no": "such"}))
    with pytest.raises(Unsatisfiable):
        instance(contradiction, ORDER)
