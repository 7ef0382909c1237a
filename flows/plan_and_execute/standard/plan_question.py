"""The plan by which the question is to be answered."""

from typing import Union

from plan_and_execute.agents import shared_access
from plan_and_execute.planner import make_plan
from plan_and_execute.settings import read_settings
from promptflow.connections import AzureOpenAIConnection, OpenAIConnection
from promptflow.core import tool

from model_endpoint import endpoint_of


@tool
async def plan_question(
    question: str, config: dict, connection: Union[AzureOpenAIConnection, OpenAIConnection]
) -> dict:
    """Return the plan: {"steps": [...]}; its JSON schema is `planner.published_schema()`."""
    return (await make_plan(question, await shared_access(endpoint_of(connection)), read_settings(config))).model_dump()
