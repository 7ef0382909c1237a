"""Carries out a plan: every step as soon as the results that it refers to are there."""

from __future__ import annotations

import asyncio
import logging
import random
import re
import time
from typing import Any, TypedDict

from openai import APIConnectionError, BadRequestError, InternalServerError, RateLimitError
from promptflow.tracing import trace

from .errors import ToolError, TransientToolError
from .plan import Plan, Step
from .progress import tell
from .settings import Limits
from .tools import TOOLS, Surroundings

LOG = logging.getLogger("plan_and_execute")
FIRST_PAUSE = 0.5  # seconds before the second attempt; it doubles from one to the next
LONGEST_WORD = 40  # characters; what is longer is no word, but a text of a language without spaces


class StepResult(TypedDict):
    """What became of a step: a result, or the error that is the reason why there is none.

    `arguments` are those after the results of other steps were put in; `seconds` are those of the tool.
    """

    number: int
    id: str
    purpose: str
    tool: str
    arguments: dict[str, str]
    result: str | None
    error: str | None
    seconds: float


@trace
async def execute_plan(plan: Plan, surroundings: Surroundings, limits: Limits) -> list[StepResult]:
    """Carry out a plan and return what became of its steps, in the order of the plan.

    Steps that need nothing from each other run at the same time. A step that fails takes those with it that need its
    result; all others go on.
    """
    calls = asyncio.Semaphore(limits.parallel_calls)
    end = time.monotonic() + limits.seconds
    steps: dict[str, asyncio.Task[StepResult]] = {}

    async def carry_out(number: int, step: Step) -> StepResult:
        needed = {reference: await steps[reference] for reference in step.references}
        failed = [reference for reference, found in needed.items() if found["error"] is not None]
        arguments, result, error, seconds = step.arguments, None, None, 0.0
        if failed:
            error = f"skipped, since it needs the result of {' and '.join(failed)}"
        else:
            arguments = step.arguments_with({reference: str(each["result"]) for reference, each in needed.items()})
            async with calls:
                tell("step", {"id": step.id, "status": "running", "arguments": arguments})
                start = time.monotonic()
                result, error = await outcome(step, arguments, surroundings, limits, end)
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
            seconds=round(seconds, 3),
        )
        tell("step", {**done, "status": "done" if error is None else "failed"})
        return done

    for number, step in enumerate(plan.steps, 1):
        steps[step.id] = asyncio.create_task(carry_out(number, step))
    try:
        return list(await asyncio.gather(*steps.values()))
    finally:
        for task in steps.values():
            task.cancel()


async def outcome(
    step: Step, arguments: dict[str, str], surroundings: Surroundings, limits: Limits, end: float
) -> tuple[str | None, str | None]:
    """Return a step's result and None, or None and why there is no result."""
    seconds = min(limits.step_seconds, end - time.monotonic())
    if seconds <= 0:
        return None, f"the plan has taken more than its {limits.seconds:g} seconds"
    try:
        result = await asyncio.wait_for(attempts(step.tool, arguments, surroundings, limits.attempts), seconds)
    except asyncio.TimeoutError:
        return None, f"{step.tool} took more than the {seconds:.3g} seconds that were left for it"
    except ToolError as error:
        return None, encodable(str(error))
    except BadRequestError as error:  # such as a content filter's, which a single page can rouse
        return None, encodable(f"the model refuses what {step.tool} asks of it: {error.message}")
    except (RateLimitError, InternalServerError, APIConnectionError) as error:  # the client has tried again by itself
        return None, encodable(f"the model does not answer {step.tool}: {error.message}")
    return encodable(shortened(result, limits.result_characters)), None


def shortened(text: str, most: int) -> str:
    """Return a text's first characters, without the word that is cut, and a mark if anything is left out."""
    if len(text) <= most:
        return text
    return re.sub(rf"\s\S{{0,{LONGEST_WORD}}}\Z", "", text[:most]).rstrip() + " …"


def encodable(text: str) -> str:
    """Return a text without lone surrogates, with which no request could be sent; servers cause them."""
    return text.encode("utf-8", "replace").decode("utf-8")


async def attempts(tool: str, arguments: dict[str, Any], surroundings: Surroundings, most: int) -> str:
    """Return a tool's result; a fault that may pass is met with another attempt, after a pause."""
    for attempt in range(1, most + 1):
        try:
            return await TOOLS[tool].run(surroundings, **arguments)
        except TransientToolError as error:
            if attempt == most:
                raise ToolError(f"{error} ({most} attempts)" if most > 1 else str(error)) from error
        await asyncio.sleep(FIRST_PAUSE * 2 ** (attempt - 1) * random.uniform(0.5, 1))
    raise AssertionError("unreachable: there is at least one attempt")
