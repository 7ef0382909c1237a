"""Plans: references, what can be carried out, and the schema."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from plan_and_execute.errors import PlanError
from plan_and_execute.plan import Plan, Step, check_plan
from plan_and_execute.planner import asked_schema, published_schema
from plan_and_execute.settings import Settings
from plan_and_execute.tools import TOOLS
from plan_model import step

ARGUMENTS = {name: list(tool.schema["properties"]) for name, tool in TOOLS.items()}


def plan_of(*steps: dict) -> Plan:
    return Plan(steps=[Step(**each) for each in steps])


def refusal(*steps: dict, most: int = 12) -> str:
    with pytest.raises(PlanError) as caught:
        check_plan(plan_of(*steps), ARGUMENTS, most)
    return str(caught.value)


def look_up(identifier: str, query: str = "x") -> dict:
    return step(identifier, "wikipedia_tool", query=query)


# References


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("#E1 and #E12", ["#E1", "#E12"]),
        ("#E2#E1", ["#E2", "#E1"]),
        ("(#E3), #E3.", ["#E3"]),
        ("#E", []),
        ("E1 # E1 #e1", []),
        ("#E1km", ["#E1"]),
        ("##E1", ["#E1"]),
        ("", []),
    ],
)
def test_references_are_the_ids_in_the_arguments_each_once(text, found):
    assert Step(**look_up("#E9", text)).references == found


def test_references_come_from_all_arguments():
    assert Step(**step("#E3", "llm_tool", request="of #E2", context="#E1 #E2")).references == ["#E2", "#E1"]


def test_results_take_the_place_of_ids_also_where_one_id_begins_like_another():
    found = Step(**look_up("#E13", "#E12, #E1, #E1!")).arguments_with({"#E1": "one", "#E12": "twelve"})
    assert found == {"query": "twelve, one, one!"}


@pytest.mark.parametrize("result", ["#E2", "#E1", r"\1 \g<0>", "{0} %s", ""])
def test_a_result_is_put_in_as_it_stands(result):
    assert Step(**look_up("#E3", "[#E1|#E2]")).arguments_with({"#E1": result, "#E2": "two"}) == {
        "query": f"[{result}|two]"
    }


# What can be carried out


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ([], "it has no steps"),
        (
            [step("#E1", "shell_tool", command="ls")],
            'step #E1 uses "shell_tool", which is none of the tools ' + ", ".join(TOOLS),
        ),
        ([step("#E1", "llm_tool", request="x")], "step #E1: the arguments of llm_tool are request, context"),
        ([step("#E1", "math_tool", request="x", context="y")], "step #E1: the arguments of math_tool are request"),
        ([step("#E1", "math_tool")], "step #E1: the arguments of math_tool are request"),
        ([look_up("#E1", "of #E2")], "step #E1 refers to #E2, which is no step of the plan"),
        ([look_up("#E1"), look_up("#E2", "of #E01")], "step #E2 refers to #E01, which is no step of the plan"),
        ([look_up("#E1", "of #E1")], "the steps #E1 wait for each other"),
        ([look_up("#E1", "#E2"), look_up("#E2", "#E1")], "the steps #E1, #E2 wait for each other"),
        (
            [look_up("#E1", "#E3"), look_up("#E2", "#E1"), look_up("#E3", "#E2"), look_up("#E4")],
            "the steps #E1, #E2, #E3 wait for each other",
        ),
        ([look_up("#E1"), look_up("#E1")], "two steps are called #E1"),
    ],
)
def test_a_plan_that_cannot_be_carried_out_is_refused_with_the_reason(steps, reason):
    assert refusal(*steps) == reason


@pytest.mark.parametrize("identifier", ["", "E1", "#E0", "#E01", "#e1", "#E1 ", "#E1\n", "#E-1", "#E1a", " #E1", "#E"])
def test_ids_are_of_one_form(identifier):
    assert refusal(look_up(identifier)) == f'"{identifier}" is no id of a step: ids are #E1, #E2 and so on'


def test_a_plan_has_at_most_so_many_steps():
    steps = [look_up(f"#E{number}") for number in range(1, 6)]
    check_plan(plan_of(*steps), ARGUMENTS, 5)
    assert refusal(*steps, most=4) == "it has 5 steps, and at most 4 are allowed"


def test_a_step_may_refer_to_a_later_one():
    check_plan(plan_of(look_up("#E1", "#E2"), look_up("#E2")), ARGUMENTS, 12)


@st.composite
def any_steps(draw):
    numbers = draw(st.lists(st.integers(1, 14), min_size=1, max_size=8, unique=True))
    steps = []
    for number in numbers:
        needed = draw(st.lists(st.sampled_from(numbers), max_size=3))
        name = draw(st.sampled_from(sorted(ARGUMENTS)))
        text = " ".join(f"#E{each}" for each in needed)
        steps.append(step(f"#E{number}", name, **dict.fromkeys(ARGUMENTS[name], text)))
    return steps


@given(any_steps())
def test_a_plan_is_accepted_just_if_its_steps_can_be_put_in_an_order_and_is_valid_by_the_schema_then(steps):
    from graphlib import CycleError, TopologicalSorter

    plan = plan_of(*steps)
    try:
        list(TopologicalSorter({each.id: each.references for each in plan.steps}).static_order())
    except CycleError:
        with pytest.raises(PlanError, match="wait for each other"):
            check_plan(plan, ARGUMENTS, 12)
        return
    check_plan(plan, ARGUMENTS, 12)
    Draft202012Validator(published_schema()).validate(plan.model_dump())


# The schema


def test_the_schema_keeps_the_rules_of_strict_structured_outputs():
    def check(schema):
        if schema["type"] == "object":
            assert schema["additionalProperties"] is False
            assert schema["required"] == list(schema["properties"])
            for each in schema["properties"].values():
                check(each)
        if schema["type"] == "array":
            for each in schema["items"]["anyOf"]:
                check(each)
        assert set(schema) <= {"type", "properties", "required", "additionalProperties", "items", "description", "enum"}

    for schema in (published_schema(), asked_schema(Settings())):
        Draft202012Validator.check_schema(schema)
    check(asked_schema(Settings()))


def test_a_schema_that_is_strict_refuses_what_a_plan_must_not_have():
    good = step("#E1", "math_tool", request="1+1")
    for schema in (published_schema(), asked_schema(Settings())):
        validator = Draft202012Validator(schema)
        assert validator.is_valid({"steps": [good]})
        for bad in ({"tool": "llm_tool"}, {"more": 1}, {"arguments": {}}, {"id": 1}, {"id": "E1"}, {"id": ", 2023"}):
            assert not validator.is_valid({"steps": [{**good, **bad}]})
