"""The kinds of prompt that the emulator can do, each a module with `answer(conversation) -> Reply | None`.

A new kind of prompt is one module and one line in `TASKS`. A module is imported when the first request needs an
answer, so importing the emulator stays quick.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from importlib import import_module

from src.emulator.schema_check import conforms
from src.emulator.tasks.conversation import Conversation, Message, Reply, ToolCall

__all__ = ["TASKS", "Conversation", "Message", "Reply", "ToolCall", "answer"]

# In the order in which they are asked; the first that answers wins. The last one answers everything.
TASKS = (
    "src.emulator.tasks.judges",
    "src.emulator.tasks.planning",
    "src.emulator.tasks.requests",
    "src.emulator.tasks.expressions",
    "src.emulator.tasks.solving",
    "src.emulator.tasks.rewriting",
    "src.emulator.tasks.passages",
    "src.emulator.tasks.entities",
    "src.emulator.tasks.tool_calls",
    "src.emulator.tasks.structured",
    "src.emulator.tasks.general",
)


@cache
def _answerers(names: tuple[str, ...]) -> tuple[Callable[[Conversation], Reply | None], ...]:
    return tuple(import_module(name).answer for name in names)


def answer(conversation: Conversation) -> Reply:
    """Answer a conversation with the first task module that recognises it and keeps to the form that is asked for.

    Raises:
        LookupError: if no module in `TASKS` answers, which the general one never leaves to happen.
    """
    for answer_task in _answerers(TASKS):
        reply = answer_task(conversation)
        if reply is not None and _keeps_to_form(reply, conversation):
            return reply
    raise LookupError("No task module answered this conversation; is src.emulator.tasks.general in TASKS?")


def _keeps_to_form(reply: Reply, conversation: Conversation) -> bool:
    """Whether a reply calls a tool where one has to be called, and is JSON of the schema where that is asked for."""
    choice = conversation.tool_choice
    if (choice == "required" or isinstance(choice, dict)) and not reply.tool_calls:
        return False
    if conversation.response_format is None or reply.tool_calls:
        return True
    try:
        value = json.loads(reply.text)
    except ValueError:
        return False
    schema = conversation.response_format.get("json_schema", {}).get("schema")
    return isinstance(value, dict) if schema is None else conforms(value, schema, schema)
