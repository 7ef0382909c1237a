"""Sums and averages over several: "How many inhabitants do A, B and C have together?"."""

from __future__ import annotations

import re

from src.emulator.tasks.planning.comparisons import without_class
from src.emulator.tasks.planning.grammar import base_form
from src.emulator.tasks.planning.nodes import ENTITY, Fact, Group, Measure, Nodes
from src.emulator.tasks.planning.phrases import entities, joined, tokens
from src.emulator.tasks.planning.predicates import is_value
from src.emulator.tasks.planning.reading import Reading, total

_SUM = re.compile(r",? ?\b(?:together|in total|combined|altogether|in all|in sum|taken together|added up|put together"
                  r"|added "
                  r"together|jointly)\b,? ?")
_AVERAGE = re.compile(r",? ?\b(?:on average|on the average|in the mean)\b,? ?")
_NAMED = re.compile(r"\b(?:the )?(?P<total>sum|total|average|mean) of (?:the )?")
_MOST_WORDS = 3
_SINGULAR = {"do": "does", "are": "is", "were": "was", "have": "has"}


def read(text: str, nodes: Nodes) -> Reading | None:
    """The reading of a question for a sum or an average, or for one fact of several; None for other questions."""
    kind = "sum" if _SUM.search(text) else "average" if _AVERAGE.search(text) else ""
    text = _AVERAGE.sub(" ", _SUM.sub(" ", text)).strip(" ,")
    named = _NAMED.search(text)
    if named:
        kind = "sum" if named["total"] in ("sum", "total") else "average"
    words = tokens(text)
    names, start, end = _list(words, nodes)
    if len(names) < 2:
        return None
    values = [nodes.get(name) for name in names]
    groups = [node for node in (nodes.get(word) for word in words) if isinstance(node, Group)]
    kind = kind or (groups[0].total if groups else "") or _adjective(words)
    if _asks_for_values(words, start, end) and (words[0] != "how" or all(is_value(value) for value in values)):
        return _reading(kind, names, nodes) if all(isinstance(value, Fact) for value in values) else None
    if not kind and words[0] in ("who", "which", "where", "why"):
        return None
    measure = _measure([*words[:start], ENTITY, *words[end:]])
    goals = [nodes.add(measure.of(name)) for name in names]
    return _reading(kind, goals, nodes, tuple(names))


def _adjective(words: list[str]) -> str:
    return "sum" if {"total", "combined", "joint"} & set(words) else ""


def _reading(kind: str, goals: list[str], nodes: Nodes, names: tuple[str, ...] = ()) -> Reading:
    if not kind:
        return Reading("facts", tuple(goals), nodes, entities=names)
    return Reading(kind, (*goals, total(goals, kind, nodes)), nodes, entities=names)


def _list(words: list[str], nodes: Nodes) -> tuple[list[str], int, int]:
    """The names of the first list of a question, and where it begins and ends."""
    for start in range(len(words)):
        if start and words[start - 1] == "the":
            continue
        names, end = entities(words, start)
        members = [member for name in without_class(names) for member in nodes.members(name)]
        if len(members) > 1:
            return members, start, end
    return [], 0, 0


def _asks_for_values(words: list[str], start: int, end: int) -> bool:
    """Whether the question is for the members of its list themselves: "What is the sum of L?", "What is L?"."""
    before = " ".join(words[:start])
    return end == len(words) and (not before or re.fullmatch(
        r"(?:what|who|how (?:much|large|big|high|long)) (?:is|are|was|were|make|do|would be)"
        r"(?: (?:the )?(?:sum|total|average|mean|difference) (?:of|between))?(?: the)?", before) is not None)


def _measure(words: list[str]) -> Measure:
    """A question about one thing in the place of the list."""
    place = words.index(ENTITY)
    for count in range(max(0, place - _MOST_WORDS), place):
        words[count] = _SINGULAR.get(words[count], words[count])
    drop = {"the", "total", "combined", "joint", "sum", "average", "mean", "both"}
    if {"total", "combined", "joint", "average", "mean"} & set(words):
        words = [word for count, word in enumerate(words) if word not in drop or count == 0]
        place = words.index(ENTITY)
    if place == 0 and len(words) > 1:
        words = [ENTITY, base_form(words[1]), *words[2:]]
    request = joined(words)
    request = request[0].upper() + request[1:] + "?"
    query = joined([ENTITY, *(word for word in words if word not in _WEAK and word != ENTITY)])
    content = [word for word in words if word not in _WEAK and word != ENTITY]
    return Measure(request, query, f"the {' '.join(content)} of {ENTITY}" if content else f"the value of {ENTITY}")


_WEAK = frozenset("how many much long what which who is are was were does do did has have had in of the a an on at "
                  "there "
                  "to by it that when where year many will would".split())
