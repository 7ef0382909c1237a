"""Reads the prompt of a planner: the question, how many steps there may be, and what became of earlier plans."""

from __future__ import annotations

import re
from dataclasses import dataclass

from src.emulator.tasks.conversation import Conversation

_PLANS = re.compile(r"\bplan\b", re.IGNORECASE)
_STEPS = re.compile(r"\bsteps?\b|#E\d", re.IGNORECASE)
_MOST = re.compile(
    r"(?:at most|no more than|up to|maximum(?: of)?|not more than|limit(?:ed)? (?:of|to))[ \t]+(?:\w+[ "
    r"\t]+)?(\d{1,3})\b"
    r"|\b(\d{1,3})[ \t]+steps? (?:at most|or fewer)", re.IGNORECASE)
_QUESTION = re.compile(r"^[ \t]*(?:question|task|query|problem)[ \t]*:[ \t]*", re.IGNORECASE)
_REFUSED = re.compile(r"^[ \t]*(?:this|the|your)\b[^\n:]{0,40}\bplan\b[^\n:]{0,60}:[ \t]*(?P<reason>[^\n]{0,500})",
                      re.IGNORECASE)
_DEFAULT_MOST = 20
_MOST_OF_PROMPT = 20_000


@dataclass(frozen=True)
class Planning:
    """What a planner is asked for.

    Attributes:
        question: the question to plan for.
        most_steps: how many steps a plan may have.
        schema: the schema of the plan.
        refused: why the last plan could not be used; empty where none was made yet.
        earlier: the plans that could not be used, as JSON.
    """

    question: str
    most_steps: int
    schema: dict | None
    refused: str
    earlier: tuple[str, ...]


def read(conversation: Conversation) -> Planning | None:
    """What is to be planned; None where a conversation asks for no plan."""
    system = conversation.system[:_MOST_OF_PROMPT]
    form = conversation.response_format
    if form is None or not (_PLANS.search(system) and _STEPS.search(system)):
        return None
    schema = form.get("json_schema", {}).get("schema")
    properties = schema.get("properties") if isinstance(schema, dict) else None
    if isinstance(schema, dict) and not (isinstance(properties, dict) and "steps" in properties):
        return None
    users = [message.text for message in conversation.messages if message.role == "user"]
    asked = next((text for text in users if _QUESTION.match(text)), users[0] if users else "")
    reason = _REFUSED.match(users[-1]) if len(users) > 1 else None
    earlier = tuple(message.text for message in conversation.messages if message.role == "assistant")
    numbers = _MOST.findall(f"{system}\n{reason['reason'] if reason else ''}")
    most = min((int(first or second) for first, second in numbers), default=_DEFAULT_MOST)
    return Planning(_QUESTION.sub("", asked, count=1), max(most, 1), schema, reason["reason"] if reason else "",
                    earlier)
