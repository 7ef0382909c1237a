"""Prompts with tools: whether to call one, which, and with what arguments."""

from __future__ import annotations

import json
import re

from src.emulator.errors import invalid_request
from src.emulator.schema_instances import Unsatisfiable, instance
from src.emulator.tasks.conversation import Conversation, Reply, ToolCall
from src.emulator.text import content_words

_CAMEL_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WORDS_IN_COMMON = 2


def answer(conversation: Conversation) -> Reply | None:
    """A call of the tool that was named, or of the one that the user's words fit best; None to answer in text.

    A tool has to be called when the request says so. Else it is called when its name and description share two content
    words with the user's last message (or all they have), and that message has no result of a tool after it.

    Raises:
        ServiceError: 400, if the emulator finds no arguments that satisfy the tool's parameters.
    """
    choice = conversation.tool_choice
    if not conversation.tools or choice == "none":
        return None
    functions = [tool["function"] for tool in conversation.tools]
    if isinstance(choice, dict):
        wanted = choice["function"]["name"]
        return _call(next(function for function in functions if function["name"] == wanted), conversation)
    scores = [_fit(function, conversation.user) for function in functions]
    best = functions[scores.index(max(scores))]
    if choice == "required" or max(scores) >= 1.0 and not _has_result(conversation):
        return _call(best, conversation)
    return None


def _fit(function: dict, request: str) -> float:
    """Content words in common, over how many it takes; the name's words weigh a little more."""
    asked = set(content_words(request))
    name = set(content_words(_CAMEL_HUMP.sub(" ", function["name"]).replace("_", " ")))
    described = name | set(content_words(function.get("description") or ""))
    needed = min(_WORDS_IN_COMMON, len(described)) or 1
    return (len(described & asked) + 0.1 * len(name & asked)) / needed


def _has_result(conversation: Conversation) -> bool:
    roles = [message.role for message in conversation.messages]
    last_user = max((index for index, role in enumerate(roles) if role == "user"), default=-1)
    return any(role in ("tool", "function") for role in roles[last_user + 1:])


def _call(function: dict, conversation: Conversation) -> Reply:
    try:
        arguments = instance(function.get("parameters") or {"type": "object"}, conversation.user or conversation.text)
    except Unsatisfiable as exc:
        raise invalid_request(f"The emulator finds no arguments for the tool '{function['name']}': {exc}", "tools",
                              "invalid_schema") from exc
    return Reply("", (ToolCall(function["name"], json.dumps(arguments, ensure_ascii=False)),))
