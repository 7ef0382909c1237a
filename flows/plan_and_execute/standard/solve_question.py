"""The answer, from what the steps found out."""

from plan_and_execute.agents import shared_access
from plan_and_execute.settings import read_settings
from plan_and_execute.solver import solve
from promptflow.connections import AzureOpenAIConnection
from promptflow.core import tool


@tool
async def solve_question(question: str, steps: list, config: dict, connection: AzureOpenAIConnection) -> str:
    """Return the answer; it says what could not be found."""
    return await solve(question, steps, await shared_access(connection), read_settings(config))
