"""From a question to its reading: descriptions first, then what is compared or calculated, else a fact."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from src.emulator.tasks.passages.units import sentences
from src.emulator.tasks.planning import comparisons, decisions, differences, preambles, shares, stated, times, totals
from src.emulator.tasks.planning.containment import by_way_of_its_place
from src.emulator.tasks.planning.descriptions import reduce
from src.emulator.tasks.planning.extraposition import together
from src.emulator.tasks.planning.predicates import is_value
from src.emulator.tasks.planning.grammar import (
    AUXILIARIES, FUNCTION_WORDS, is_verb, measure_noun, past_form, third_person)
from src.emulator.tasks.planning.nodes import PRIVATE, SLOT, Fact, Nodes
from src.emulator.tasks.planning.phrases import is_name, joined, leaf_end, name_end, tokens
from src.emulator.tasks.planning.reading import Reading, rounded, rounding

_MOST_WORDS = 150
_OPENERS = FUNCTION_WORDS | frozenset(
    "who what which when where why how by of on in at is are does did do was were has have if please tell calculate "
    "compute "
    "find give name compare express assuming together suppose".split())
_POLITE = re.compile(
    r"^(?:please |can you |could you |would you |i (?:would like|want|need) to know |tell me |find out |do you know "
    r"|say |"
    r"give me |find |name |let me know |i wonder )+", re.IGNORECASE)
_UNIT = re.compile(r", (?:measured |expressed |given )?in (?:million |billion |square |cubic )?[a-z]+s$")
_REFERENCE = re.compile(r"#(?=E\d)")
_NAMED = re.compile(r"^(?:what|who|which|where|how (?:much|large|big|high|long|great)) (?:is|are|was|were) "
                    r"(?P<slot>[\ue000-\ue3ff])$")
_SECOND = re.compile(r",? and (?=(?:who|what|when|where|how|why|in which|which|by whom)\b)")
_PRONOUN = re.compile(r"\b(?:it|he|she|they)\b")
_READERS: tuple[Callable[[str, Nodes], Reading | None], ...] = (
    stated.read, times.read, shares.read, differences.read, comparisons.choice, decisions.read, totals.read)


@lru_cache(maxsize=256)
def read(question: str) -> Reading:
    """The reading of a question, whatever it is: of a long one the last 150 words."""
    nodes = Nodes()
    text, wish = rounding(question[-12_000:])
    text = _question(text)
    words = tokens(text)[-_MOST_WORDS:]
    if words and words[0].lower() in _OPENERS:
        words[0] = words[0].lower()
    original = joined(words)
    if any(SLOT.match(word) for word in words) or not words:
        return _fact(original, nodes)
    try:
        return rounded(_read(words, nodes), wish)
    except OverflowError:
        return _fact(original, Nodes())


def _read(words: list[str], nodes: Nodes) -> Reading:
    taken = preambles.read(joined(words), nodes)
    if taken is not None:
        return taken
    text = joined(reduce(together(words), nodes))
    reading = next((found for found in (reader(text, nodes) for reader in _READERS) if found), None)
    if reading is not None:
        return reading
    second = _SECOND.search(text)
    if second and second.start():
        return _two(text[:second.start()], text[second.end():], nodes)
    return _fact(text, nodes)


def _two(first: str, second: str, nodes: Nodes) -> Reading:
    """Two questions in one: a pronoun in the second stands for the name in the first."""
    words = tokens(first)
    names = [joined(words[start:leaf_end(words, start)]) for start, word in enumerate(words)
             if (is_name(word) or word == "the") and leaf_end(words, start) == len(words)]
    names = names or _names(words)[0][-1:]
    if names:
        second = _PRONOUN.sub(lambda _: names[0], second, count=1)
    goals = [goal for part in (first, second) for goal in _fact(part, nodes).goals]
    return Reading("facts", tuple(goals), nodes)


def _question(text: str) -> str:
    """The question of a text in one line, without what would be taken for a reference, a slot or politeness."""
    text = " ".join(_REFERENCE.sub("", PRIVATE.sub("", text)).split())
    asked = [part for part in re.findall(r"[^?]+\?", text)]
    question = (sentences(asked[-1].strip()) or [text])[-1] if asked else text
    question = _UNIT.sub("", question.strip(" ?.!"))
    return _POLITE.sub("", question.strip(" ?.!")).strip(" ?.!")


def _fact(text: str, nodes: Nodes) -> Reading:
    """A question for one fact, with what it depends on."""
    named = _NAMED.match(text)
    node = nodes.get(named["slot"]) if named else None
    if isinstance(node, Fact) and (not text.startswith("how") or is_value(node)):
        usual = node.request.startswith(("Who", "What is", "How many", "Where")) and not text.startswith(("who",
                                                                                                          "where"))
        whole = replace(node, request=_sentence(f"{text[:-1]}{node.name}"))
        return Reading("fact", (nodes.add(node if usual else whole),), nodes)
    words = tokens(text)
    names, rest = _names(words)
    if len(words) > 2 and words[0] == "how" and measure_noun(words[1]):
        rest[:2] = [measure_noun(words[1])]
    fact = Fact(_sentence(text), joined([*names, *(word for word in rest if word not in _WEAK and word[0].isalnum())])
                or text,
                _indirect(words))
    return Reading("fact", (nodes.add(by_way_of_its_place(fact, nodes)),), nodes)


def _names(words: list[str]) -> tuple[list[str], list[str]]:
    """The names in a question, and its other words."""
    names, rest = [], []
    place = 0
    while place < len(words):
        end = name_end(words, place)
        if end > place:
            names.append(joined(words[place:end]))
        else:
            rest.append(words[place])
        place = max(end, place + 1)
    return names, rest


def _indirect(words: list[str]) -> str:
    """A question as it stands in a sentence: "how long the Danube is"."""
    place = next((count for count, word in enumerate(words[:8]) if count and word in AUXILIARIES), 0)
    end = leaf_end(words, place + 1) if place else 0
    if not place or end <= place + 1:
        return joined(words)
    auxiliary, subject, rest = words[place], words[place + 1:end], words[end:]
    if auxiliary in ("do", "does", "did") and len(subject) > 1 and not (rest and is_verb(rest[0])):
        subject, rest = subject[:-1], [subject[-1], *rest]
    if auxiliary in ("do", "does", "did"):
        base = rest[0] if rest else ""
        verb = base if auxiliary == "do" else third_person(base) if auxiliary == "does" and base else past_form(base)
        return joined([*words[:place], *subject, verb, *rest[1:]])
    return joined([*words[:place], *subject, auxiliary, *rest])


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "?"


_WEAK = frozenset("who what which when where why how is are was were does do did has have had the a an of in on at by "
                  "to "
                  "for and or there it its that this many much".split())
