"""The tools as files: what is found in their folder, and what they take."""

import asyncio

import pytest
from plan_and_execute.executor import execute_plan
from plan_and_execute.settings import Limits
from plan_and_execute.tools import TOOLS


def test_a_tool_is_a_file_in_the_folder_of_tools(tmp_path, monkeypatch):
    from plan_and_execute import planner, tools

    (tmp_path / "dice_tool.py").write_text(
        "from plan_and_execute.plan import text_arguments\nfrom plan_and_execute.tools import Tool\n\n\n"
        "async def roll(tool_context, sides):\n    return '4'\n\n\n"
        "TOOL = Tool('dice_tool', 'rolls dice', text_arguments(sides='how many'), roll)\n"
    )
    monkeypatch.setattr(tools, "__path__", [*tools.__path__, str(tmp_path)])
    found = tools._found()
    assert set(found) == {*TOOLS, "dice_tool"}
    assert list(TOOLS) == sorted(TOOLS)
    monkeypatch.setitem(TOOLS, "dice_tool", found["dice_tool"])
    assert "dice_tool" in str(planner.published_schema()), "plans are judged by the tools that there are"
    assert "- dice_tool(sides): rolls dice" in planner.instructions(planner.Settings())
    plan = planner.read_plan(
        '{"steps": [{"id": "#E1", "purpose": "p", "tool": "dice_tool", "arguments": {"sides": "6"}}]}', 12
    )
    tool_context = tools.ToolContext(None, planner.Settings(), None)
    assert [each["result"] for each in asyncio.run(execute_plan(plan, tool_context, Limits()))] == ["4"]


@pytest.mark.parametrize("name", TOOLS)
def test_a_tool_takes_what_its_schema_says(name):
    from inspect import signature, unwrap

    assert list(signature(unwrap(TOOLS[name].run)).parameters)[1:] == list(TOOLS[name].schema["properties"])
