"""References: what comes near one goes back to the planner, and what is but text does not."""

import json
from string import ascii_lowercase

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from plan_and_execute.errors import PlanError
from plan_and_execute.plan import Step
from plan_and_execute.planner import asked_schema, published_schema, read_plan
from plan_and_execute.references import REFERENCE
from plan_and_execute.settings import SettingsError, read_settings
from plan_model import plan_text, step


def plan_of(text: str, steps: int = 3, question: str = "", argument: str = "request"):
    """A plan whose last step says a text, after so many look-ups."""
    first = [step(f"#E{number}", "wikipedia_tool", query="x") for number in range(1, steps + 1)]
    arguments = {"request": "r", "context": "c", argument: text}
    return read_plan(plan_text(*first, step(f"#E{steps + 1}", "llm_tool", **arguments)), 20, question)


def refused(text: str, **options) -> str | None:
    """The words that are taken for a reference that is not written as one should be; None where there are none."""
    try:
        plan_of(text, **options)
    except PlanError as error:
        assert "a reference is written like #E1, with a #, a capital E" in str(error)
        return str(error).split('"')[1]


@pytest.mark.parametrize(
    "written",
    [
        "E1",
        "e1",
        "#e1",
        "# E1",
        "#E 1",
        "# e 1",
        "#\nE1",
        "{E1}",
        "#{E1}",
        "#[E1]",
        "#E[1]",
        "#E(1)",
        "#E_1",
        "#E-1",
        "#E:1",
        "#E#1",
        "＃E1",
        "#Ｅ1",
        "#E１",
        "#E１２",
        "#E1２",
        "＃Ｅ１",
        "E１",
        "#E¹",
        "E₁",
        "#E١",
        "#Е1",
        "Е1",
        "#Ε1",
        "#E\u200b1",
        "#\u2060E1",
        "E\u00ad1",
        "E 1",
        "E-1",
        "E_1",
        "E01",
        "Step 1",
        "step #1",
        "steps 1 and 2",
        "STEP 1",
        "step (1)",
        "step_1",
        "#1",
        "# 1",
        "evidence 1",
        "Evidence #1",
        "<E1>",
        "`E1`",
        "$E1",
        "@E1",
        "E1's",
        "(E1)",
        "E1/E2",
        "E1-E2",
        "5-E1",
        "E1.",
    ],
)
def test_near_misses_go_back_to_the_planner(written):
    for text in (written, f"between {written} and #E2", f"{written}, in metres", f"height:{written}"):
        assert refused(text) is not None and refused(text) in text
    assert refused(written, argument="context")


@pytest.mark.parametrize(
    "text",
    [
        "#E1",
        "#E1's height",
        "#E1#E2",
        "(#E3)",
        "##E1",
        "#E1km",
        "#E1 and #E1",
        "[#E1, #E2]",
        "",
        "E10 petrol",
        "vitamin E4",
        "the E5 route",
        "step 5 of 9",
        "#10",
        "Apollo 1",
        "1e3 metres",
        "6.4e-12 times 2",
        "2E3",
        "E",
        "the letter E",
        "E. coli",
        "#",
        "C#",
        "#hashtag",
        "PE1",
        "E1b",
        "KE1",
        "H2E1x",
        "E1.5",
        "size E1_x",
        "three steps",
        "1 step",
        "a 2-step dance",
        "footsteps 1",
        "1.5E1",
        "E=1",
        "#Elections 1",
        "No. 1",
        "§1",
        "US$1",
    ],
)
def test_what_is_but_text_is_left_alone(text):
    assert plan_of(text).steps[-1].arguments["request"] == text


def test_words_of_the_question_are_text():
    for text in ("European route E1", "the e1", "the E 1"):
        plan_of(text, question="How long is the European route E1?")
        assert refused(text, question="How long is the European route E2?")
    plan_of("step 2 of the recipe", question="What is done in step 2?")
    plan_of("singles at #1", question="Who was at # 1 in 1999?")
    assert refused("E2", question="What is done in step 2?"), "the question's step is no E2"
    assert refused("#e1", question="What is #e1?"), "with its mark it is a reference in any case"


def test_words_beside_the_same_reference_are_text():
    plan_of("How high is E1, that is, #E1?")
    assert refused("How high is E2, that is, #E1?") == "E2"


def test_a_step_does_not_mean_itself():
    read_plan(plan_text(step("#E1", "web_tool", query="vitamin E1")), 12)
    with pytest.raises(PlanError, match='says "# E1"'):
        read_plan(plan_text(step("#E1", "web_tool", query="# E1")), 12)


WORDS = st.text(ascii_lowercase.replace("e", "") + " .,;:!?'\"()äöß日本", max_size=20)
WRITINGS = st.sampled_from(
    ["E{}", "e{}", "#e{}", "# E{}", "#E {}", "{{E{}}}", "E {}", "step {}", "#{}", "Е{}", "＃E{}"]
)
DIGITS = st.sampled_from(["0123456789", "０１２３４５６７８９", "٠١٢٣٤٥٦٧٨٩"])


@given(WORDS, WRITINGS, st.integers(1, 12), DIGITS, WORDS, st.integers(1, 12))
def test_a_number_of_a_step_in_another_writing_is_never_passed_on(before, writing, number, digits, after, steps):
    assume(number <= steps)
    written = writing.format("".join(digits[int(each)] for each in str(number)))
    assume(not REFERENCE.fullmatch(written))
    assert refused(f"{before} {written} {after}", steps=steps)


@given(WORDS, st.sampled_from(["E{}", "e{}", "E {}", "step {}", "#{}"]), st.integers(1, 30), WORDS, st.integers(1, 12))
def test_without_a_mark_the_number_of_no_step_is_text(before, writing, number, after, steps):
    assume(number > steps + 1)
    text = f"{before} {writing.format(number)} {after}"
    assert plan_of(text, steps=steps).steps[-1].arguments["request"] == text


@given(st.text(max_size=60))
def test_any_text_is_refused_or_holds_no_reference_once_the_results_are_in(text):
    try:
        plan = plan_of(text)
    except PlanError:
        return
    results = {f"#E{number}": "result" for number in range(1, 4)}
    assert not REFERENCE.search(plan.steps[-1].arguments_with(results)["request"])


@given(st.text("#Ee1 23-_{}", max_size=12))
def test_texts_like_references_are_refused_or_hold_no_reference_once_the_results_are_in(text):
    test_any_text_is_refused_or_holds_no_reference_once_the_results_are_in.hypothesis.inner_test(text)


def test_digits_of_another_script_do_not_belong_to_an_id():
    assert Step(**step("#E9", "wikipedia_tool", query="#E1２ #E3")).references == ["#E3"]


# What the planner is told of ids


def unsupported(schema: object) -> set[str]:
    """The keywords of a schema that Azure's strict structured outputs refuse, by its documentation."""
    refused = {
        "pattern",
        "format",
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "multipleOf",
        "patternProperties",
        "minProperties",
        "maxProperties",
        "minItems",
        "maxItems",
        "uniqueItems",
        "contains",
        "propertyNames",
    }
    if isinstance(schema, list):
        return set().union(*map(unsupported, schema))
    if isinstance(schema, dict):
        return (refused & schema.keys()).union(*map(unsupported, schema.values()))
    return set()


def test_the_planner_is_given_a_list_of_ids_since_azure_takes_no_pattern():
    settings = read_settings({"limits": {"steps": 3}})
    asked = asked_schema(settings)
    assert unsupported(asked) == set() and unsupported(published_schema()) == {"pattern"}
    for each in asked["properties"]["steps"]["items"]["anyOf"]:
        assert each["properties"]["id"]["enum"] == ["#E1", "#E2", "#E3"]


def test_no_more_ids_are_listed_than_a_strict_schema_may():
    most = asked_schema(read_settings({"limits": {"steps": 100}}))
    assert json.dumps(most).count('"#E') - len(most["properties"]["steps"]["items"]["anyOf"]) <= 500
    with pytest.raises(SettingsError, match="config.limits.steps: "):
        read_settings({"limits": {"steps": 101}})
