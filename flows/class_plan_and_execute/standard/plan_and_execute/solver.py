"""Answers the question from the results of the steps."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from promptflow.tracing import trace

from .agents import Access, Agent
from .executor import StepResult
from .prompts import fenced, read_prompt
from .settings import Settings


@trace
async def solve(question: str, steps: Sequence[StepResult], access: Access, settings: Settings) -> str:
    """Return the answer to a question, which rests on the results alone and says what could not be found."""
    solver = Agent("solver", read_prompt("solve.md"), access, settings.model)
    return (await solver.ask(f"<steps>\n{quoted(steps)}\n</steps>\n\nQuestion: {question}")).strip()


def quoted(steps: Sequence[StepResult]) -> str:
    """Return the steps as the solver reads them."""
    lines = []
    for step in steps:
        failed = ' failed="yes"' if step["error"] is not None else ""
        lines += [
            f'<step id="{step["id"]}" tool="{step["tool"]}" purpose="{escape(step["purpose"])}"{failed}>',
            fenced(str(step["result"] if step["error"] is None else step["error"])),
            "</step>",
        ]
    return "\n".join(lines)
