"""What a question compares: the measure in "is longer", "has more seats", "opened first"."""

from __future__ import annotations

import re

from src.emulator.tasks.planning.grammar import base_form, past_form
from src.emulator.tasks.planning.measures import (
    by_adjective, by_noun, counted, degree, density, lifespan, year_did, year_of)
from src.emulator.tasks.planning.nodes import ENTITY, Calculation, Group, Measure, Nodes
from src.emulator.tasks.planning.phrases import entities, is_name, tokens

TIMES = {"first": -1, "earlier": -1, "earliest": -1, "before": -1, "earlier than": -1, "last": 1, "later": 1,
         "latest": 1, "after": 1, "later than": 1, "sooner": -1, "more recently": 1, "most recently": 1}


def predicate_measure(words: list[str], thing: str, names: str, suffix: str) -> tuple[Measure | str, int, str] | None:
    """The measure that a predicate compares, its sign, and the comparison's wording."""
    verb, rest = words[0], words[1:]
    text = " ".join(rest)
    if "densely" in rest or "population density" in text:
        return "density", -1 if {"less", "least", "lower", "lowest",
                                 "smaller"} & set(rest) else 1, "more densely populated"
    if verb == "lived" and text in ("longer", "longest", "the longest", "to be older", "to the higher age"):
        return "lifespan", 1, "lived longer"
    for ending, sign in TIMES.items():
        if text == ending and verb not in ("is", "are"):
            return year_did(base_form(verb)), sign, f"{verb} {ending}"
        if text.endswith(f" {ending}") and verb in ("was", "were", "is"):
            participle = text.removesuffix(f" {ending}").removesuffix(" the")
            return year_of(participle), sign, f"{participle} {ending}"
    compared_by = degree(rest)
    if compared_by is None:
        return _counted_later(verb, rest, suffix)
    adjective, sign, after = compared_by
    return _measured(verb, adjective, sign, after, thing, names, suffix)


def _counted_later(verb: str, rest: list[str], suffix: str) -> tuple[Measure, int, str] | None:
    """As in "has room for more people": what is counted comes after other words, which end the question then."""
    place = next((count for count, word in enumerate(rest) if word in ("more", "fewer")), 0)
    noun = rest[place + 1:place + 2]
    if not place or not noun:
        return None
    ending = " ".join([*rest[:place], *rest[place + 2:]])
    auxiliary = "did" if verb == "had" or past_form(base_form(verb)) == verb else "does"
    measure = counted(noun[0], auxiliary, "have" if verb in ("has", "had") else verb, f"{ending} {suffix}".strip())
    said = " ".join([verb, *rest[:place]])
    return measure, 1 if rest[place] == "more" else -1, f"{said} {rest[place]} {noun[0]}"


def _measured(verb: str, adjective: str, sign: int, after: list[str], thing: str, names: str,
              suffix: str) -> tuple[Measure | str, int, str] | None:
    noun = " ".join(after)
    more = "more" if sign > 0 else "fewer" if noun.endswith("s") else "less"
    if verb in ("has", "have", "had"):
        if not noun:
            return None
        if adjective:
            return by_noun(noun, suffix), by_adjective(adjective)[1], f"the {_comparative(adjective)} {noun}"
        return counted(noun, "did" if verb == "had" else "does", "have", suffix), sign, f"{more} {noun}"
    if verb in ("costs", "cost"):
        return Measure(f"How much does {ENTITY} cost?", f"{ENTITY} cost",
                       f"the cost of {ENTITY}"), sign, "more expensive"
    if verb in ("is", "are", "was", "were"):
        if adjective:
            noun = noun.removeprefix("by ").removeprefix("in ")
            if noun and noun not in ("one", thing) and " ".join(after) != noun:
                return by_noun(noun), by_adjective(adjective)[1], _comparative(adjective)
            measure, signed = by_adjective(adjective, thing, names)
            return measure, signed, _comparative(adjective)
        measure, signed = by_adjective(noun.split(" ")[0], thing, names) if noun else (None, 1)
        return None if measure is None else (measure, signed * sign, f"{more} {noun}")
    if adjective:
        measure, signed = by_adjective(adjective, thing, names)
        return measure, signed, _comparative(adjective)
    past = past_form(base_form(verb)) == verb
    if not noun:
        asked = f"How much {'did' if past else 'does'} {ENTITY} {base_form(verb)} {suffix}".rstrip()
        return Measure(f"{asked}?", f"{ENTITY} {verb}", f"what {ENTITY} {verb}"), sign, f"{verb} {more}"
    return counted(noun, "did" if past else "does", verb, suffix), sign, f"{verb} {more} {noun}"


def _comparative(adjective: str) -> str:
    if adjective.endswith("y"):
        return adjective[:-1] + "ier"
    doubled = adjective in ("big", "hot", "thin", "fat", "wet")
    return adjective + adjective[-1] * doubled + ("r" if adjective.endswith("e") else "er")


def slot_of(measure: Measure | str, name: str, nodes: Nodes) -> str:
    """The slot of a measure of something."""
    if isinstance(measure, Measure):
        return nodes.add(measure.of(name))
    return density(name, nodes) if measure == "density" else lifespan(name, nodes)


def one_entity(text: str, nodes: Nodes) -> str:
    """A name without what does not belong to it: "B does", "B is"."""
    text = re.sub(r" (?:does|do|did|is|are|was|were|has|have)$", "", text.strip(" ,"))
    words = tokens(text)
    names, end = entities(words, 0, may_be_bare=True)
    return names[0] if len(names) == 1 and not any(is_name(word)
                                                   for word in words[end:]) and not isinstance(nodes.get(names[0]),
                                                                                               Group) else text


def is_value(node: object) -> bool:
    """Whether a fact is a value by itself, such as "the area of X", and nothing that has a value."""
    return getattr(node, "head", "").split(" ")[-1] in _VALUES or getattr(node, "request", "").startswith("How ")


_VALUES = frozenset(
    "population area length height depth width weight size age speed price cost revenue profit turnover output "
    "capacity "
    "elevation distance duration density temperature budget income debt production circumference diameter radius "
    "volume "
    "mass value fee toll prize surface".split())


def same_measure(left: str, right: str, nodes: Nodes) -> str:
    """The slot of the right side: itself, or the left side's measure of it ("that of B", "B")."""
    right = re.sub(r"^(?:that|the one|those|the same) (?:of|in) |^(?:in|on|of) ", "", right.strip())
    node, fact = nodes.get(right), nodes.get(left)
    if is_value(node) or isinstance(node, Calculation):
        return right
    measure = getattr(fact, "measure", None)
    return nodes.add(measure.of(one_entity(right, nodes))) if measure else right
