"""Carrying a plan out: what runs when, what a failure takes with it, and where it ends."""

import asyncio
import time

import pytest
from plan_and_execute.errors import ToolError, TransientToolError
from plan_and_execute.executor import execute_plan, transient_faults
from plan_and_execute.plan import Plan, text_arguments
from plan_and_execute.settings import Limits, Settings
from plan_and_execute.tools import TOOLS, Tool, ToolContext
from plan_model import step


@pytest.fixture
def tool(monkeypatch):
    """Add a tool that does what a function of its text does, under the function's name."""

    def add(function):
        async def run(tool_context, text: str) -> str:
            return await function(text)

        name = function.__name__
        monkeypatch.setitem(TOOLS, name, Tool(name, "for a test", text_arguments(text="text"), run))
        return name

    return add


@pytest.fixture
def look_up(tool):
    """A tool that takes 300 ms; it is returned with the texts and times of its calls."""
    calls = []

    async def look_up(text):
        start = time.monotonic()
        await asyncio.sleep(0.3)
        calls.append((text, start, time.monotonic()))
        return f"<{text}>"

    tool(look_up)
    return calls


async def carry_out(*steps, **limits):
    settings = Settings(limits=Limits(**limits))
    return await execute_plan(Plan(steps=list(steps)), ToolContext(None, settings, None), settings.limits)


def errors(results) -> dict[str, str | None]:
    return {each["id"]: each["error"] for each in results}


# In order, and at the same time


async def test_steps_run_as_soon_as_what_they_need_is_there_and_the_rest_costs_nothing(look_up):
    needs = {"#E1": "a", "#E2": "b", "#E3": "c", "#E4": "d", "#E5": "#E1", "#E6": "#E2 #E5", "#E7": "e"}
    start = time.monotonic()
    results = await carry_out(*(step(each, "look_up", text=text) for each, text in needs.items()))
    seconds = time.monotonic() - start
    assert 0.9 <= seconds < 0.9 + 0.15  # three look-ups in a row, instead of seven
    assert [each["result"] for each in results] == ["<a>", "<b>", "<c>", "<d>", "<<a>>", "<<b> <<a>>>", "<e>"]
    times = {text: (begin, end) for text, begin, end in look_up}
    assert times["<a>"][0] >= times["a"][1] and times["<b> <<a>>"][0] >= times["<a>"][1]
    assert max(times[text][0] for text in "abcde") - start < 0.1
    assert all(0.3 <= each["seconds"] < 0.45 for each in results)


async def test_a_result_tells_all_of_its_step(look_up):
    [first, second] = await carry_out(step("#E2", "look_up", text="of #E1"), step("#E1", "look_up", text="x"))
    assert first == {
        "number": 1,
        "id": "#E2",
        "purpose": "purpose of #E2",
        "tool": "look_up",
        "arguments": {"text": "of <x>"},
        "result": "<of <x>>",
        "error": None,
        "faults": [],
        "seconds": first["seconds"],
    }
    assert (second["number"], second["id"]) == (2, "#E1")


async def test_at_most_so_many_calls_run_at_a_time(tool):
    running, most = 0, 0

    async def count(text):
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.02)
        running -= 1
        return "x"

    tool(count)
    steps = [step(f"#E{number}", "count", text="x") for number in range(1, 10)]
    await carry_out(*steps, parallel_calls=3)
    assert most == 3
    most = 0
    await carry_out(*steps, parallel_calls=1)
    assert most == 1


async def test_steps_that_wait_for_others_do_not_take_the_place_of_those(look_up):
    results = await carry_out(
        step("#E1", "look_up", text="#E3"),
        step("#E2", "look_up", text="#E3"),
        step("#E3", "look_up", text="x"),
        parallel_calls=1,
    )
    assert set(errors(results).values()) == {None}


# Failures


async def test_a_failure_takes_those_with_it_that_need_the_result_and_no_others(tool, look_up):
    async def fail(text):
        raise ToolError("there is no such river")

    tool(fail)
    results = await carry_out(
        step("#E1", "fail", text="x"),
        step("#E2", "look_up", text="#E1"),
        step("#E3", "look_up", text="#E2 and #E1"),
        step("#E4", "look_up", text="y"),
        step("#E5", "look_up", text="#E4"),
    )
    assert errors(results) == {
        "#E1": "there is no such river",
        "#E2": "skipped, since it needs the result of #E1",
        "#E3": "skipped, since it needs the result of #E2 and #E1",
        "#E4": None,
        "#E5": None,
    }
    assert [each["result"] is None for each in results] == [True, True, True, False, False]
    assert results[1]["seconds"] == 0 and results[1]["arguments"] == {"text": "#E1"}
    assert transient_faults(results) == []


@pytest.mark.parametrize("error", [TransientToolError, ToolError])
async def test_a_step_is_not_repeated_as_a_whole_since_its_requests_are(error, tool):
    seen = []

    async def broken(text):
        seen.append(text)
        raise error("busy")

    tool(broken)
    [result] = await carry_out(step("#E1", "broken", text="x"), attempts=3)
    assert (seen, result["error"]) == (["x"], "busy")
    assert result["faults"] == (["busy"] if error is TransientToolError else [])


async def test_texts_that_no_request_could_carry_are_made_ones_that_it_can(tool):
    async def odd(text):
        if text == "fail":
            raise ToolError("500 Oops \udcff")
        return "caf\ud800 é 😀"

    tool(odd)
    good, bad = await carry_out(step("#E1", "odd", text="x"), step("#E2", "odd", text="fail"))
    assert (good["result"], bad["error"]) == ("caf? é 😀", "500 Oops ?")


# Limits


async def test_a_step_that_takes_too_long_is_given_up_which_may_pass(tool, look_up):
    async def slow(text):
        await asyncio.sleep(5)

    tool(slow)
    start = time.monotonic()
    results = await carry_out(step("#E1", "slow", text="x"), step("#E2", "look_up", text="x"), step_seconds=0.4)
    assert time.monotonic() - start < 5
    told = "slow took more than the 0.4 seconds that were left for it"
    assert errors(results) == {"#E1": told, "#E2": None}
    assert transient_faults(results) == [f"#E1: {told}"]


async def test_a_plan_that_takes_too_long_ends_with_what_is_done(look_up):
    steps = [step("#E1", "look_up", text="x"), step("#E2", "look_up", text="#E1"), step("#E3", "look_up", text="#E2")]
    start = time.monotonic()
    results = await carry_out(*steps, step("#E4", "look_up", text="y"), seconds=0.5)
    assert time.monotonic() - start < 5
    found = errors(results)
    assert (found["#E1"], found["#E4"]) == (None, None)
    assert found["#E2"].startswith("look_up took more than the 0.") and "skipped" in found["#E3"]


async def test_a_step_whose_turn_comes_too_late_is_not_begun(look_up):
    steps = [step(f"#E{number}", "look_up", text=str(number)) for number in range(1, 4)]
    found = errors(await carry_out(*steps, seconds=0.29, parallel_calls=1))
    assert list(found.values())[1:] == ["the plan has taken more than its 0.29 seconds"] * 2
    assert look_up == []


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("x" * 20, "x" * 20),
        ("one two three four five", "one two three four …"),
        ("x" * 100, "x" * 20 + " …"),
        ("a " + "日" * 100, "a " + "日" * 18 + " …"),
        ("one two\nthree four\nfive six", "one two\nthree four …"),
        (" " * 100, " …"),
        ("", ""),
    ],
)
async def test_of_a_long_result_its_beginning_is_kept(text, kept, tool, monkeypatch):
    monkeypatch.setattr("plan_and_execute.executor.LONGEST_WORD", 10)

    async def tell(ignored):
        return text

    tool(tell)
    [result] = await carry_out(step("#E1", "tell", text="x"), result_characters=20)
    assert result["result"] == kept


async def test_a_plan_that_is_cancelled_ends_its_steps(tool):
    ended = []

    async def wait(text):
        try:
            await asyncio.sleep(30)
        finally:
            ended.append(text)

    tool(wait)
    steps = [step("#E1", "wait", text="a"), step("#E2", "wait", text="b"), step("#E3", "wait", text="#E1")]
    before = asyncio.all_tasks()
    task = asyncio.create_task(carry_out(*steps))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(0.05)
    assert sorted(ended) == ["a", "b"]
    assert asyncio.all_tasks() == before
