"""The country in which something lies, by what the sentences of a context say about it."""

from __future__ import annotations

import re

from src.emulator.tasks.passages.words import terms
from src.emulator.tasks.planning.containment import REGIONS
from src.emulator.tasks.requests.documents import Told
from src.emulator.tasks.requests.wanted import Wanted

_ASKS = re.compile(rf"^(?:(?:in|of|to) )?(?:which|what) (?:{'|'.join(sorted(REGIONS))})\b[^?]* "
                   r"(?:lie|situated|located|based|belong|in)$|^in (?:which|what) [a-z]+ (?:is|are) ", re.IGNORECASE)
_NAME = r"[A-Z][\w’'-]+(?: (?:(?:of|and|the) )?[A-Z][\w’'-]+){0,4}"
_HOLDS = re.compile(rf"\b(?:of|in|to|from) (?:the )?(?:[a-z][a-z-]* ){{0,2}}(?P<name>{_NAME})")
_AFTER_COMMA = re.compile(rf",? (?:in )?(?P<name>{_NAME})(?=[,.]|$| is\b| was\b)")
_KINDS = {"country": "country|republic|kingdom|nation|state|monarchy|island nation|sovereign state"}
_NATURE = frozenset("lake mount river sea strait bay cape valley archipelago islands ocean gulf mountains ben pico "
                    "street square union century january february march april may june july august september october "
                    "november december north south east west".split())
_FIRST, _KNOWN, _CAPITAL, _LEAST = 1.0, 3.0, 1.5, 2.0


def region(wanted: Wanted, sentences: list[Told]) -> str | None:
    """The region that a request asks for, of the kind that it names; None where no sentence tells."""
    noun = wanted.class_noun
    thing = max(wanted.spans, key=len, default="")
    names = frozenset(terms(thing))
    known = _known(noun, sentences)
    if thing in known or any(one.title == names and _is_one(one.text, noun) for one in sentences):
        return thing
    best = 0.0, ""
    for told in sentences:
        for name, start, direct in _candidates(told.text):
            own = frozenset(terms(name))
            if not own or own <= names or _NATURE & {word.lower() for word in name.split()}:
                continue
            score = _KNOWN * (name in known) + _CAPITAL * direct + _nearness(told, names, thing, start)
            if _nearness(told, names, thing, start) > 0 and score > best[0]:
                best = score, name
    return best[1] if best[0] >= _LEAST else None


def asks(wanted: Wanted) -> bool:
    """Whether a request asks in which country, or other region, something lies."""
    return wanted.class_noun in REGIONS and bool(wanted.names) and bool(_ASKS.match(wanted.text))


def _known(noun: str, sentences: list[Told]) -> frozenset[str]:
    """The names that the sentences call countries, or have a capital."""
    kinds = _KINDS.get(noun, noun)
    named = re.compile(rf"\bcapital(?: and [a-z ]+)? of (?:the )?(?P<a>{_NAME})|\b(?:{kinds}) of (?P<b>{_NAME})"
                       rf"|^(?:The )?(?P<c>{_NAME})(?:,| is| was) (?:a|an|the) (?:(?!of |in )[\w-]+ ){{0,3}}"
                       rf"(?:{kinds})\b")
    return frozenset(name for told in sentences for found in named.finditer(told.text)
                     for name in found.groups() if name)


def _is_one(text: str, noun: str) -> bool:
    kinds = _KINDS.get(noun, noun)
    return re.match(rf"(?:The|This) (?:{kinds}) (?:is|was|has|had|became|consists)\b|Its capital\b|The capital is\b",
                    text) is not None


def _candidates(text: str) -> list[tuple[str, int, bool]]:
    """The names of what may hold something, where they stand, and whether it is said to be of or in them directly."""
    found = []
    for match in _HOLDS.finditer(text):
        direct = re.search(r"\b(?:capital|city|town|village|port|island|part|belongs|state|province|region|mountain"
                           r"|university)\b(?: of| in| to)?$", text[:match.start()].rstrip() + " "
                           + match.group().split(" ")[0]) is not None
        name = match["name"].removesuffix("'s").removesuffix("’s")
        found.append((name, match.start(), direct))
        after = _AFTER_COMMA.match(text, match.end())
        if after:
            found.append((after["name"], after.start(), False))
    return found


def _nearness(told: Told, names: frozenset[str], thing: str, start: int) -> float:
    """How surely a sentence speaks of the thing where a name stands."""
    if told.title and told.title == names:
        return max(0.5, 2.0 * _FIRST - 0.5 * told.place)
    place = told.text.find(thing)
    return _FIRST if 0 <= place < start and start - place - len(thing) < 60 else 0.0
