"""Questions for yes or no about two: "Is A longer than B?", "Was A built before B?"."""

from __future__ import annotations

import re

from src.emulator.tasks.planning.comparisons import with_margin
from src.emulator.tasks.planning.grammar import COMPARATIVE, is_verb, past_form
from src.emulator.tasks.planning.measures import year_did, year_of
from src.emulator.tasks.planning.nodes import ENTITY, Measure, Nodes
from src.emulator.tasks.planning.phrases import tokens
from src.emulator.tasks.planning.predicates import (
    TIMES, is_value, one_entity, predicate_measure, same_measure, slot_of)
from src.emulator.tasks.planning.reading import Reading

_THAN = re.compile(r"^(?P<aux>is|are|was|were) (?P<left>.+?) "
                   rf"(?P<degree>(?:the )?(?:more|less|fewer|{COMPARATIVE})\b.*?) than (?P<right>.+)$")
_VERB_THAN = re.compile(r"^(?P<aux>does|do|did|has|have|had|can) (?P<left>.+?) (?P<verb>[a-z]+) "
                        rf"(?P<degree>(?:more|less|fewer|{COMPARATIVE})\b.*?) than (?P<right>.+)$")
_THERE = re.compile(r"^(?:are|were|do|did) (?:there )?(?P<degree>(?:more|fewer)) (?P<noun>.+?) (?P<prep>in|on|at|for) "
                    r"(?P<left>.+?) (?:or|than) (?:in|on|at|for)? ?(?P<right>.+)$")
_MORE_VERB = re.compile(r"^(?:did|do) (?P<degree>more|fewer) (?P<noun>[a-z]+) (?P<verb>[a-z]+) (?P<left>.+?) than "
                        r"(?P<right>.+?)(?: (?P<suffix>in \d{4}))?$")
_BEFORE = re.compile(r"^(?P<aux>was|were|did) (?P<left>.+?) (?P<verb>[a-z]+) (?P<when>before|after|earlier than|later "
                     r"than) "
                     r"(?P<right>.+?)(?: (?:was|did|were)(?: [a-z]+)?)?$")
_SUFFIX = re.compile(r" (in|during|for) (\d{4})$")


def read(text: str, nodes: Nodes) -> Reading | None:
    """As in "Is A longer than B?" and other questions for yes or no about two."""
    for reader in (_by_time, _more_verb, _there, _than, _verb_than):
        reading = reader(text, nodes)
        if reading:
            return with_margin(reading, False)
    return None


def _pair(measure: Measure | str, left: str, right: str, sign: int, wording: str, nodes: Nodes) -> Reading:
    right = re.sub(r"^(?:in|on|at|that of|the one of) ", "", right)
    names = tuple(one_entity(name, nodes) for name in (left, right))
    goals = tuple(slot_of(measure, name, nodes) for name in names)
    return Reading("compare", goals, nodes, entities=names, sign=sign, wording=wording, yes_no=True)


def _than(text: str, nodes: Nodes) -> Reading | None:
    found = _THAN.match(text)
    if found is None:
        return None
    left, right = found["left"], found["right"]
    words = [found["aux"], *tokens(found["degree"])]
    suffix = _SUFFIX.search(right)
    facts = [nodes.get(part) for part in (left, right)]
    measured = predicate_measure(words, "", f"{left}, {right}", "")
    if measured is None:
        return None
    if getattr(facts[0], "head", "") and is_value(facts[0]):
        return _of_values(left, right, measured, nodes)
    return _pair(measured[0], left, right[:suffix.start()] if suffix else right, measured[1], measured[2], nodes)


def _of_values(left: str, right: str, measured: tuple[Measure | str, int, str], nodes: Nodes) -> Reading:
    right = same_measure(left, right, nodes)
    sign = -1 if measured[2] in ("smaller", "lower", "shorter", "less") else 1
    return Reading("compare", (left, right), nodes, entities=(left, right), sign=sign, wording=measured[2], yes_no=True)


def _verb_than(text: str, nodes: Nodes) -> Reading | None:
    found = _VERB_THAN.match(text)
    if found is None:
        return None
    verb = {"does": "has", "do": "has", "did": "had"}[found["aux"]] if found["verb"] == "have" else found["verb"]
    suffix = _SUFFIX.search(found["right"])
    right = found["right"][:suffix.start()] if suffix else found["right"]
    measured = predicate_measure([verb, *tokens(found["degree"])], "", f"{found['left']}, {right}",
                                 suffix.group().strip() if suffix else "")
    return None if measured is None else _pair(measured[0], found["left"], right, measured[1], measured[2], nodes)


def _more_verb(text: str, nodes: Nodes) -> Reading | None:
    found = _MORE_VERB.match(text)
    if found is None or not is_verb(found["verb"]):
        return None
    suffix = f" {found['suffix']}" if found["suffix"] else ""
    noun = found["noun"]
    measure = Measure(f"How many {noun} {past_form(found['verb'])} {ENTITY}{suffix}?", f"{ENTITY} {noun}",
                      f"the number of {noun} of {ENTITY}")
    return _pair(measure, found["left"], found["right"], 1 if found["degree"] == "more" else -1,
                 f"{found['degree']} {noun}", nodes)


def _there(text: str, nodes: Nodes) -> Reading | None:
    found = _THERE.match(text)
    if found is None:
        return None
    words = tokens(found["noun"])
    verb = words[-1] if len(words) > 1 and is_verb(words[-1]) else ""
    noun = " ".join(words[:-1] if verb else words)
    middle = verb or "are there"
    measure = Measure(f"How many {noun} {middle} {found['prep']} {ENTITY}?", f"{ENTITY} {noun}",
                      f"the number of {noun} {found['prep']} {ENTITY}")
    return _pair(measure, found["left"], found["right"], 1 if found["degree"] == "more" else -1,
                 f"{found['degree']} {noun}", nodes)


def _by_time(text: str, nodes: Nodes) -> Reading | None:
    found = _BEFORE.match(text)
    if found is None or not (found["right"][0].isupper() or found["right"].startswith("the ")
                             or nodes.get(found["right"])):
        return None
    measure = year_did(found["verb"]) if found["aux"] == "did" else year_of(found["verb"])
    return _pair(measure, found["left"], found["right"], TIMES[found["when"]], f"{found['verb']} {found['when']}",
                 nodes)
