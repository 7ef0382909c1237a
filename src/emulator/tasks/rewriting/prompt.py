"""The conversation and its last question, in our own prompt's form and in those of others."""

from __future__ import annotations

import re
from dataclasses import dataclass

from src.emulator.tasks.conversation import Conversation
from src.emulator.tasks.rewriting.standalone import Turn

_MOST_OF_INSTRUCTIONS = 4000
_LONGEST_CONVERSATION = 40_000
_WANTED = re.compile(
    r"\b(?:re-?(?:write|writing|phrase|phrasing|formulate|word|state)|formulate|condense|convert|turn|transform|make"
    r"|generate|create)\b[^\n]{0,300}?\b(?:stand-?\s?alone|self-contained|context-independent"
    r"|(?:understood|makes? sense|answered) without)\b", re.IGNORECASE)
_OF_QUESTION = re.compile(r"\b(?:questions?|quer(?:y|ies)|input|messages?)\b", re.IGNORECASE)
_SPEAKER = re.compile(
    r"^[ \t]*(?:\*\*)?(?P<who>user|human|customer|client|q|assistant|ai|bot|chatbot|agent|model|a)(?:\*\*)?[ \t]*:"
    r"(?:\*\*)?[ \t]*", re.IGNORECASE | re.MULTILINE)
_ANSWERING = frozenset("assistant ai bot chatbot agent model a".split())
_QUESTION = re.compile(
    r"^[ \t]*(?:(?:follow[- ]?up|new|last|latest|current|user|original|input)[ \t]+)*(?:question|query"
    r"|input)[ \t]*:[ \t]*",
    re.IGNORECASE | re.MULTILINE)
_RESULT = re.compile(
    r"^[ \t]*(?:stand-?alone|rewritten|rephrased|reformulated)(?:[ \t]+(?:stand-?alone[ \t]+)?(?:question"
    r"|query))?[ \t]*:?"
    r"[ \t]*$", re.IGNORECASE | re.MULTILINE)
_CLOSE = "</conversation>"


@dataclass(frozen=True)
class Asked:
    """A question and the turns before it, the oldest first."""

    question: str
    turns: tuple[Turn, ...]


def read(conversation: Conversation) -> Asked | None:
    """What is to be rewritten; None where a prompt wants something else."""
    user = conversation.user
    ours = _wants(conversation.system)
    if not ours and not (_wants(user) and not user.lstrip().startswith("<passages>")):
        return None
    end = user.rfind(_CLOSE)
    text = user[end + len(_CLOSE):] if end >= 0 else user
    labels = list(_QUESTION.finditer(text))
    if not labels:
        return Asked(user.strip(), _spoken(conversation)) if ours else None
    result = list(_RESULT.finditer(text, labels[-1].end()))
    question = text[labels[-1].end():result[-1].start() if result else len(text)].strip()
    history = user[:end] if end >= 0 else text[:labels[-1].start()]
    return Asked(question, _written(history) or _spoken(conversation))


def _wants(text: str) -> bool:
    for part in (text[:_MOST_OF_INSTRUCTIONS], text[-_MOST_OF_INSTRUCTIONS:]):
        together = " ".join(part.split())
        if _WANTED.search(together) and _OF_QUESTION.search(together):
            return True
    return False


def _written(text: str) -> tuple[Turn, ...]:
    """The turns of a conversation that is written out, "User: …" and "Assistant: …" at the beginning of lines."""
    text = text[-_LONGEST_CONVERSATION:]
    marks = list(_SPEAKER.finditer(text))
    starts = [mark.start() for mark in marks] + [len(text)]
    return tuple(Turn(mark.group("who").lower() in _ANSWERING, " ".join(text[mark.end():end].split()))
                 for mark, end in zip(marks, starts[1:], strict=True))


def _spoken(conversation: Conversation) -> tuple[Turn, ...]:
    """The turns before the last message of the user."""
    turns = [message for message in conversation.messages if message.role in ("user", "assistant")]
    last = max((place for place, message in enumerate(turns) if message.role == "user"), default=0)
    return tuple(Turn(message.role == "assistant", " ".join(message.text[:_LONGEST_CONVERSATION].split()))
                 for message in turns[:last])
