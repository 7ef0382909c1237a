"""Reads a prompt that asks to take something out of a context."""

from __future__ import annotations

import re
from dataclasses import dataclass

from src.emulator.tasks.conversation import Conversation

REFUSAL = "The context does not tell."
_OPEN, _CLOSE = re.compile(r"<context>[ \t]*\n?"), "</context>"
_REQUEST = re.compile(r"^[ \t]*(?:request|question|query|task)[ \t]*:[ \t]*", re.IGNORECASE | re.MULTILINE)
_OWN_REFUSAL = re.compile(r"\breply:[ \t]*([A-Z][^\n]{2,120})$", re.MULTILINE)


@dataclass(frozen=True)
class Asked:
    """A request, the context it is about, and what to say where the context does not tell."""

    request: str
    context: str
    refusal: str


def read(conversation: Conversation) -> Asked | None:
    """What a prompt with a quoted context asks; None for other prompts. The last end tag closes the context."""
    user = conversation.user
    start, end = _OPEN.search(user), user.rfind(_CLOSE)
    if start is None or end < start.end():
        return None
    after = user[end + len(_CLOSE):]
    label = _REQUEST.search(after)
    request = (after[label.end():] if label else after).strip()
    if not request:
        return None
    refusal = _OWN_REFUSAL.search(conversation.system[:8000])
    return Asked(request, user[start.end():end].strip("\n"), refusal.group(1).strip() if refusal else REFUSAL)
