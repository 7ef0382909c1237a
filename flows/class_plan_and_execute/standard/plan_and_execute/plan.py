"""What a plan is, when it can be carried out, and how steps refer to each other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from .errors import PlanError

REFERENCE = re.compile(r"#E\d+")
IDENTIFIER = re.compile(r"#E[1-9]\d*")


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
        return list(dict.fromkeys(found for text in self.arguments.values() for found in REFERENCE.findall(text)))

    def arguments_with(self, results: Mapping[str, str]) -> dict[str, str]:
        """Return the arguments with the results of other steps in the place of their ids."""
        return {
            name: REFERENCE.sub(lambda found: results[found.group()], text) for name, text in self.arguments.items()
        }


class Plan(BaseModel):
    """The steps by which a question is to be answered, as `plan.schema.json` describes them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: list[Step]


def check_plan(plan: Plan, tools: Mapping[str, Iterable[str]], most_steps: int) -> None:
    """Check that a plan can be carried out.

    Args:
        plan: the plan.
        tools: the names of each tool's arguments.
        most_steps: how many steps it may have.

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
    _check_for_circles({step.id: step.references for step in plan.steps})


def _check_step(step: Step, ids: list[str], tools: Mapping[str, Iterable[str]]) -> None:
    if not IDENTIFIER.fullmatch(step.id):
        raise PlanError(f'"{step.id}" is no id of a step: ids are #E1, #E2 and so on')
    if ids.count(step.id) > 1:
        raise PlanError(f"two steps are called {step.id}")
    if step.tool not in tools:
        raise PlanError(f'step {step.id} uses "{step.tool}", which is none of the tools {", ".join(tools)}')
    if set(step.arguments) != set(tools[step.tool]):
        raise PlanError(f"step {step.id}: the arguments of {step.tool} are {', '.join(tools[step.tool])}")
    for reference in step.references:
        if reference not in ids:
            raise PlanError(f"step {step.id} refers to {reference}, which is no step of the plan")


def _check_for_circles(references: dict[str, list[str]]) -> None:
    """Take away the steps that wait for nothing that is left, until none is left or all wait for each other."""
    waiting = dict(references)
    while waiting:
        ready = [step for step, needed in waiting.items() if not any(each in waiting for each in needed)]
        if not ready:
            raise PlanError(f"the steps {', '.join(waiting)} wait for each other")
        for step in ready:
            del waiting[step]


def plan_schema(tools: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the JSON schema of plans, in the subset that strict structured outputs allow.

    Args:
        tools: the JSON schema of each tool's arguments.
    """

    def step(tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        return _object(
            id={"type": "string", "description": "#E1, #E2 and so on"},
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
