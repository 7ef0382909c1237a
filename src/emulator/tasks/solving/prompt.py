"""Reads a prompt that asks for an answer from the results of steps."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

from src.emulator.tasks.conversation import Conversation

_OPEN, _CLOSE = re.compile(r"^<steps>[ \t]*$", re.MULTILINE), "</steps>"
_STEP = re.compile(r"^<step ((?:[a-z]+=\"[^\"\n]{0,2000}\"[ \t]*)*)>[ \t]*$", re.MULTILINE)
_ATTRIBUTE = re.compile(r"([a-z]+)=\"([^\"\n]*)\"")
_END = "\n</step>"
_QUESTION = re.compile(r"^[ \t]*(?:question|task|query)[ \t]*:[ \t]*", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Result:
    """What a step gave: its text, or the reason why it failed."""

    id: str
    tool: str
    purpose: str
    text: str
    failed: bool


@dataclass(frozen=True)
class Asked:
    """A question and the results of the steps that were carried out for it."""

    question: str
    results: tuple[Result, ...]


def read(conversation: Conversation) -> Asked | None:
    """What is to be answered from which results; None for other prompts."""
    user = conversation.user
    start, end = _OPEN.search(user), user.rfind(_CLOSE)
    label = _QUESTION.search(user, end) if start is not None and end >= start.end() else None
    if label is None:
        return None
    block = user[start.end():end]
    marks = list(_STEP.finditer(block))
    ends = [mark.start() for mark in marks[1:]] + [len(block)]
    results = (_result(mark.group(1), block[mark.end():stop]) for mark, stop in zip(marks, ends, strict=True))
    return Asked(user[label.end():].strip(), tuple(results))


def _result(head: str, body: str) -> Result:
    attributes = {name: unescape(value) for name, value in _ATTRIBUTE.findall(head)}
    end = body.rfind(_END)
    text = (body[:end] if end >= 0 else body).strip()
    return Result(attributes.get("id", ""), attributes.get("tool", ""), attributes.get("purpose", ""), text,
                  attributes.get("failed", "no").lower() in ("yes", "true", "1"))
