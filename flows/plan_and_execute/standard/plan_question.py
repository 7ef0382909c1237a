"""The plan by which the question is to be answered."""

from plan_and_execute.agents import shared_access
from plan_and_execute.planner import make_plan
from plan_and_execute.settings import read_settings
from promptflow.connections import AzureOpenAIConnection
from promptflow.core import tool


@tool
async def plan_question(question: str, config: dict, connection: AzureOpenAIConnection) -> dict:
    """Return the plan: {"steps": [...]}, as plan_and_execute/plan.schema.json describes it."""
    return (await make_plan(question, await shared_access(connection), read_settings(config))).model_dump()
