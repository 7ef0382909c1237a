"""A plan's steps and its solver on a model that calls no tools and makes no plan of its own."""

import pytest
from plan_and_execute.agents import shared_access
from plan_and_execute.errors import IncompleteAnswer, PlanError
from plan_and_execute.executor import execute_plan
from plan_and_execute.plan import Plan
from plan_and_execute.planner import make_plan
from plan_and_execute.settings import Settings
from plan_and_execute.solver import solve
from plan_and_execute.tool_context import SearchSettings, ToolContext
from pydantic import SecretStr
from served_model import NAME

from model_endpoint import Endpoint

QUESTION = "How much longer is the Danube than the Rhine?"
MODEL = {"deployment": NAME, "family": "chat", "max_output_tokens": 60}
PLAN = Plan.model_validate(
    {
        "steps": [
            {
                "id": "#E1",
                "purpose": "the length of the Danube",
                "tool": "llm_tool",
                "arguments": {"request": "How long is the Danube?", "context": "The Danube is 2,850 km long."},
            },
            {
                "id": "#E2",
                "purpose": "the difference",
                "tool": "math_tool",
                "arguments": {"request": "2850 minus 1230"},
            },
            {"id": "#E3", "purpose": "the mouth", "tool": "wikipedia_tool", "arguments": {"query": "Danube"}},
        ]
    }
)


@pytest.fixture
def settings():
    return Settings.model_validate({"model": MODEL, "tool_model": MODEL, "limits": {"attempts": 1}})


@pytest.fixture
async def access(model_server):
    return await shared_access(Endpoint("openai", f"{model_server}/v1"))


async def test_each_step_has_a_result_or_says_what_the_model_did_and_the_solver_answers(access, settings):
    search = SearchSettings("bing", "https://127.0.0.1", SecretStr("any"), "https://127.0.0.1/w/api.php", False)
    steps = await execute_plan(PLAN, ToolContext(access, settings, search), settings.limits)
    read, calculated, looked_up = steps
    assert read["result"] or "cut off" in read["error"]
    assert "there is no expression to calculate" in calculated["error"] or "max_output_tokens" in calculated["error"]
    assert "127.0.0.1" in looked_up["error"]
    try:
        assert await solve(QUESTION, steps, access, settings)
    except IncompleteAnswer as error:
        assert "max_output_tokens" in str(error)


async def test_a_planner_that_makes_no_plan_says_why(access, settings):
    with pytest.raises((PlanError, IncompleteAnswer), match="no usable plan after 2 attempts|max_output_tokens"):
        await make_plan(QUESTION, access, settings)
