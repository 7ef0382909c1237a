"""Plan and execute as a flex flow: a class that plans, carries the plan out, and answers.

The package is imported by the methods that use it: Prompt flow reads the class's signature before it has put what the
flow includes beside it, and AutoGen takes two seconds to import. In a signature it reads Optional, not `dict | None`.
"""

from typing import Optional

from promptflow.connections import ConnectionProvider
from promptflow.tracing import trace


class PlanAndExecute:
    """Answers questions that take several steps.

    Args:
        connection: the name of the Prompt flow connection to the models.
        search_connection: the name of the connection to web search.
        config: deployments and limits; see plan_and_execute/settings.py.
    """

    def __init__(
        self,
        connection: str = "aoai_connection",
        search_connection: str = "search_connection",
        config: Optional[dict] = None,
    ):
        from plan_and_execute.settings import read_settings
        from plan_and_execute.tool_context import SearchSettings

        from model_endpoint import find_endpoint

        self._endpoint = find_endpoint(connection)
        self._search = SearchSettings.from_connection(ConnectionProvider.get_instance().get(search_connection))
        self._settings = read_settings(config)

    @trace
    async def __call__(self, question: str):
        """Return {"answer": text, "plan": {"steps": [...]}, "steps": [the result of each], "number_of_steps": n}.

        With them comes "degraded": the transient faults, without which the answer might be better.
        """
        from plan_and_execute.agents import shared_access
        from plan_and_execute.executor import execute_plan, transient_faults
        from plan_and_execute.planner import make_plan
        from plan_and_execute.solver import solve
        from plan_and_execute.tool_context import ToolContext

        settings, access = self._settings, await shared_access(self._endpoint)
        plan = await make_plan(question, access, settings)
        steps = await execute_plan(plan, ToolContext(access, settings, self._search), settings.limits)
        answer = await solve(question, steps, access, settings)
        return {
            "answer": answer,
            "plan": plan.model_dump(),
            "steps": steps,
            "number_of_steps": len(steps),
            "degraded": transient_faults(steps),
        }
