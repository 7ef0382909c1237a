"""The answer, from what the steps found out."""

from typing import Union

from plan_and_execute.agents import shared_access
from plan_and_execute.settings import read_settings
from plan_and_execute.solver import solve
from promptflow.connections import AzureOpenAIConnection, OpenAIConnection
from promptflow.core import tool

from model_endpoint import endpoint_of


@tool
async def solve_question(
    question: str, steps: list, config: dict, connection: Union[AzureOpenAIConnection, OpenAIConnection]
) -> str:
    """Return the answer; it says what could not be found."""
    return await solve(question, steps, await shared_access(endpoint_of(connection)), read_settings(config))
