"""Reads what a prompt asks for: the type of entity, the text, and the form of the answer."""

from __future__ import annotations

import re
from dataclasses import dataclass

from src.emulator.tasks.conversation import Conversation
from src.emulator.tasks.entities import instructions, types
from src.emulator.tasks.entities.instructions import Form

_LABEL_START = r"(?:^|(?<=\n))[ \t]{0,8}[*#>-]{0,3} ?"
_TYPE_LABEL = re.compile(
    _LABEL_START + r"(?:entity[ _-]?types?|types? of (?:the )?entit(?:y|ies)|entities to (?:find|extract)|type)"
    r"\**\s{0,3}[:=]\**[ \t]{0,8}([^\n]{1,200})", re.IGNORECASE)
_TEXT_LABEL = re.compile(
    _LABEL_START + r"(?:the |input |source |given )?(?:text|input|sentences?|passage|article|document|content|paragraph"
    r"|message)(?:[ _](?:content|to analy[sz]e|below))?\**\s{0,3}[:=]\**[ \t]{0,8}", re.IGNORECASE)
_CUE = re.compile(
    r"\n[ \t]{0,8}[*#]{0,3}(?:entities|answer|output|results?|response|extracted entities|your answer|list)"
    r"[*]{0,2}:[*]{0,2}$", re.IGNORECASE)
_NEXT_LABEL = re.compile(_LABEL_START + r"(?:entity[ _-]?types?|entities|answer|output)\**\s*:", re.IGNORECASE)
_FENCES = (("```", "```"), ("'''", "'''"), ('"""', '"""'), ("<text>", "</text>"), ("<document>", "</document>"),
           ("<passage>", "</passage>"), ("<input>", "</input>"), ("<article>", "</article>"), ("\n---\n", "\n---"))
_AFTER_COLON = re.compile(
    r"\b(?:text|sentences?|passage|article|document|paragraph|following|below|message|in"
    r"|from)\s*:\s*(?=\S)", re.IGNORECASE)
_QUOTED = re.compile(r'"([^"]{20,})"|“([^”]{20,})”')
_TASK = re.compile(
    r"\b(?:extract\w*|identif\w+|find\w*|list\w*|recogni[sz]\w+|retrieve|spot|pull out|detect|return|give me|get|name"
    r"|tell me|what(?: are| is)?|which|show|locate|pick out|search)\b[\s:]+"
    r"(?:(?:me|out|for|are|is|all|every|each|any|of|the|only|up to|at most|first|two|three|\d+)\s+){0,6}"
    r"(?P<type>[^.?!:\n]{2,60}?)\s*"
    r"(?:\b(?:from|in|within|mentioned|appear\w*|contained|that|which|of a given|found|occur\w*|out of|present)\b"
    r"|[:?.]|$)",
    re.IGNORECASE | re.MULTILINE)
_ABOUT_TEXT = re.compile(
    r"\b(?:texts?|sentences?|passage|article|document|paragraph|following|below|content|message|news)\b", re.IGNORECASE)
_EXTRACT_ENTITIES = re.compile(
    r"\b(?:extract|identif|find|list|recogni[sz]|return|spot|detect|pull|retrieve)\w*\b[^.\n]{0,60}\bentit(?:y|ies)\b"
    r"|\bentit(?:y|ies)[ -](?:extract|recogni)\w+|\bNER\b", re.IGNORECASE)
_EXTRACTING = re.compile(
    r"\b(?:extract|identif|find|list|recogni[sz]|return|spot|detect|pull|retrieve)\w*", re.IGNORECASE)
# Nobody words a wish at such length; what is longer is data in the wrong place.
_LONGEST_WISHES = 8_000
_WHAT = re.compile(r"\b(?:what|which|name|give|get|tell)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Request:
    """What a prompt asks for.

    Attributes:
        entity_type: the type in the prompt's words; empty where none can be read, which asks for every type.
        text: what to search.
        form: how to answer.
    """

    entity_type: str
    text: str
    form: Form


def read(conversation: Conversation) -> Request | None:
    """The request in a conversation; None where it doesn't ask for entities in a text."""
    user = conversation.user
    labelled = _read_labels(user)
    system_asks = bool(_EXTRACT_ENTITIES.search(conversation.system))
    if labelled:
        entity_type, text = labelled
        around = user.replace(text, " ") if text else user
    else:
        system_type = _labelled_type(conversation.system) or _asked_type(conversation.system)
        text, around = _text_in(user, system_asks or system_type is not None)
        entity_type = _asked_type(around) or system_type or ""
    if not _is_extraction(labelled is not None, entity_type, system_asks, around, conversation.system) or text is None:
        return None
    wishes = f"{conversation.system[:_LONGEST_WISHES]}\n{around[:_LONGEST_WISHES]}"
    return Request(_clean_type(entity_type), text, instructions.read(wishes, conversation.response_format))


def _is_extraction(labelled: bool, entity_type: str, system_asks: bool, around: str, system: str) -> bool:
    """Whether a prompt asks for entities: it says so, or it asks to extract a type that is known from a text."""
    if labelled or system_asks:
        return True
    if _EXTRACT_ENTITIES.search(around):
        return True
    wording = around if _asked_type(around) else system
    return bool(entity_type and types.normalise(entity_type) not in (None, "phrases", "anything", "time")
                and _ABOUT_TEXT.search(wording) and (_EXTRACTING.search(wording) or _WHAT.search(wording)))


def _read_labels(user: str) -> tuple[str, str] | None:
    """The last labelled type and the text that goes with it; examples before it don't count."""
    labels = list(_TYPE_LABEL.finditer(user))
    if not labels:
        return None
    label = _last_question(labels, user)
    if "entit" not in label.group().lower() and types.normalise(label.group(1)) is None:
        return None
    after = _TEXT_LABEL.search(user, label.end())
    if after:
        return label.group(1), _without_cue(user[after.end():])
    before = [found for found in _TEXT_LABEL.finditer(user, 0, label.start())]
    if before:
        return label.group(1), _unwrapped(user[before[-1].end():label.start()].strip())
    rest = _without_cue(user[label.end():])
    return (label.group(1), rest) if rest else None


def _last_question(labels: list[re.Match], user: str) -> re.Match:
    """The label of the actual question: of examples with answers the last; a label inside the text is no question."""
    chosen = labels[0]
    for earlier, later in zip(labels, labels[1:], strict=False):
        between = user[earlier.end():later.start()]
        if not re.search(r"(?:^|\n)\s*[*#]*(?:entities|answer|output|result|response)\**\s*:", between, re.IGNORECASE):
            if _TEXT_LABEL.search(between):
                break
        chosen = later
    return chosen


def _without_cue(text: str) -> str:
    """A text without the "Entities:" that asks for the answer behind it."""
    return _unwrapped(_CUE.sub("", "\n" + text.rstrip()).strip())


def _unwrapped(text: str) -> str:
    """A text without the fence or the quotation marks around all of it."""
    for opening, closing in (*_FENCES, ('"', '"'), ("“", "”")):
        inner = text[len(opening):len(text) - len(closing)]
        if len(text) > len(opening) + len(closing) and text.startswith(opening) and text.endswith(closing) and (
                closing not in inner):
            return inner.strip()
    return text


def _text_in(user: str, system_asks: bool) -> tuple[str | None, str]:
    """The text to search in a message without a labelled type, and the message's other words."""
    for opening, closing in _FENCES:
        end = user.rfind(closing)
        start = user.rfind(opening, 0, end) if end > 0 else -1
        if start >= 0 and user[start + len(opening):end].strip():
            return user[start + len(opening):end].strip(), f"{user[:start]} {user[end + len(closing):]}"
    label = next((found for found in _TEXT_LABEL.finditer(user) if not _ends_with_answer(user, found)), None)
    if label:
        return _without_cue(user[label.end():]), user[:label.start()]
    if system_asks and not _asked_type(user):
        return user.strip(), ""
    return _text_behind_request(user)


def _text_behind_request(user: str) -> tuple[str | None, str]:
    """The text behind a colon, in quotation marks or on the lines after the first, and the words that ask for it."""
    colon = _AFTER_COLON.search(user)
    if colon:
        return _without_cue(user[colon.end():]), user[:colon.end()]
    quoted = _QUOTED.search(user)
    if quoted:
        return next(filter(None, quoted.groups())), f"{user[:quoted.start()]} {user[quoted.end():]}"
    for separator in ("\n", ": "):
        request, _, rest = user.partition(separator)
        if rest.strip():
            return _without_cue(rest), request
    return None, user


def _ends_with_answer(user: str, label: re.Match) -> bool:
    """Whether a labelled text is an example: an answer and another text come after it."""
    following = _NEXT_LABEL.search(user, label.end())
    return bool(following and _TEXT_LABEL.search(user, following.end()))


def _labelled_type(text: str) -> str | None:
    found = _TYPE_LABEL.search(text)
    return found.group(1) if found else None


def _asked_type(text: str) -> str | None:
    """The known type that a sentence asks for; None where it asks for none."""
    for found in _TASK.finditer(text):
        wording = found.group("type").strip()
        if types.normalise(wording) not in (None, "phrases", "anything"):
            return wording
    return None


def _clean_type(entity_type: str) -> str:
    return entity_type.strip().strip("\"'`*“”.<>[]{}").strip()
