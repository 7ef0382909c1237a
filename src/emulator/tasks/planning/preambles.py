"""Questions that first tell what to take: "Take the exports of A in 2023 and those of B: what is the difference?"."""

from __future__ import annotations

import re

from src.emulator.tasks.planning.descriptions import reduce
from src.emulator.tasks.planning.grammar import is_plural, singular
from src.emulator.tasks.planning.measures import by_noun, counted
from src.emulator.tasks.planning.nodes import Calculation, Fact, Measure, Nodes
from src.emulator.tasks.planning.phrases import joined, tokens
from src.emulator.tasks.planning.reading import Reading, difference, total

_TAKEN = re.compile(r"^(?:take|consider|compare|given|using|use|look at) (?P<first>the .+?),? and "
                    r"(?P<second>(?:the|that|those) .+?) ?[:;,.–-] (?P<asked>(?:what|how|by how|which)\b.+)$",
                    re.IGNORECASE)
_MEASURED = re.compile(r"^(?:the )?(?:number of )?(?P<noun>[a-z]+(?: [a-z]+){0,2}?) (?:of|in|at) (?P<entity>.+?)"
                       r"(?: (?P<year>(?:in|for) \d{4}))?$")
_PERCENTAGE = re.compile(r"\b(?:percentage|percent|per cent|share|proportion|part|fraction) of (?P<whole>.+?) "
                         r"(?:is|are|was|were|does|do|did|has|have|lived?|lives|work(?:s|ed)?|comes?|belongs?)\b")
_DIFFERENCE = re.compile(r"\bdifference\b|\bhow (?:much|many) (?:more|less|fewer|[a-z]+er)\b|\bby how (?:much|many)\b")
_TOTAL = re.compile(r"\b(?:sum|total|together|altogether|combined)\b")
_AVERAGE = re.compile(r"\b(?:average|mean)\b")
_TIMES = re.compile(r"\bhow many times\b|\bratio\b")


def read(text: str, nodes: Nodes) -> Reading | None:
    """The reading of a question after two facts; None for other questions."""
    found = _TAKEN.match(text)
    first = _measured(found["first"], None) if found else None
    second = _measured(found["second"], first) if found and first else None
    if found is None or first is None or second is None:
        return None
    facts = [measure.of(joined(reduce(tokens(entity), nodes))) for measure, entity, _ in (first, second)]
    asked = found["asked"].lower()
    share = _PERCENTAGE.search(asked)
    if share:
        return _percentage(facts, (first[2], second[2]), share["whole"], nodes)
    return _calculated(facts, asked, nodes)


def _measured(text: str, before: tuple[Measure, str, str] | None) -> tuple[Measure, str, str] | None:
    """A measure, whose it is, and its noun; "those of B" has the noun of the one before."""
    found = _MEASURED.match(text)
    if found is None:
        return None
    noun = found["noun"]
    if noun in ("that", "those"):
        if before is None:
            return None
        noun = before[2]
    year = found["year"] or ""
    measure = counted(noun, "did", "have", year) if is_plural(noun) and year else by_noun(noun, year)
    return measure, found["entity"], noun


def _percentage(facts: list[Fact], nouns: tuple[str, str], whole: str, nodes: Nodes) -> Reading:
    """The one that the question names after "percentage of" is the whole; where both can be, the second."""
    named = {singular(word) for word in re.findall(r"[a-z]+", whole)}
    fits = [bool({singular(word) for word in noun.split()} & named) for noun in nouns]
    ordered = facts[::-1] if fits == [True, False] else facts
    part, all_of_it = (nodes.add(fact) for fact in ordered)
    text = f"{part} as a percentage of {all_of_it}"
    return Reading("percentage", (part, all_of_it, nodes.add(Calculation("percentage", text, text))), nodes,
                   entities=(part, all_of_it))


def _calculated(facts: list[Fact], asked: str, nodes: Nodes) -> Reading | None:
    first, second = (nodes.add(fact) for fact in facts)
    if _TIMES.search(asked):
        times = Calculation("quotient", f"{first} divided by {second}",
                            f"how many times {second} is contained in {first}")
        return Reading("ratio", (first, second, nodes.add(times)), nodes, entities=(first, second))
    if _DIFFERENCE.search(asked):
        return Reading("difference", (first, second, difference(first, second, nodes)), nodes,
                       entities=(first, second))
    for kind, pattern in (("average", _AVERAGE), ("sum", _TOTAL)):
        if pattern.search(asked):
            return Reading(kind, (first, second, total([first, second], kind, nodes)), nodes)
    return None
