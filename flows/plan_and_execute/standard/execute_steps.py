"""What the steps of the plan find out."""

from typing import Union

from plan_and_execute.agents import shared_access
from plan_and_execute.executor import execute_plan, transient_faults
from plan_and_execute.plan import Plan
from plan_and_execute.settings import read_settings
from plan_and_execute.tool_context import SearchSettings, ToolContext
from promptflow.connections import AzureOpenAIConnection, CustomConnection, OpenAIConnection
from promptflow.core import tool

from model_endpoint import endpoint_of


@tool
async def execute_steps(
    plan: dict,
    config: dict,
    connection: Union[AzureOpenAIConnection, OpenAIConnection],
    search_connection: CustomConnection,
) -> dict:
    """Return {"steps": [the result of each], "number_of_steps": how many there were}.

    With them comes "degraded": the transient faults, without which the steps might have found out more.
    """
    settings = read_settings(config)
    tool_context = ToolContext(
        await shared_access(endpoint_of(connection)), settings, SearchSettings.from_connection(search_connection)
    )
    steps = await execute_plan(Plan.model_validate(plan), tool_context, settings.limits)
    return {"steps": steps, "number_of_steps": len(steps), "degraded": transient_faults(steps)}
