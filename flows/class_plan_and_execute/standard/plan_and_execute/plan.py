"""What a plan is, when it can be carried out, and how steps refer to each other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from .errors import PlanError
from .references import near_miss, references_in, with_results

IDENTIFIER = "#E[1-9][0-9]*"


class Step(BaseModel):
    """A step of a plan.

    Attributes:
        id: "#E1", "#E2" and so on.
        purpose: what the step finds out.
        tool: the name of a tool.
        arguments: what the tool takes, by name; the ids of other steps in them stand for those steps' results.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    purpose: str
    tool: str
    arguments: dict[str, str]

    @property
    def references(self) -> list[str]:
        """The ids of the steps whose results this one needs, each once."""
        return references_in(self.arguments.values())

    def arguments_with(self, results: Mapping[str, str]) -> dict[str, str]:
        """Return the arguments with the results of other steps in the place of their ids."""
        return {name: with_results(text, results) for name, text in self.arguments.items()}


class Plan(BaseModel):
    """The steps by which a question is to be answered; `plan_schema` is their JSON schema."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: list[Step]


def check_plan(plan: Plan, tools: Mapping[str, Iterable[str]], most_steps: int, question: str = "") -> None:
    """Check that a plan can be carried out.

    Args:
        plan: the plan.
        tools: the names of each tool's arguments.
        most_steps: how many steps it may have.
        question: what it is for, whose words are no references.

    Raises:
        PlanError: with the reason, in words that help a planner to do better.
    """
    if not plan.steps:
        raise PlanError("it has no steps")
    if len(plan.steps) > most_steps:
        raise PlanError(f"it has {len(plan.steps)} steps, and at most {most_steps} are allowed")
    ids = [step.id for step in plan.steps]
    for step in plan.steps:
        _check_step(step, ids, tools)
    for step in plan.steps:
        _check_references(step, ids, question)
    _check_for_circles({step.id: step.references for step in plan.steps})


def _check_step(step: Step, ids: list[str], tools: Mapping[str, Iterable[str]]) -> None:
    if not re.fullmatch(IDENTIFIER, step.id):
        raise PlanError(f'"{step.id}" is no id of a step: ids are #E1, #E2 and so on')
    if ids.count(step.id) > 1:
        raise PlanError(f"two steps are called {step.id}")
    if step.tool not in tools:
        raise PlanError(f'step {step.id} uses "{step.tool}", which is none of the tools {", ".join(tools)}')
    if set(step.arguments) != set(tools[step.tool]):
        raise PlanError(f"step {step.id}: the arguments of {step.tool} are {', '.join(tools[step.tool])}")


def _check_references(step: Step, ids: list[str], question: str) -> None:
    for reference in step.references:
        if reference not in ids:
            raise PlanError(f"step {step.id} refers to {reference}, which is no step of the plan")
    others = set(ids) - {step.id, *step.references}
    for name, text in step.arguments.items():
        if written := near_miss(text, others, question):
            raise PlanError(
                f'step {step.id}: its argument {name} says "{written}"; a reference is written like #E1, with a #, '
                "a capital E and nothing between them; if no step is meant, use other words"
            )


def _check_for_circles(references: dict[str, list[str]]) -> None:
    """Take away the steps that wait for nothing that is left, until none is left or all wait for each other."""
    waiting = dict(references)
    while waiting:
        ready = [step for step, needed in waiting.items() if not any(each in waiting for each in needed)]
        if not ready:
            raise PlanError(f"the steps {', '.join(waiting)} wait for each other")
        for step in ready:
            del waiting[step]


def plan_schema(tools: Mapping[str, dict[str, Any]], most_steps: int | None = None) -> dict[str, Any]:
    """Return the JSON schema of plans.

    Args:
        tools: the JSON schema of each tool's arguments.
        most_steps: lists the ids that this many steps may have. A pattern describes them all, but Azure's strict
            structured outputs take lists alone, see "Unsupported type-specific keywords" of
            https://learn.microsoft.com/azure/ai-foundry/openai/how-to/structured-outputs.
    """
    ids = (
        {"enum": [f"#E{number}" for number in range(1, most_steps + 1)]}
        if most_steps
        else {"pattern": f"^{IDENTIFIER}$"}
    )

    def step(tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        return _object(
            id={"type": "string", "description": "#E1, #E2 and so on", **ids},
            purpose={"type": "string", "description": "what the step finds out"},
            tool={"type": "string", "enum": [tool]},
            arguments=arguments,
        )

    steps = {"type": "array", "items": {"anyOf": [step(tool, arguments) for tool, arguments in tools.items()]}}
    return _object(steps=steps)


def text_arguments(**descriptions: str) -> dict[str, Any]:
    """Return the JSON schema of arguments that are all texts, from what each of them is for."""
    return _object(**{name: {"type": "string", "description": text} for name, text in descriptions.items()})


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
