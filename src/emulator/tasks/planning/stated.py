"""Arithmetic that a question states itself, with numbers or with a fact: "What is 15 % of A's population?"."""

from __future__ import annotations

import re

from src.emulator.tasks.planning.predicates import one_entity
from src.emulator.tasks.planning.nodes import ENTITY, SLOT, Calculation, Measure, Nodes
from src.emulator.tasks.planning.phrases import entities, is_name, tokens
from src.emulator.tasks.planning.reading import NUMBER, Reading

_OF_FACT = re.compile(
    r"\b(?P<part>\d[\d.,]* ?(?:%|percent|per cent)|twice|double|triple|half|a (?:third|quarter|fifth|tenth|half)|one "
    r"(?:third|quarter|half|fifth|tenth)|(?:two|three) (?:thirds|quarters|fifths|tenths)|\d[\d.,]* times)(?: of| as "
    r"much as)?(?: the)? "
    r"(?P<fact>[\ue000-\ue3ff])")
_THEN = re.compile(
    r"(?P<fact>[\ue000-\ue3ff]) (?P<operation>(?:divided by|multiplied by|times|plus|minus|increased by|reduced by|"
    r"decreased by|rounded to) [\d.,]+.*)$")
_IF = re.compile(r"\bif (?P<fact>[\ue000-\ue3ff]) (?:grew|grows|rose|rises|increased|increases|were to (?:grow|rise)|"
                 r"(?P<down>fell|falls|shrank|shrinks|decreased|decreases|dropped|drops)) by (?P<by>\d[\d.,]* ?(?:%"
                 r"|percent|per cent))")
_COST = re.compile(
    r"^(?:how much|what) (?:do|does|would|will) (?P<count>\d[\d.,]*|two|three|four|five|six|seven|eight|nine|ten"
    r"|twelve) "
    r"(?P<noun>[a-z ]+?) (?P<prep>for|of|to|at|in|on) (?P<entity>.+?) cost(?: .*)?$")
_TRAVEL = re.compile(r"^how (?:long|many (?:hours|days|minutes)) (?:does|would|will|do) (?:it|you|one|a \w+) (?:take"
                     r"|need) to \w+ "
                     r"(?:along )?(?P<what>.+?) (?:at|with|going|covering) (?P<speed>(?:a speed of )?\d[\d.,]* ?.+)$")
_PARTS = {"half": "divided by 2", "third": "divided by 3", "quarter": "divided by 4", "fifth": "divided by 5", "tenth":
          "divided by 10"}
_MATHS = frozenset(
    "what is are the of a an how much many percent per cent times plus minus divided by multiplied sum difference "
    "product "
    "average mean square root squared cubed to power and as percentage from calculate compute result quotient between "
    "half "
    "twice double third quarter ratio does make rounded decimals decimal places two three one hundred thousand million "
    "billion round it share increase increased decreased reduced in total with if".split())


def read(text: str, nodes: Nodes) -> Reading | None:
    """The reading of a question that states a calculation; None for other questions."""
    return _of_fact(text, nodes) or _cost(text, nodes) or _travel(text, nodes) or _plain(text, nodes)


def _calculated(kind: str, fact: str, request: str, nodes: Nodes) -> Reading:
    slot = nodes.add(Calculation(kind, request, request))
    return Reading("arithmetic", (fact, slot), nodes)


def _of_fact(text: str, nodes: Nodes) -> Reading | None:
    found = _IF.search(text)
    if found:
        change = "reduced" if found["down"] else "increased"
        return _calculated("math", found["fact"], f"{found['fact']} {change} by {found['by']}", nodes)
    found = _THEN.search(text)
    if found:
        return _calculated("math", found["fact"], f"{found['fact']} {found['operation']}", nodes)
    found = _OF_FACT.search(text)
    if found is None:
        return None
    part, fact = found["part"], found["fact"]
    divided = next((operation for word, operation in _PARTS.items() if part.split(" ")[-1] == word), "")
    if divided:
        return _calculated("quotient", fact, f"{fact} {divided}", nodes)
    if part in ("twice", "double", "triple"):
        return _calculated("product", fact, f"{fact} times {3 if part == 'triple' else 2}", nodes)
    if part.endswith("times"):
        return _calculated("product", fact, f"{fact} times {part.removesuffix('times').strip()}", nodes)
    return _calculated("percentage", fact, f"{part} of {fact}", nodes)


def _cost(text: str, nodes: Nodes) -> Reading | None:
    found = _COST.match(text)
    if found is None:
        return None
    noun, entity = found["noun"], one_entity(found["entity"], nodes)
    one = noun[:-1] if noun.endswith("s") else noun
    article = "an" if one[0] in "aeiou" else "a"
    measure = Measure(f"How much does {article} {one} {found['prep']} {ENTITY} cost?", f"{ENTITY} {one} price",
                      f"the price of {article} {one} {found['prep']} {ENTITY}")
    fact = nodes.add(measure.of(entity))
    return _calculated("product", fact, f"{found['count']} times {fact}", nodes)


def _travel(text: str, nodes: Nodes) -> Reading | None:
    found = _TRAVEL.match(text)
    if found is None:
        return None
    fact = found["what"].strip()
    if nodes.get(fact) is None:
        measure = Measure(f"How long is {ENTITY}?", f"{ENTITY} length", f"the length of {ENTITY}")
        fact = nodes.add(measure.of(one_entity(fact, nodes)))
    speed = found["speed"].removeprefix("a speed of ")
    return _calculated("quotient", fact, f"{fact} divided by {speed}", nodes)


def _plain(text: str, nodes: Nodes) -> Reading | None:
    """A calculation with the question's own numbers alone."""
    words = tokens(text)
    numbers = NUMBER.findall(text)
    if not numbers or SLOT.search(text) or any(is_name(word) for word in words):
        return None
    others = [word for word in words if word[0].isalpha() and word not in _MATHS]
    if len(numbers) < 2 and others or entities(words, 0)[0] and len(numbers) < 2:
        return None
    request = re.sub(r"^(?:what (?:is|are)|how much (?:is|are)|calculate|compute) ", "", text)
    slot = nodes.add(Calculation("math", request, request))
    return Reading("arithmetic", (slot,), nodes)
