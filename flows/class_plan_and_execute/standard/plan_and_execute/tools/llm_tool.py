"""Answers a request from a context, with the small model."""

from promptflow.tracing import trace

from ..agents import Agent
from ..plan import text_arguments
from ..prompts import fenced, read_prompt
from . import Tool, ToolContext


@trace
async def llm_tool(ctx: ToolContext, request: str, context: str) -> str:
    """Return what the context says to the request, in brief."""
    reader = Agent("reader", read_prompt("answer_request.md"), ctx.access, ctx.settings.tool_model)
    return (await reader.ask(f"<context>\n{fenced(context)}\n</context>\n\nRequest: {fenced(request)}")).strip()


TOOL = Tool(
    name="llm_tool",
    description="answers a request from a context, such as the result of a look-up",
    schema=text_arguments(
        request="what to find in the context, as a question that can be understood on its own",
        context="the text to find it in, mostly the result of a step, as in #E1",
    ),
    run=llm_tool,
)
