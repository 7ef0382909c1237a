"""Calculates: the small model writes an expression, and a calculator computes it."""

import asyncio

from promptflow.tracing import trace

from ..agents import Agent, NoToolCall
from ..arithmetic import ExpressionError, compute, format_result
from ..errors import ToolError
from ..plan import text_arguments
from ..prompts import fenced, read_prompt
from . import Tool, ToolContext


@trace
async def math_tool(ctx: ToolContext, request: str) -> str:
    """Return the number that the request asks for.

    Raises:
        ToolError: the request holds nothing to calculate, or the expression has no value.
    """
    writer = Agent(
        "writer",
        read_prompt("write_expression.md"),
        ctx.access,
        ctx.settings.tool_model,
        tool=calculate,
    )
    try:
        answer = await writer.ask(f"Request: {fenced(request)}")
    except NoToolCall as error:
        raise ToolError(f"there is no expression to calculate: {error}") from None
    if answer.startswith(FAILED):
        raise ToolError(answer.removeprefix(FAILED))
    return answer


FAILED = "cannot be computed: "


async def calculate(expression: str) -> str:
    """Compute an arithmetic expression, such as (4.2 million - 1,250,000) / 12."""
    try:
        return format_result(await asyncio.to_thread(compute, expression))
    except ExpressionError as error:
        return f"{FAILED}{error}"


TOOL = Tool(
    name="math_tool",
    description="calculates what a request says in words, such as the difference between #E2 and #E4",
    schema=text_arguments(request="what to calculate, with the numbers or the ids of the steps that found them"),
    run=math_tool,
)
