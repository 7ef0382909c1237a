"""Percentages and rates: "What percentage of A's population lives in B?", "How many inhabitants per km² has A?"."""

from __future__ import annotations

import re

from src.emulator.tasks.planning.predicates import one_entity, same_measure
from src.emulator.tasks.planning.grammar import is_plural
from src.emulator.tasks.planning.measures import by_noun, counted, density, rate
from src.emulator.tasks.planning.nodes import ENTITY, Calculation, Fact, Measure, Nodes
from src.emulator.tasks.planning.phrases import entities, is_name, tokens
from src.emulator.tasks.planning.reading import Reading

_PART = r"(?:percentage|percent|per cent|share|proportion|fraction|part)"
_SHARE = re.compile(rf"^(?:(?:and )?what|how (?:big|large|high) (?:is )?an?|which) (?:is the )?{_PART} (?:of|in) "
                    rf"(?P<whole>\S+) (?P<rest>.+)$")
_AS = re.compile(rf"(?P<part>\S+)(?: is| was)? as an? {_PART} of (?P<whole>\S+?)$")
_REACH = re.compile(rf"^what {_PART} of (?P<whole>.+?) (?:is|are|was|were|does|do|did) (?P<rest>.+)$")
_PLACE = re.compile(r"(?:^| )(?:in|on|at|by|to|from|for|of) (?P<entity>[^?]+)$")
_DENSITY = re.compile(r"^(?:what (?:is|was) )?(?P<slot>[\ue000-\ue3ff])$|^how densely (?:populated )?(?:is|are) "
                      r"(?P<entity>.+?)"
                      r"(?: populated)?$")
_PER = re.compile(r"^(?:on average,? )?how (?P<many>many|much) (?P<what>.+?) ?(?:per|(?:on|in|for|to|by)? ?(?:each"
                  r"|every)) "
                  r"(?P<unit>(?:square |cubic )?[a-z²³]+) ?(?P<rest>.*)$")
_WHAT_PER = re.compile(r"^what (?:is|was|were|are) (?:the )?(?:average )?(?P<what>[a-z ]+?) (?:per|for each) "
                       r"(?P<unit>(?:square |cubic )?"
                       r"[a-z²³]+) (?:of|in|at|for) (?P<entity>.+)$")
_COSTS_PER = re.compile(r"^(?:how much|what) (?P<aux>did|does|do) (?P<entity>.+?) (?P<verb>[a-z]+)(?: to build)? "
                        r"(?:per|for each|for every) "
                        r"(?P<unit>(?:square )?[a-z²]+)(?: .*)?$")
_TIME_UNITS = frozenset(
    "year month week day hour minute second night season decade century capita head time person".split())
_HOLDS = re.compile(r"^(?:can|could|does|do|would) (?P<entity>.+?) (?P<verb>seat|hold|accommodate)$")
_AREAS = frozenset(("square kilometre", "square kilometer", "km²", "square mile", "hectare", "square metre",
                    "square meter",
                    "acre", "m²", "km2"))
_LENGTHS = frozenset("kilometre kilometer metre meter mile km m".split())


def read(text: str, nodes: Nodes) -> Reading | None:
    """The reading of a question for a share or a rate; None for other questions."""
    for reader in (_share, _compared_share, _density, _costs_per, _what_per, _per):
        reading = reader(text, nodes)
        if reading:
            return reading
    return None


def _percentage(part: str, whole: str, nodes: Nodes) -> Reading:
    slot = nodes.add(Calculation("percentage", f"{part} as a percentage of {whole}", f"{part} as a percentage of "
                                 f"{whole}"))
    return Reading("percentage", (part, whole, slot), nodes, entities=(part, whole))


def _compared_share(text: str, nodes: Nodes) -> Reading | None:
    found = _AS.search(text)
    if found is None or nodes.get(found["whole"]) is None or nodes.get(found["part"]) is None:
        return None
    return _percentage(found["part"], found["whole"], nodes)


def _share(text: str, nodes: Nodes) -> Reading | None:
    found = _SHARE.match(text)
    whole = nodes.get(found["whole"]) if found else None
    if found is None or not isinstance(whole, Fact) or whole.measure is None:
        return None
    rest = re.sub(r"^(?:that |which )?(?:is|are|was|were|does|do|did)(?= )", "", found["rest"]).strip()
    holds = _HOLDS.match(found["rest"])
    if holds:
        measure = Measure(f"How many people does {ENTITY} {holds['verb']}?", f"{ENTITY} people {holds['verb']}",
                          f"the number of people that {ENTITY} {holds['verb']}s")
        return _percentage(nodes.add(measure.of(one_entity(holds["entity"], nodes))), found["whole"], nodes)
    words = tokens(rest)
    for start, word in enumerate(words):
        if is_name(word) or word == "the":
            names, end = entities(words, start)
            if names:
                part = same_measure(found["whole"], names[0], nodes)
                return _percentage(part, found["whole"], nodes)
    return _share_of_one(whole, found["rest"], nodes)


def _share_of_one(whole: Fact, rest: str, nodes: Nodes) -> Reading | None:
    """As in "What percentage of the winners of P are women?": how many of them, and how many there are."""
    if not is_plural(whole.head) or not rest:
        return None
    part = Measure(f"How many {whole.head} of {ENTITY} {rest}?", f"{ENTITY} {whole.head} {rest.split(' ')[-1]}",
                   f"the number of {whole.head} of {ENTITY} that {rest}")
    return _percentage(nodes.add(part.of(whole.entity)), nodes.add(by_noun(whole.head).of(whole.entity)), nodes)


def _density(text: str, nodes: Nodes) -> Reading | None:
    found = _DENSITY.match(text)
    if found is None:
        return None
    entity = found["entity"]
    if found["slot"]:
        node = nodes.get(found["slot"])
        if getattr(node, "head", "") not in ("population density", "density of population"):
            return None
        entity = node.entity
    return _rated(density(one_entity(entity, nodes), nodes), nodes, "inhabitants per square kilometre")


def _rated(slot: str, nodes: Nodes, unit: str) -> Reading:
    return Reading("rate", (slot,), nodes, unit=unit)


def _denominator(unit: str) -> Measure | None:
    if unit in _TIME_UNITS:
        return None
    if unit in _AREAS:
        return by_noun("area")
    if unit in _LENGTHS:
        return Measure(f"How long is {ENTITY}?", f"{ENTITY} length", f"the length of {ENTITY}")
    return counted(unit + "s" * (not is_plural(unit)), "does", "have")


def _per(text: str, nodes: Nodes) -> Reading | None:
    found = _PER.match(text)
    below = _denominator(found["unit"]) if found else None
    if found is None or below is None:
        return None
    words = tokens(found["what"])
    noun_end = next((count for count, word in enumerate(words) if word in (
        "does", "do", "did", "has", "have", "are", "live", "lives", "is", "work", "were", "was")), len(words))
    noun, after = " ".join(words[:noun_end]), [*words[noun_end:], *tokens(found["rest"])]
    start = next((count for count, word in enumerate(after) if is_name(word) or word == "the"), None)
    if start is None or not noun:
        return None
    names, end = entities(after, start)
    if not names:
        return None
    suffix = _year(after[end:])
    noun = "inhabitants" if noun == "people" and found["unit"] in _AREAS else noun
    above = counted(noun, "does" if not suffix else "did", "have",
                    suffix) if found["many"] == "many" else by_noun(noun, suffix)
    if found["unit"] not in _AREAS | _LENGTHS:
        below = counted(found["unit"] + "s", "does" if not suffix else "did", "have", suffix)
    return _rated(rate(above, below, found["unit"], names[0], nodes), nodes, f"{noun} per {found['unit']}")


def _year(words: list[str]) -> str:
    return next((f"in {after}" for word, after in zip(words, words[1:]) if word == "in" and after.isdigit()), "")


def _what_per(text: str, nodes: Nodes) -> Reading | None:
    found = _WHAT_PER.match(text)
    below = _denominator(found["unit"]) if found else None
    if below is None:
        return None
    slot = rate(by_noun(found["what"]), below, found["unit"], one_entity(found["entity"], nodes), nodes)
    return _rated(slot, nodes, f"per {found['unit']}")


def _costs_per(text: str, nodes: Nodes) -> Reading | None:
    found = _COSTS_PER.match(text)
    below = _denominator(found["unit"]) if found else None
    if below is None:
        return None
    above = Measure(f"How much {found['aux']} {ENTITY} {found['verb']}?", f"{ENTITY} {found['verb']}",
                    f"the {found['verb']} of {ENTITY}")
    return _rated(rate(above, below, found["unit"], one_entity(found["entity"], nodes), nodes), nodes,
                  f"per {found['unit']}")
