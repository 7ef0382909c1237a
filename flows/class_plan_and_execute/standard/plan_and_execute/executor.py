"""Carries out a plan: every step as soon as the results that it refers to are there."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Iterable
from typing import TypedDict

from openai import APIConnectionError, APIStatusError, BadRequestError
from promptflow.tracing import trace

from .errors import ToolError, TransientToolError
from .plan import Plan, Step
from .progress import notify
from .settings import Limits
from .tools import TOOLS, ToolContext

LOG = logging.getLogger("plan_and_execute")
TRANSIENT = (408, 409, 429)  # statuses of transient faults, besides 500 and above
LONGEST_WORD = 40  # characters; what is longer is no word, but a text of a language without spaces


class StepResult(TypedDict):
    """The result of a step, or the error that is the reason why there is none.

    `arguments` are those after the results of other steps were put in; `seconds` are those of the tool. `faults` are
    the transient ones, because of which there is no result, or a poorer one.
    """

    number: int
    id: str
    purpose: str
    tool: str
    arguments: dict[str, str]
    result: str | None
    error: str | None
    faults: list[str]
    seconds: float


@trace
async def execute_plan(plan: Plan, ctx: ToolContext, limits: Limits) -> list[StepResult]:
    """Carry out a plan and return the results of its steps, in the order of the plan.

    Steps that need nothing from each other run at the same time. When a step fails, so do those that need its
    result; all others continue.
    """
    calls = asyncio.Semaphore(limits.parallel_calls)
    end = time.monotonic() + limits.seconds
    steps: dict[str, asyncio.Task[StepResult]] = {}

    async def carry_out(number: int, step: Step) -> StepResult:
        needed = {reference: await steps[reference] for reference in step.references}
        failed = [reference for reference, found in needed.items() if found["error"] is not None]
        arguments, result, error, seconds = step.arguments, None, None, 0.0
        faults: list[str] = []
        if failed:
            error = f"skipped, since it needs the result of {' and '.join(failed)}"
        else:
            arguments = step.arguments_with({reference: str(each["result"]) for reference, each in needed.items()})
            async with calls:
                notify("step", {"id": step.id, "status": "running", "arguments": arguments})
                start = time.monotonic()
                result, error, faults = await outcome(step, arguments, ctx, limits, end)
                seconds = time.monotonic() - start
        LOG.info("%s  %s  %.2f s", step.id, "done" if error is None else f"failed: {error}", seconds)
        done = StepResult(
            number=number,
            id=step.id,
            purpose=step.purpose,
            tool=step.tool,
            arguments=arguments,
            result=result,
            error=error,
            faults=faults,
            seconds=round(seconds, 3),
        )
        notify("step", {**done, "status": "done" if error is None else "failed"})
        return done

    for number, step in enumerate(plan.steps, 1):
        steps[step.id] = asyncio.create_task(carry_out(number, step))
    try:
        return list(await asyncio.gather(*steps.values()))
    finally:
        for task in steps.values():
            task.cancel()


def transient_faults(steps: Iterable[StepResult]) -> list[str]:
    """Return the transient faults, without which the steps might have found out more, each with its step."""
    return [f"{step['id']}: {fault}" for step in steps for fault in step["faults"]]


async def outcome(
    step: Step, arguments: dict[str, str], ctx: ToolContext, limits: Limits, end: float
) -> tuple[str | None, str | None, list[str]]:
    """Return a step's result or None, why there is no result or None, and its transient faults."""
    seconds = min(limits.step_seconds, end - time.monotonic())
    if seconds <= 0:
        error = f"the plan has taken more than its {limits.seconds:g} seconds"
        return None, error, [error]
    given = ctx.for_step(seconds)
    try:
        result = await asyncio.wait_for(TOOLS[step.tool].run(given, **arguments), seconds)
        return encodable(shortened(result, limits.result_characters)), None, given.faults
    except asyncio.TimeoutError:
        error, may_pass = f"{step.tool} took more than the {seconds:.3g} seconds that were left for it", True
    except ToolError as failure:
        error, may_pass = encodable(str(failure)), isinstance(failure, TransientToolError)
    except BadRequestError as failure:  # such as a content filter's, which a single page can rouse
        error, may_pass = encodable(f"the model refuses what {step.tool} asks of it: {failure.message}"), False
    except (APIStatusError, APIConnectionError) as failure:  # the client has retried already
        if isinstance(failure, APIStatusError) and failure.status_code < 500 and failure.status_code not in TRANSIENT:
            raise
        error, may_pass = encodable(f"the model does not answer {step.tool}: {failure.message}"), True
    return None, error, [*given.faults, *([error] if may_pass else [])]


def shortened(text: str, most: int) -> str:
    """Return a text's first characters, without the word that is cut, and a mark if anything is left out."""
    if len(text) <= most:
        return text
    return re.sub(rf"\s\S{{0,{LONGEST_WORD}}}\Z", "", text[:most]).rstrip() + " …"


def encodable(text: str) -> str:
    """Return a text without lone surrogates, with which no request could be sent; servers cause them."""
    return text.encode("utf-8", "replace").decode("utf-8")
