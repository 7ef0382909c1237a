"""A question that is to be planned: which facts to look up with which tools, and what to calculate with them.

`prompt` reads what is asked of a planner, `tools` its tools. `questions` reads the question: `descriptions` and
`clauses` turn what it describes into facts; `comparisons`, `decisions`, `differences`, `shares`, `totals`, `times` and
`stated` know what can be done with facts. `steps` and `plans` write the plan.
"""

from __future__ import annotations

import json

from src.emulator.schema_check import conforms
from src.emulator.tasks.conversation import Conversation, Reply
from src.emulator.tasks.planning import prompt
from src.emulator.tasks.planning.plans import plans
from src.emulator.tasks.planning.questions import read
from src.emulator.tasks.planning.steps import Step, as_json
from src.emulator.tasks.planning.tools import toolbox

__all__ = ["Step", "answer", "plan"]


def answer(conversation: Conversation) -> Reply | None:
    """A plan for the question of a planner's prompt; None for other prompts."""
    asked = prompt.read(conversation)
    return None if asked is None else plan(asked, conversation.system)


def plan(asked: prompt.Planning, system: str) -> Reply | None:
    """The first plan that keeps to the schema and the number of steps and was not refused before."""
    tools = toolbox(system, asked.schema, asked.question, asked.refused)
    refused = [_steps(text) for text in asked.earlier]
    last = None
    for steps in plans(read(asked.question), asked.question, tools):
        written = as_json(steps)
        fits = bool(steps) and len(steps) <= asked.most_steps and (
            asked.schema is None or conforms(written, asked.schema, asked.schema))
        if fits:
            last = written
            if written["steps"] not in refused:
                break
    return None if last is None else Reply(json.dumps(last, ensure_ascii=False))


def _steps(text: str) -> list | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value.get("steps") if isinstance(value, dict) else None
