"""Which sentence of a context answers a request, and the value in it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from src.emulator.tasks.passages.words import beginnings, similar, term, terms
from src.emulator.tasks.requests import values
from src.emulator.tasks.requests.documents import Told
from src.emulator.tasks.requests.names import name
from src.emulator.tasks.requests.wanted import LENGTHS, Wanted

_EXTRACT = {"year": values.year, "number": values.number, "person": name, "place": name, "name": name}
# What is measured in one unit can be several things: a number of metres that are deep is no length.
_DIMENSIONS = frozenset(terms("long length high height tall deep depth wide width thick diameter above"))
_LEAST = 0.5
_OPENING = 2
_IT = re.compile(r"(?:It|This|They|He|She)\b")
_LOCATED = re.compile(r"^where (?:is|are|was|were)\b[^?]*?(?:\b(?:founded|established|based|situated|located|built|made"
                      r"|headquartered)|^where (?:is|are) [^?]+)$", re.IGNORECASE)
_PLACED = re.compile(r"\b(?:in|from|at|on|near) (?:the )?(?:[a-z-]+ ){0,3}?(?:of )?"
                     r"(?P<name>[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*)")


@dataclass(frozen=True)
class Found:
    """A sentence with the value that it gives, and how well both fit."""

    value: str
    sentence: str
    score: float


def find(wanted: Wanted, sentences: list[Told]) -> Found | None:
    """The best value in a context; None where no sentence about the right thing gives one."""
    extract = _EXTRACT.get(wanted.kind)
    if extract is None:
        return None
    best: Found | None = None
    for told in sentences:
        about = _about(wanted, told)
        said = _said(wanted, told)
        if about <= 0 or said <= 0:
            continue
        value = _the_document(wanted, told) or extract(told.text, wanted)
        if value is None:
            continue
        score = about * (0.5 * said + 0.5 * value[1]) + 0.15 * _in_year(wanted, told) - 0.01 * min(told.place, 20)
        if best is None or score > best.score:
            best = Found(value[0], told.text, score)
    if best is not None and best.score >= _LEAST:
        return best
    return _where(wanted, sentences) if _LOCATED.search(wanted.text) else None


def _where(wanted: Wanted, sentences: list[Told]) -> Found | None:
    """The first place that the article about a thing puts it in."""
    for told in sentences:
        if told.title and told.place < _OPENING and any(names >= told.title for names in wanted.names):
            place = _PLACED.search(told.text)
            if place and frozenset(terms(place["name"])) != told.title:
                return Found(place["name"], told.text, _LEAST)
    return None


def _the_document(wanted: Wanted, told: Told) -> tuple[str, float] | None:
    """The title, where a sentence that begins with "It" tells of the document's subject, and that is what is asked."""
    is_it = wanted.kind == "name" and wanted.class_noun and term(wanted.class_noun) in told.title
    return (told.document, 0.9) if is_it and _IT.match(told.text) else None


def _about(wanted: Wanted, told: Told) -> float:
    """Whether a sentence is about what the request names: 1 in a document of that title, a little less by its words."""
    if not wanted.names:
        return 0.8
    known = told.own | told.title | told.heading
    for names in wanted.names:
        if not all(similar(word, known, beginnings(known)) >= 0.7 for word in names):
            return 0.0
    longest = max(wanted.names, key=len)
    if told.title and frozenset().union(*wanted.names) >= told.title:
        return 1.0
    if longest < told.title:
        return 0.4
    return 0.85 if longest <= told.own else 0.6


def _said(wanted: Wanted, told: Told) -> float:
    """How much of what is asked about a sentence says, in these words or in words for the same."""
    known = told.own | told.heading
    starts = beginnings(known)
    title = beginnings(told.title)
    own = [max(_found(word, wanted, known, starts), 0.6 * similar(word, told.title, title))
           for word in wanted.attributes]
    direct = sum(own) / len(own) if own else 0.5
    if wanted.unit == "money" and wanted.alike and not wanted.alike & known:
        return 0.0
    if wanted.kind == "number" and wanted.unit and values.number(told.text, wanted):
        others = [word for word in wanted.attributes if word not in wanted.alike]
        alike = bool(wanted.alike & known)
        if not others or all(_found(word, wanted, known, starts) for word in others):
            other = wanted.unit.startswith(LENGTHS) and bool((_DIMENSIONS - wanted.alike) & told.own)
            return max(direct, 0.75 if alike else 0.0 if other else 0.6)
    return direct if direct >= 0.34 else 0.0


def _found(word: str, wanted: Wanted, known: frozenset[str], starts: frozenset[str]) -> float:
    return max(similar(form, known, starts) for form in wanted.forms.get(word, (word,)))


def _in_year(wanted: Wanted, told: Told) -> float:
    return float(bool(wanted.years & told.own)) if wanted.years else 0.0
