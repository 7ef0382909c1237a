"""Makes the plan."""

from __future__ import annotations

import logging

from promptflow.tracing import trace
from pydantic import ValidationError

from .agents import Access, Agent
from .errors import PlanError, SettingsError
from .plan import Plan, check_plan, plan_schema
from .progress import notify
from .prompts import rendered_prompt
from .settings import Settings
from .tools import TOOLS

LOG = logging.getLogger("plan_and_execute")
ATTEMPTS = 2  # an unusable plan goes back to the planner once
LONGEST_QUESTION = 4_000  # characters


@trace
async def make_plan(question: str, access: Access, settings: Settings) -> Plan:
    """Return a plan that can be carried out.

    Raises:
        PlanError: the planner made none, even after it got the reason why its first one could not be used.
        SettingsError: the question is empty, or too long.
    """
    if not question.strip():
        raise SettingsError("question is empty")
    if len(question) > LONGEST_QUESTION:
        raise SettingsError(f"question has {len(question):,} characters, and at most {LONGEST_QUESTION:,} are allowed")
    planner = Agent("planner", instructions(settings), access, settings.model, schema=asked_schema(settings))
    text = f"Question: {question}"
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return log_plan(read_plan(await planner.ask(text), settings.limits.steps, question))
        except PlanError as error:
            LOG.info("plan %d cannot be used: %s", attempt, error)
            reason = error
        text = f"This plan cannot be used: {reason}. Return a corrected plan."
    raise PlanError(f"no usable plan after {ATTEMPTS} attempts: {reason}")


def instructions(settings: Settings) -> str:
    """Return the planner's system message."""
    return rendered_prompt("plan.jinja2", most_steps=settings.limits.steps, tools=TOOLS.values())


def published_schema() -> dict:
    """Return the JSON schema of the output `plan`, with the tools that there are."""
    return plan_schema({name: tool.schema for name, tool in TOOLS.items()})


def asked_schema(settings: Settings) -> dict:
    """Return the schema that the planner has to follow: the same, in the subset of strict structured outputs."""
    return plan_schema({name: tool.schema for name, tool in TOOLS.items()}, settings.limits.steps)


def read_plan(answer: str, most_steps: int, question: str = "") -> Plan:
    """Return the plan in the planner's answer.

    Raises:
        PlanError: there is none, or it cannot be carried out.
    """
    try:
        plan = Plan.model_validate_json(answer)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        place = ".".join(map(str, problem["loc"])) or "the answer"
        raise PlanError(f"it is no JSON of the schema: {place}: {problem['msg']}") from None
    check_plan(plan, {name: tool.schema["properties"] for name, tool in TOOLS.items()}, most_steps, question)
    return plan


def log_plan(plan: Plan) -> Plan:
    """Log the plan, with the steps that each step waits for."""
    for step in plan.steps:
        after = f"  after {', '.join(step.references)}" if step.references else ""
        LOG.info("%s  %s: %s%s", step.id, step.tool, step.purpose, after)
    notify("plan", plan.model_dump())
    return plan
