"""Passages and question, read from our own prompt and from others that ask for an answer from a context alone."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass

from src.emulator.tasks.conversation import Conversation
from src.emulator.tasks.passages.units import Passage

REFUSAL = "The document does not tell."
_OPEN, _CLOSE = "<passages>\n", "\n</passages>"
_PASSAGE = re.compile(r"^<passage(?: page=\"(\d{1,9})\")?>$", re.MULTILINE)
_QUESTION = re.compile(r"^[ \t]*(?:user |follow-?up )?(?:question|query)[ \t]*:[ \t]*", re.IGNORECASE | re.MULTILINE)
_CONTEXT = re.compile(
    r"^[ \t]*(?:#+[ \t]*)?(?:context|passages?|documents?|sources?|excerpts?|text|information)(?: [a-z]{1,20})?[ \t]*:"
    r"[ \t]*", re.IGNORECASE | re.MULTILINE)
_TASK = re.compile(
    r"\b(?:answer|respond|reply)\w*\b[^\n]{0,160}\b(?:context|passages?|documents?|sources?|excerpts?)\b"
    r"|\b(?:context|passages?|documents?|sources?|excerpts?)\b[^\n]{0,160}\b(?:answer|respond|reply)", re.IGNORECASE)
_PAGE = re.compile(r"^[ \t]*(?:\[(?:p(?:age)?\.?|pp\.)[ \t]*(\d{1,9})\]|page[ \t]+(\d{1,9})[ \t]*:)[ \t]*",
                   re.IGNORECASE | re.MULTILINE)
_ANSWER_LABEL = re.compile(r"\n[ \t]*(?:helpful |final )?answer[ \t]*:?[ \t]*$", re.IGNORECASE)
_QUOTED_REFUSAL = re.compile(
    r"\b(?:say|reply|respond|answer|write|output)\b(?: with| only| exactly"
    r"| just)*:?[ \t]*[\"“']([^\"”\n]{2,120})[\"”']",
    re.IGNORECASE)
_OWN_REFUSAL = re.compile(r"\breply:[ \t]*([A-Z][^\n]{2,120})$", re.MULTILINE)
_DONT_KNOW = re.compile(r"say that you (?:don['’]t|do not) know", re.IGNORECASE)
_MOST_OF_INSTRUCTIONS = 8000


@dataclass(frozen=True)
class Asked:
    """A question, the passages it is to be answered from, and what to say where they don't tell."""

    question: str
    passages: tuple[Passage, ...]
    refusal: str


def read(conversation: Conversation) -> Asked | None:
    """What a prompt asks; None where it doesn't ask for an answer from passages."""
    user = conversation.user
    system = conversation.system
    tagged = _tagged(user)
    if tagged is not None:
        return Asked(*tagged, _refusal(system))
    return _labelled(user, system)


def _tagged(user: str) -> tuple[str, tuple[Passage, ...]] | None:
    """Our own form: the block of passages is closed by its last end tag, so that quoted tags close nothing."""
    start, end = user.find(_OPEN), user.rfind(_CLOSE)
    if start < 0 or end < start:
        return None
    after = user[end + len(_CLOSE):]
    label = _QUESTION.search(after)
    if label is None:
        return None
    block = user[start + len(_OPEN):end]
    marks = list(_PASSAGE.finditer(block))
    starts = [mark.start() for mark in marks] + [len(block)]
    passages = (Passage(block[mark.end():stop].strip().removesuffix("</passage>").strip(), _number(mark.group(1)))
                for mark, stop in zip(marks, starts[1:], strict=True))
    return after[label.end():].strip(), tuple(passages)


def _labelled(user: str, system: str) -> Asked | None:
    """Others' forms: "Context: … Question: …" in one message, or the context in the system's."""
    if not _TASK.search(system[:_MOST_OF_INSTRUCTIONS] + "\n" + user[:_MOST_OF_INSTRUCTIONS]):
        return None
    for text, asked in ((user, ""), (system, user)):
        question = _last(_QUESTION, text)
        context = _CONTEXT.search(text)
        if context is None or not (asked or question):
            continue
        if question and not asked:
            inside = question.start() > context.end()
            quoted = text[context.end():question.start()] if inside else text[context.end():]
            asked = text[question.end():] if inside else text[question.end():context.start()]
        else:
            quoted = text[context.end():]
            label = _last(_QUESTION, asked)
            asked = asked[label.end():] if label else asked
        asked = _ANSWER_LABEL.sub("", asked.rstrip()).strip()
        if asked:
            return Asked(asked, _paged(_ANSWER_LABEL.sub("", quoted.rstrip())), _refusal(system + "\n" + text[:2000]))
    return None


def _last(pattern: re.Pattern, text: str) -> re.Match | None:
    return next(iter(deque(pattern.finditer(text), maxlen=1)), None)


def _paged(text: str) -> tuple[Passage, ...]:
    """A context's passages by the marks of pages at the beginning of lines; one without a page where there are none."""
    marks = list(_PAGE.finditer(text))
    starts = [(0, 0, None)] * (not marks or bool(text[:marks[0].start()].strip()))
    starts += [(mark.start(), mark.end(), _number(mark.group(1) or mark.group(2))) for mark in marks]
    ends = [start for start, _, _ in starts[1:]] + [len(text)]
    return tuple(Passage(text[begin:end].strip(), page) for (_, begin, page), end in zip(starts, ends, strict=True))


def _number(written: str | None) -> int | None:
    return int(written) if written else None


def _refusal(instructions: str) -> str:
    """What the prompt wants to be told where the passages hold no answer."""
    own = _OWN_REFUSAL.search(instructions) or _QUOTED_REFUSAL.search(instructions)
    if own:
        return own.group(1).strip()
    return "I don't know." if _DONT_KNOW.search(instructions) else REFUSAL
