"""Which kinds of JSON values a parameter takes, by its annotation."""

import ast
import typing
from typing import Annotated, Literal, Optional, Union

import pytest

from mlops.common.errors import UserError
from mlops.data.value_kinds import ANYTHING, fits, in_words, kind_of, kinds_of_annotation, kinds_of_parameters
from mlops.flow_folders.signatures import required_by_flow

KINDS = {
    "str": {"string"},
    "int": {"integer"},
    "float": {"number"},
    "bool": {"boolean"},
    "list": {"list"},
    "dict": {"object"},
    "list[str]": {"list"},
    "typing.List[dict]": {"list"},
    "Mapping[str, object]": {"object"},
    "str | None": {"string", "null"},
    "Optional[str]": {"string", "null"},
    "Union[str, list, None]": {"string", "list", "null"},
    "'str'": {"string"},
    "None": {"null"},
    "Literal['a', 1, None]": {"string", "integer", "null"},
    "Annotated[str, 'doc']": {"string"},
    "tuple[int, ...]": {"list"},
    "object": set(),
    "typing.Any": set(),
    "AzureOpenAIConnection": set(),
    "str | Path": set(),
    "mystery()": set(),
}


@pytest.mark.parametrize(("annotation", "kinds"), KINDS.items())
def test_an_annotation_names_kinds(annotation, kinds):
    assert kinds_of_annotation(ast.parse(annotation, mode="eval").body) == kinds


def test_anything_or_nothing_takes_all_kinds():
    kinds = kinds_of_annotation(ast.parse("Any | None", mode="eval").body)
    assert all(fits(value, kinds) for value in ("", 1, 1.5, True, [], {}, None))


def test_annotations_are_read_as_text_and_as_types():
    def function(
        a: str,
        b: Optional[int] = None,
        *args,
        c: Union[str, typing.List[str]],
        d: Annotated[bool, 1] = True,
        e: Literal["x"] = "x",
        f,
        **others,
    ): ...

    found = kinds_of_parameters(function)
    assert found == {
        "a": ({"string"}, False),
        "b": ({"integer", "null"}, True),
        "c": ({"string", "list"}, False),
        "d": ({"boolean"}, True),
        "e": ({"string"}, True),
        "f": (ANYTHING, False),
    }
    function.__annotations__ = {name: str(kind) for name, kind in {"a": "str", "f": "no type ("}.items()}
    assert kinds_of_parameters(function)["a"] == ({"string"}, False)
    assert kinds_of_parameters(function)["f"] == (ANYTHING, False)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("1", "string"),
        (1, "integer"),
        (2**80, "integer"),
        (1.0, "number"),
        (True, "boolean"),
        ([], "list"),
        ({}, "object"),
        (None, "null"),
    ],
)
def test_a_value_has_one_kind(value, kind):
    assert kind_of(value) == kind
    assert fits(value, frozenset({kind})) and fits(value, ANYTHING) == (kind != "null")


def test_a_boolean_is_no_number_and_an_integer_is_one():
    assert fits(1, frozenset({"number"})) and not fits(True, frozenset({"number", "integer"}))
    assert not fits(1.5, frozenset({"integer"}))


def test_kinds_are_named_as_a_sentence_needs_them():
    assert in_words(frozenset({"null", "string", "integer"})) == "an integer or a string or null"
    assert in_words(ANYTHING) == "a value"


CLASS = """
class Flow:
    def __init__(self, a=1): ...
    async def __call__(self, question: str, history: "list" = None, *, config: dict | None = None, other=None): ...
"""
DAG = "inputs: {question: {type: string}, size: {type: double}, picture: {type: image}}\nnodes: []\n"


@pytest.mark.parametrize(
    ("files", "kinds"),
    [
        (
            {"flow.flex.yaml": "entry: code:Flow\n", "code.py": CLASS},
            {"question": {"string"}, "history": {"list"}, "config": {"object", "null"}, "other": set()},
        ),
        (
            {"flow.flex.yaml": "entry: code:Flow\n", "code.py": "from base import Flow\n"},
            {"question": set(), "history": set()},
        ),
        ({"flow.dag.yaml": DAG}, {"question": {"string"}, "size": {"number"}, "picture": set()}),
    ],
)
def test_a_flow_wants_of_the_columns_what_its_inputs_take(tmp_path, files, kinds):
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    mapping = {name: f"${{data.a {name}}}" for name in kinds} | {"constant": "c"}
    wanted = required_by_flow(tmp_path, mapping)
    assert {each.column: each.kinds for each in wanted} == {f"a {name}": kind for name, kind in kinds.items()}
    assert {each.required_by for each in wanted} == {f"the flow's input {name}" for name in kinds}


def test_an_input_cannot_have_the_name_that_prompt_flow_keeps_to_itself(tmp_path):
    (tmp_path / "flow.dag.yaml").write_text("inputs: {line_number: {type: int}}\nnodes: []\n")
    with pytest.raises(UserError, match="keeps the name line_number to itself; rename this input"):
        required_by_flow(tmp_path, {"line_number": "${data.n}"})
