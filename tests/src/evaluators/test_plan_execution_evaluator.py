import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.evaluators import PlanExecutionEvaluator

evaluate = PlanExecutionEvaluator()
PLAN = [{"number": 1}, {"number": 2}, {"number": 3}]
STEPS = st.lists(st.builds(dict, number=st.integers(0, 9), result=st.none() | st.text(), error=st.none() | st.text()))
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["steps", "number", "id"]) | st.text(), inner, max_size=3)
    ),
)


def numbers(text):
    return {int(number) for number in text.split(",") if number}


def test_a_plan_that_was_carried_out():
    steps = [{"number": number, "result": ""} for number in (3, 1, 2)]
    assert evaluate(plan=PLAN, steps=steps) == {
        "planned": 3,
        "executed": 3,
        "completed": 3,
        "completion": 1.0,
        "missing": "",
        "failed": "",
        "surplus": "",
    }


def test_missing_failed_and_surplus_steps_are_reported_by_number():
    steps = [
        {"number": 2, "error": "timeout"},
        {"number": 10, "result": "x"},
        {"number": 9, "error": "y"},
        {"number": 1, "result": "x", "error": None},
    ]
    assert evaluate(plan=PLAN, steps=steps) == {
        "planned": 3,
        "executed": 4,
        "completed": 1,
        "completion": 1 / 3,
        "missing": "3",
        "failed": "2",
        "surplus": "9,10",
    }


@pytest.mark.parametrize(
    "step",
    [
        {"number": 1},
        {"number": 1, "result": None},
        {"number": 1, "result": "x", "error": "y"},
        1,
        "#E1",
    ],
)
def test_a_step_without_a_result_or_with_an_error_failed(step):
    assert evaluate(plan=[1], steps=[step])["failed"] == "1"


def test_of_a_repeated_step_the_last_attempt_counts():
    fault, success = {"number": 1, "error": "429"}, {"number": 1, "result": "x"}
    assert evaluate(plan=[1, 1], steps=[fault, success])["completion"] == 1
    assert evaluate(plan=[1], steps=[success, fault])["completion"] == 0


@pytest.mark.parametrize(
    "plan",
    [
        PLAN,
        {"steps": PLAN},
        json.dumps(PLAN),
        json.dumps({"steps": PLAN}),
        ["#E1", "#E2", "#E3"],
        [1, 2.0, "step 3"],
        [{"id": "#E1"}, {"id": 2}, {"number": None, "id": "E3"}],
    ],
)
def test_every_form_of_a_plan_is_read(plan):
    scores = evaluate(plan=plan, steps=[{"id": "#E3", "result": "x"}])
    assert (scores["planned"], scores["completed"], scores["missing"]) == (3, 1, "1,2")


def test_an_empty_plan_is_complete_unless_something_was_done():
    assert evaluate(plan=[], steps=[])["completion"] == 1.0
    assert evaluate(plan=[], steps=[{"number": 1, "result": "x"}])["completion"] == 0.0


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (None, "plan has no list of steps, but a value of type NoneType"),
        ({"tasks": PLAN}, "plan has no list of steps"),
        ("first this, then that", "plan is text, but no JSON"),
        ([{"name": "search"}], "step of plan has no number: {'name': 'search'}"),
        ([True], "has no number"),
    ],
)
def test_what_is_no_plan_is_refused(plan, message):
    with pytest.raises(ValueError, match=message):
        evaluate(plan=plan, steps=[])


@given(STEPS, STEPS, st.randoms(use_true_random=False))
def test_the_counts_add_up_and_order_of_the_plan_makes_no_difference(plan, steps, random):
    scores = evaluate(plan=plan, steps=steps)
    missing, failed, surplus = (numbers(scores[name]) for name in ("missing", "failed", "surplus"))
    assert scores["planned"] == scores["completed"] + len(missing) + len(failed)
    assert scores["executed"] == scores["completed"] + len(failed) + len(surplus)
    assert 0 <= scores["completion"] <= 1
    assert evaluate(plan=random.sample(plan, len(plan)), steps=steps) == scores


@given(JSON, JSON)
def test_any_value_is_scored_or_refused_with_a_message(plan, steps):
    try:
        scores = evaluate(plan=plan, steps=steps)
    except ValueError as error:
        assert str(error).startswith(("plan", "steps", "A step of "))
    else:
        assert 0 <= scores["completion"] <= 1
