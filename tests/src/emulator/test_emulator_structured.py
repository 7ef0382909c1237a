import json

import openai
import pydantic
import pytest
from emulator_clients import azure

from src.emulator.conversation import Reply

USER = [{"role": "user", "content": "Order twelve green chairs, as JSON."}]


class Item(pydantic.BaseModel):
    name: str
    tags: list[str]


class Order(pydantic.BaseModel):
    customer: str
    price: float | None
    items: list[Item]


class Node(pydantic.BaseModel):
    value: str
    children: list["Node"]


ORDER = Order(customer="Ada Lovelace", price=None, items=[Item(name="chair", tags=["green"])])


def schema(described, strict=None):
    return {"type": "json_schema", "json_schema": {"name": "order", "schema": described, "strict": strict}}


def test_the_clients_parse_reads_an_answer_of_its_schema(start):
    client = azure(start(lambda conversation: ORDER.model_dump_json()))
    completion = client.chat.completions.parse(model="gpt-4.1-mini", messages=USER, response_format=Order)
    assert completion.choices[0].message.parsed == ORDER


def test_the_function_sees_the_schema_and_may_break_it(start):
    seen = []

    def prose(conversation):
        seen.append(conversation.response_format["json_schema"]["schema"]["properties"].keys())
        return "Twelve green chairs."

    answer = azure(start(prose)).chat.completions.create(
        model="gpt-4.1-mini", messages=USER, response_format=schema(Order.model_json_schema())
    )
    assert answer.choices[0].message.content == "Twelve green chairs."
    assert list(seen[0]) == ["customer", "price", "items"]


def test_json_that_is_cut_short_says_so(start):
    client = azure(start(lambda conversation: ORDER.model_dump_json()))
    with pytest.raises(openai.LengthFinishReasonError):
        client.chat.completions.parse(model="gpt-4.1-mini", messages=USER, response_format=Order, max_tokens=5)


@pytest.mark.parametrize("model", [Order, Node])
def test_the_schemas_that_the_client_makes_of_models_are_strict(ask, model):
    strict = openai.lib._pydantic.to_strict_json_schema(model)
    assert ask("Hi", response_format=schema(strict, True)).choices


STRICT = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}


@pytest.mark.parametrize(
    "described, told",
    [
        ({"type": "thing"}, "'thing' is not valid"),
        ({"properties": {"a": {"minLength": -1}}}, "('properties', 'a', 'minLength')"),
        ({"properties": {"a": {"pattern": "["}}}, "'['"),
        ({"properties": {"a": {"pattern": "a{99999999999999}"}}}, "regular expression"),
        ({"properties": {"a": {"enum": "x"}}}, "('properties', 'a', 'enum')"),
        ({"properties": {"a": {"items": 5}}}, "('properties', 'a', 'items')"),
        ({"required": ["a", 1]}, "('required', 1)"),
        ({"multipleOf": 0}, "multipleOf"),
        ({"anyOf": []}, "anyOf"),
        ({"properties": {"a": {"$ref": "#/$defs/City"}}}, "#/$defs/City"),
        ({"$ref": "https://example.org/schema"}, "https://example.org/schema"),
    ],
)
def test_a_schema_that_is_none_is_refused_with_the_place(ask, described, told):
    with pytest.raises(openai.BadRequestError) as error:
        ask("Hi", response_format=schema(described))
    assert error.value.code == "invalid_schema" and error.value.param == "response_format.json_schema.schema"
    assert told in str(error.value)


@pytest.mark.parametrize(
    "change, told",
    [
        ({"additionalProperties": True}, "additionalProperties"),
        ({"required": []}, "Missing 'a'"),
        ({"type": "string"}, "outermost"),
        ({"$defs": {"b": {"type": "object"}}}, "('$defs', 'b')"),
        ({"properties": {"a": {"anyOf": [{"type": "object"}]}}}, "('properties', 'a', 'anyOf', 0)"),
    ],
)
def test_a_strict_schema_lists_every_property_and_forbids_others(ask, change, told):
    assert ask("Hi", response_format=schema(STRICT, True)).choices
    assert ask("Hi", response_format=schema({**STRICT, **change})).choices
    with pytest.raises(openai.BadRequestError) as error:
        ask("Hi", response_format=schema({**STRICT, **change}, True))
    assert told in str(error.value)


def test_a_schema_nested_too_deep_is_refused(ask):
    nested = {"type": "string"}
    for _ in range(400):
        nested = {"type": "array", "items": nested}
    with pytest.raises(openai.BadRequestError, match="too deep"):
        ask("Hi", response_format=schema(nested))


def test_references_of_a_schema_are_followed_within_it(ask):
    described = {
        "$defs": {"a/b~c": {"type": "string"}},
        "properties": {"x": {"$ref": "#/$defs/a~1b~0c"}, "again": {"$ref": "#"}},
    }
    assert ask("Hi", response_format=schema(described)).choices


def test_json_mode_has_to_be_asked_for_in_words(start):
    client = azure(start(lambda conversation: Reply(json.dumps({"colour": "green"}))))
    answer = client.chat.completions.create(model="gpt-4.1", messages=USER, response_format={"type": "json_object"})
    assert json.loads(answer.choices[0].message.content) == {"colour": "green"}
    with pytest.raises(openai.BadRequestError, match="'json'"):
        client.chat.completions.create(
            model="gpt-4.1", messages=[{"role": "user", "content": "Chairs."}], response_format={"type": "json_object"}
        )
