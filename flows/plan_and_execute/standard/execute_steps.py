"""What the steps of the plan find out."""

from plan_and_execute.agents import shared_access
from plan_and_execute.executor import execute_plan
from plan_and_execute.plan import Plan
from plan_and_execute.settings import read_settings
from plan_and_execute.surroundings import SearchSettings, Surroundings
from promptflow.connections import AzureOpenAIConnection, CustomConnection
from promptflow.core import tool


@tool
async def execute_steps(
    plan: dict, config: dict, connection: AzureOpenAIConnection, search_connection: CustomConnection
) -> dict:
    """Return {"steps": [what became of each], "number_of_steps": how many there were}."""
    settings = read_settings(config)
    surroundings = Surroundings(
        await shared_access(connection), settings, SearchSettings.from_connection(search_connection)
    )
    steps = await execute_plan(Plan.model_validate(plan), surroundings, settings.limits)
    return {"steps": steps, "number_of_steps": len(steps)}
