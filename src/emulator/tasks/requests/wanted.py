"""What a request wants to know: of whom, what about it, and in what kind of value."""

from __future__ import annotations

import re
from dataclasses import dataclass

from src.emulator.tasks.judges.lexicon import third_person
from src.emulator.tasks.passages.words import NOT_CONTENT, term, terms
from src.emulator.tasks.planning.grammar import base_form, is_plural, is_verb, past_form
from src.emulator.tasks.planning.phrases import is_name, joined, leaf_end, name_end, tokens
from src.emulator.tasks.requests.synonyms import also

LENGTHS = r"(?:kilo|centi|milli)?met(?:re|er)s?|km|m|cm|mm|miles?|feet|foot|ft"
_PEOPLE = r"inhabitants?|people|residents?|citizens?|souls"
_MONEY = "money"
# The units of what is measured, and words that tell the same.
MEASURES = {
    "population": (_PEOPLE, "population inhabitants people live resident"),
    "inhabitants": (_PEOPLE, "population inhabitants people live resident"),
    "people": (_PEOPLE, "population inhabitants people live"),
    "residents": (_PEOPLE, "population inhabitants people live resident"),
    "length": (LENGTHS, "long length run flow stretch extend span"), "long": (LENGTHS + r"|hours?|minutes?|days?"
                                                                              r"|years?", "long length run flow "
                                                                              "stretch extend span"),
    "height": (LENGTHS, "high height tall rise elevation"), "high": (LENGTHS, "high height tall rise elevation"),
    "tall": (LENGTHS, "high height tall rise"), "elevation": (LENGTHS, "high height elevation rise above"),
    "altitude": (LENGTHS, "high height elevation altitude above"),
    "depth": (LENGTHS, "deep depth"), "deep": (LENGTHS, "deep depth"),
    "width": (LENGTHS, "wide width broad"), "wide": (LENGTHS, "wide width broad"),
    "diameter": (LENGTHS, "diameter across wide"), "distance": (LENGTHS, "distance away far"),
    "far": (LENGTHS, "far away"),
    "area": (r"square \w+|hectares?|ha|km²|m²|acres?", "area cover measure size large surface extend stretch spread"),
    "large": (r"square \w+|hectares?|ha|km²|m²|acres?", "area cover measure size large surface"),
    "big": (r"square \w+|hectares?|ha|km²|m²|acres?", "area cover measure size large surface"),
    "size": (r"square \w+|hectares?|ha|km²|m²|acres?", "area cover measure size large surface"),
    "weight": (r"kilograms?|kg|grams?|g|tonnes?|tons?|t", "weigh weight heavy"),
    "heavy": (r"kilograms?|kg|grams?|g|tonnes?|tons?|t", "weigh weight heavy"),
    "speed": (r"km/h|kilometres?|miles?|knots|mph|metres?", "speed fast hour"),
    "fast": (r"km/h|kilometres?|miles?|knots|mph|metres?", "speed fast hour"),
    "capacity": (r"\w+", "capacity room seat hold"), "temperature": (r"degrees?|°[CF]?", "temperature warm hot cold"),
    "price": (_MONEY, "price cost fee ticket"), "cost": (_MONEY, "price cost fee"), "costs": (_MONEY, "price cost fee"),
    "fee": (_MONEY, "price cost fee"), "toll": (_MONEY, "toll pay"), "fine": (_MONEY, "fine"),
    "revenue": (_MONEY, "revenue turnover sales earn income"), "turnover": (_MONEY, "revenue turnover sales earn"),
    "profit": (_MONEY, "profit"), "budget": (_MONEY, "budget"), "exports": (_MONEY, "exports"),
    "salary": (_MONEY, "salary pay"), "age": (r"years?", "age old"),
}
_YEARLY = re.compile(r"^(?:in|during) (?:which|what) (?:year|century|decade)|^when\b|^(?:what|which) year|^what (?:is"
                     r"|was) the (?:year|date)|"
                     r"^on (?:which|what) (?:day|date)|^since when", re.IGNORECASE)
_COUNTED = re.compile(r"^(?:about |roughly )?how (?:many|much)\b", re.IGNORECASE)
_ADJECTIVE = re.compile(r"^how ([a-z]+) (?:is|are|was|were|does|do|did|can)\b", re.IGNORECASE)
_PERSON = re.compile(r"^(?:by )?(?:who|whom|whose)\b", re.IGNORECASE)
_PLACE = re.compile(r"^where\b|^(?:in|on|at|to|from|through|near) (?:which|what)\b", re.IGNORECASE)
_NAMED = re.compile(r"^(?:of |for |by )?(?:which|what)\b", re.IGNORECASE)
_CLASS = re.compile(r"^(?:(?:in|on|at|to|from|through|near|of|by|for) )?(?:which|what) ([a-z]+)", re.IGNORECASE)
_PART = re.compile(r"^how many [^?]{1,80}? of .{1,200} (?:are|is|were|was) ([a-z]+)$", re.IGNORECASE)
_OPENER = re.compile(r"^(?:please |find |give |tell me |state |name |extract |look up |return )+", re.IGNORECASE)
_CIRCUMSTANCE = re.compile(r" (?:before|after|until|when|while) (?:he|she|it|they)\b.*$")
_ROOM = frozenset("room hold holds held seat seats capacity accommodate accommodates fit fits".split())
_HELD = frozenset("people spectators seats persons fans visitors guests viewers".split())
_WEAK = frozenset("year number name many much city country company day date exactly total amount say kind".split())


@dataclass(frozen=True)
class Wanted:
    """A request, read.

    Attributes:
        text: the request.
        kind: "year", "number", "person", "place", "name" or "" for a sentence.
        names: the terms of each name in the request.
        attributes: the terms of what is wanted to be known, the first the most telling.
        alike: terms that tell the same as the attribute.
        unit: a pattern for the unit of a number; "money" where any unit will do.
        years: the years that the request names.
        spans: the names as they are written.
        forms: for each attribute its terms in other forms of the word, which need not share a stem: "die", "died".
        class_noun: the noun after "which", in lower case: "river".
        not_it: the terms of names that only tell when: "before she moved to H".
    """

    text: str
    kind: str
    names: tuple[frozenset[str], ...]
    attributes: tuple[str, ...]
    alike: frozenset[str]
    unit: str
    years: frozenset[str]
    spans: tuple[str, ...]
    forms: dict[str, tuple[str, ...]]
    class_noun: str
    not_it: frozenset[str] = frozenset()


def read(request: str) -> Wanted:
    """The reading of a request; of a long one the first 80 words count."""
    text = _OPENER.sub("", " ".join(request.split())).rstrip(" .?!")
    circumstance = _CIRCUMSTANCE.search(text)
    apart = tuple(_spans(tokens(circumstance.group()))[0]) if circumstance else ()
    words = tokens(text[:circumstance.start()] if circumstance else text)[:80]
    if words and not re.match(r"(?:who|whom|whose|what|which|when|where|how|why|in|on|at|by|of|to|from|is|are|was|were"
                              r"|does|do|did"
                              r"|has|have|can|for|since|near|through)$", words[0], re.IGNORECASE):
        words = ["What", "is", *words]
    spans, rest = _spans(words)
    years = frozenset(word for word in words if re.fullmatch(r"1\d{3}|20\d\d", word))
    content = [word for word in rest if word.lower() not in NOT_CONTENT and word not in years and word[0].isalnum()]
    kind, unit, alike = _kind(joined(words), content)
    telling = [word.lower() for word in content if word.lower() not in _WEAK or len(content) == 1]
    forms = {term(word): _meanings(word) for word in telling}
    noun = _CLASS.match(joined(words))
    names = tuple(frozenset(terms(span)) for span in spans if terms(span))
    not_it = frozenset(word for span in apart for word in terms(span))
    return Wanted(text, kind, names, tuple(forms), frozenset(alike), unit, years, tuple(spans), forms,
                  noun.group(1).lower() if noun else "", not_it)


def _forms(word: str) -> tuple[str, ...]:
    base = base_form(word)
    return (word, base, past_form(base), third_person(base)) if is_verb(word) else (word,)


def _meanings(word: str) -> tuple[str, ...]:
    """The terms of a word's forms, and those that tell the same."""
    own = tuple(dict.fromkeys(term(form) for form in _forms(word)))
    return tuple(dict.fromkeys([*own, *(other for one in own for other in sorted(also(one)))]))


def _spans(words: list[str]) -> tuple[list[str], list[str]]:
    """The names of a request, and its other words; the trade before a name ("the river Silt") is left out."""
    spans, rest = [], []
    place = 0
    while place < len(words):
        word = words[place]
        end = name_end(words, place) if place or word[0] in "\"“" else place
        if place and word == "the" and place + 1 < len(words) and is_name(words[place + 1]):
            after = leaf_end(words, place)
            end = max(name_end(words, place + 1), after)
            end -= end == len(words) and not is_name(words[-1]) and words[place - 1] in ("does", "do", "did", "can")
            place += 1
        if end > place:
            spans.append(joined(words[place:end]).strip("\"“”"))
            place = end
        else:
            is_class = words[place - 1:place] == ["the"] and place + 1 < len(words) and is_name(words[place + 1])
            rest += [word] * (not is_class)
            place += 1
    return spans, rest


def _kind(text: str, content: list[str]) -> tuple[str, str, set[str]]:
    lower = [word.lower() for word in content]
    if _YEARLY.match(text):
        return "year", "", set()
    adjective = _ADJECTIVE.match(text)
    measured = next((word for word in ([adjective.group(1).lower()] if adjective else []) + lower
                     if word in MEASURES), "")
    if {"work", "works", "worked"} & set(lower) and "people" in lower:
        return "number", r"employees?|people|workers|staff", {term("employ"), term("employee"), term("staff")}
    if _COUNTED.match(text) and _ROOM & set(lower) and _HELD & set(lower):
        return "number", r"spectators|people|persons|seats|fans|visitors|guests|passengers", {
            term(word) for word in ("hold", "room", "seat", "capacity", "people", "spectators", *_HELD & set(lower))}
    part = _PART.match(text)
    if part:
        return "number", re.escape(part.group(1)), set()
    if re.match(r"how much\b", text, re.IGNORECASE) and not measured:
        return "number", _MONEY, set()
    if _COUNTED.match(text) and "cost" not in lower:
        noun = next((word for word in lower if is_plural(word)), lower[0] if lower else "")
        unit, alike = MEASURES.get(noun, ("", ""))
        return "number", unit or re.escape(noun), {term(word) for word in alike.split()}
    is_measure = measured and _NAMED.match(text) and not _PLACE.match(text) and not text.lower().startswith("which ")
    if adjective or is_measure or _COUNTED.match(text):
        unit, alike = MEASURES.get(measured, ("", ""))
        return "number", unit, {term(word) for word in alike.split()}
    for kind, pattern in (("person", _PERSON), ("place", _PLACE), ("name", _NAMED)):
        if pattern.match(text):
            return kind, "", set()
    return "", "", set()
