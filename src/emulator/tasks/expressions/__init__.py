"""A calculation in words that is to be handed to a calculator as an expression.

`quantities` finds numbers with their units, `units` converts them, `grammar` makes the expression.
"""

from __future__ import annotations

import json
import re

from src.emulator.tasks.conversation import Conversation, Reply, ToolCall
from src.emulator.tasks.expressions.grammar import expression

__all__ = ["answer", "expression"]

_REQUEST = re.compile(r"\A\s*(?:request|question|task)[ \t]*:[ \t]*", re.IGNORECASE)
_ARITHMETIC = re.compile(r"\b(?:arithmetic|mathematical|math)\b[^\n]{0,60}\bexpression|\bcalculat", re.IGNORECASE)
_LONGEST_QUOTE = 200


def answer(conversation: Conversation) -> Reply | None:
    """A call of the calculator with an expression, or what it gave; None where there is no calculator on offer."""
    tool = _calculator(conversation)
    if tool is None or conversation.tool_choice == "none" and conversation.messages[-1].role != "tool":
        return None
    last = conversation.messages[-1]
    if last.role == "tool":
        return Reply(last.text.strip() or "The calculator gave no result.")
    request = _REQUEST.sub("", conversation.user, count=1)
    found = expression(request)
    if found is None:
        quote = " ".join(request.split())
        quote = quote if len(quote) <= _LONGEST_QUOTE else quote[:_LONGEST_QUOTE].rsplit(" ", 1)[0] + " …"
        return Reply(f"There is nothing to calculate: a number is missing in the request \"{quote}\".")
    name, parameter = tool
    return Reply("", (ToolCall(name, json.dumps({parameter: found}, ensure_ascii=False)),))


def _calculator(conversation: Conversation) -> tuple[str, str] | None:
    """The name of the tool that takes an expression, and of its parameter."""
    if not _ARITHMETIC.search(conversation.system[:4000]):
        return None
    for tool in conversation.tools:
        function = tool.get("function", {})
        properties = (function.get("parameters") or {}).get("properties") or {}
        name = next((name for name in properties if "expression" in name.lower() or "formula" in name.lower()), None)
        if name is not None and len(properties) == 1:
            return function["name"], name
    return None
