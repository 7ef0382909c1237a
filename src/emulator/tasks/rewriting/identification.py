"""What an answer names where the question asked for it: "Which stairs lead to the port?", "The Herve Stairs"."""

from __future__ import annotations

import re
from dataclasses import replace

from src.emulator.tasks.judges.claims import AUXILIARIES
from src.emulator.tasks.judges.lexicon import concept, is_known, verb_forms
from src.emulator.tasks.judges.nouns import is_plural
from src.emulator.tasks.rewriting.phrases import ARTICLES, Phrase, phrases

_WHICH = re.compile(r"^\W*(?:which|what)\s+(?!time|year|day|date|month|is\b|are\b|was\b|were\b|does?\b|did\b|can\b"
                    r"|will\b|has\b|have\b|happens?\b)\w", re.IGNORECASE)
_WHAT_IS = re.compile(r"^\W*(?:what|which)\s+(?:is|are|was|were)\s+(?:the|its|their|our)\s+(?:names?\s+of\s+the\s+)?"
                      r"(?P<thing>[a-z][^?]{2,80})", re.IGNORECASE)
_ROW = re.compile(r"^(?P<key>[A-Z0-9][^:,.;?!]{1,50}?)(?:[:,]\s|\.?\s*$)")
_PAIR = re.compile(r"^(?P<name>[^:,.;]{2,40}): (?P<value>[A-Z][^:]{1,50})$")
_CALLED = re.compile(r"\b(?:called|named|known as)\s+(?P<name>(?:[Tt]he\s+)?[A-Z][\w'’-]+(?:\s+[A-Z][\w'’-]+){0,4})")
_NUMBER = re.compile(r"\d")
_NO_NAMES = frozenset("yes no it they he she you we there in at on by".split())
_MOST_WORDS = 6


def identified(question: str, answer: str) -> Phrase | None:
    """The thing that an answer names because the question asked which one; None where it asked something else.

    Args:
        question: a question that stands on its own.
        answer: the answer to it, without citations.
    """
    what = _WHAT_IS.match(question)
    if not _WHICH.match(question) and not (what and what.group("thing")[0].islower()):
        return None
    called = _CALLED.search(answer[:600])
    if what and called:
        return _whole(called.group("name"))
    asked = {concept(word.lower()) for word in re.findall(r"\w+", question)}
    pair = _PAIR.match(answer.strip())
    if pair and {concept(word.lower()) for word in re.findall(r"\w+", pair.group("name"))} <= asked:
        answer = pair.group("value")
    fragment = _ROW.match(answer.strip())
    if fragment and _is_name_alone(fragment.group("key")):
        named = _whole(fragment.group("key").strip())
        return replace(named, kind="name") if named.plural else named
    first = _starts_with_new(answer, asked) if what is None else ""
    if first:
        return _whole(first)
    return next((phrase for phrase in phrases(answer[:600]) if phrase.bare[0].isupper() and phrase.kind != "person"
                 and not {concept(word.lower()) for word in re.findall(r"\w+", phrase.bare)} <= asked), None)


def _starts_with_new(answer: str, asked: set[str]) -> str:
    """The name that an answer begins with, up to its verb, where the question didn't have it."""
    words = re.findall(r"[\w'’&.-]+", answer[:120])
    end = next((index for index, word in enumerate(words) if word in AUXILIARIES or word in verb_forms()), 0)
    named = words[:end] if 0 < end <= _MOST_WORDS else []
    content = [word for word in named if word.lower() not in ARTICLES]
    is_thing = len(content) > 1 and content != named and all(map(str.islower, content))
    is_name = is_thing or bool(content) and all(word[0].isupper() or word in ("of", "the", "&") for word in content)
    is_new = any(concept(word.lower()) not in asked for word in content)
    return " ".join(named) if is_name and is_new and not (len(content) == 1 and is_known(content[0].lower())) else ""


def _is_name_alone(text: str) -> bool:
    """Whether a text is a noun phrase without a verb and without numbers."""
    words = text.split()
    return 0 < len(words) <= _MOST_WORDS and not _NUMBER.search(text) and not any(
        word in AUXILIARIES or word.lower() in _NO_NAMES for word in words)


def _whole(text: str) -> Phrase:
    """A text as one phrase; one that only begins with a capital is no name, unless it is a single word."""
    words = text.split()
    has_article = words[0].lower() in ARTICLES and len(words) > 1
    content = words[has_article:]
    named = all(word[0].isupper() for word in content if len(word) > 3) and not (
        len(content) == 1 and not has_article and is_plural(content[0].lower()))
    if has_article or not named:
        text = text[0].lower() + text[1:]
    head = content[-1].lower()
    return Phrase(text, 0, len(text), head, "name" if named else "thing", is_plural(head))
