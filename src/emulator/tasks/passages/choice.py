"""Which unit answers a question, if one does."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from src.emulator.tasks.judges.lexicon import opposites, verbs
from src.emulator.tasks.passages.columns import look_up
from src.emulator.tasks.passages.kinds import fitness
from src.emulator.tasks.passages.question import Question
from src.emulator.tasks.passages.units import Unit
from src.emulator.tasks.passages.words import beginnings, related, similar, term, terms

# How much a term counts by where it is found: in the unit, above it, in the sentence before, near by, in the same
# passage, or anywhere.
_OWN, _ABOVE, _BEFORE, _NEAR, _PASSAGE, _ANYWHERE = 1.0, 0.85, 0.7, 0.5, 0.35, 0.15
# A pair such as "Area | 88 km²" tells of what the document is about: of names in more than one passage.
_SUBJECT = 0.7
_REACH = 3
_WELL_COVERED = 0.6
_OWN_SHARE = 0.25
_LEAST_FITNESS = 0.25
# A verb or a light word that the passages do not have may have been said in another way.
_LEAST_OF_VERB = 3
_LOOKED_AT = 12
_SHARE_OF_FITNESS = 0.35
_BONUS_OF_DEFINITION = 0.35
# What a yes or no rests on says most of the question itself.
_LEAST_OWN_OF_DECISION = 0.6
_MALUS_OF_ECHO = 0.5
_MALUS_OF_OPPOSITE = 0.4
_LENGTH_FREE = 40
_RELATED = 0.7
_MALUS_WITHOUT_RELATION = 0.3
_ALLOWED = term("allowed")
_PERMISSION = re.compile(r"\b(?:may|must|can|cannot|forbidden|prohibited|banned|permitted|only|welcome|not)\b",
                         re.IGNORECASE)
_PRONOUN = re.compile(r"(?:He|She|It|They|His|Her|Its|Their)\b")
_LIGHT_WEIGHT = 0.3
_DOUBT_OF_ANOTHER_ROW = 0.25
_DOUBT_OF_UNKNOWN = 0.4
_DOUBT_OF_PART = 0.15
_ORDERS = re.compile(r"\b(?:ignore|disregard|forget|override)\b.{0,60}\b(?:instructions?|prompts?|rules above"
                     r"|system)\b",
                     re.IGNORECASE)


@dataclass(frozen=True)
class Candidate:
    """A unit with how much of the question it covers, fits it in kind, and both together."""

    unit: Unit
    index: int
    coverage: float
    fitness: float
    score: float


def best(question: Question, units: Sequence[Unit]) -> Candidate | None:
    """The unit that answers the question; None where none does well enough."""
    weights = _weights(question, units)
    total = sum(weights.values())
    if not total:
        return None
    known = _Known(units)
    if any(known.anywhere(word) < 1 for word in question.numbers | question.names):
        return None
    covered = sorted(((_coverage(question, weights, total, units, index, known), index) for index in range(len(units))),
                     key=lambda pair: (-pair[0][0], pair[1]))
    found = [_candidate(question, units[index], index, *coverage, known) for coverage, index in covered[:_LOOKED_AT]
             if not _ORDERS.search(units[index].text)]
    fit = [one for one in found if one.coverage >= _WELL_COVERED and one.fitness >= _LEAST_FITNESS]
    return max(fit, key=lambda one: (one.score, -one.index), default=None)


class _Known:
    """All terms of the units, and those of each passage by its index."""

    def __init__(self, units: Sequence[Unit]):
        self.passages: dict[int, set[str]] = {}
        for unit in units:
            self.passages.setdefault(unit.passage, set()).update(unit.own, unit.above)
        self._units = units
        self.terms = frozenset().union(*(unit.own | unit.above for unit in units))
        self._beginnings = beginnings(self.terms)
        in_passages = Counter(word for words in self.passages.values() for word in words)
        self.subjects = frozenset(word for word, number in in_passages.items() if number > 1)
        self.in_rows = frozenset().union(*(unit.own for unit in units if unit.cells))

    def near(self, index: int) -> list[Unit]:
        """The units around one, in the same passage."""
        passage = self._units[index].passage
        around = self._units[max(0, index - _REACH):index + _REACH + 1]
        return [unit for unit in around if unit.passage == passage]

    def anywhere(self, word: str) -> float:
        """How far a term is anywhere in the passages."""
        return similar(word, self.terms, self._beginnings)


def _weights(question: Question, units: Sequence[Unit]) -> dict[str, float]:
    """The terms' weights, with how rare each is in the units."""
    frequency = Counter(word for unit in units for word in unit.own if word in question.terms)
    number = len(units) + 1
    return {word: weight * math.log(1 + number / max(frequency[word] + 0.5, 0 if weight >= 1 else _LEAST_OF_VERB))
            for word, weight in question.terms.items()}


def _itself(question: Question, word: str, unit: Unit) -> float:
    """How far a unit has a term of the question itself, or says in other words what it stands for."""
    found = similar(word, unit.own, unit.own_beginnings)
    if not found and not unit.own.isdisjoint(related().get(word, ())):
        found = _RELATED
    if not found and question.kind == "yes/no" and word == _ALLOWED and _PERMISSION.search(unit.text):
        found = 1.0
    return found


def _coverage(question: Question, weights: dict[str, float], total: float, units: Sequence[Unit], index: int,
              known: _Known) -> tuple[float, float]:
    """The share of the question's weight that a unit has with what is around it, and the share that it has itself."""
    unit = units[index]
    near = known.near(index)
    share = own = 0.0
    above = unit.above | _explained(question, unit)
    is_pair = len(unit.cells) == 2 and not unit.header
    for word, weight in weights.items():
        itself = _itself(question, word, unit)
        own += weight * itself
        around = _ABOVE if word in above else _BEFORE if word in unit.previous else _NEAR if any(
            word in other.own or word in other.above for other in near) else _PASSAGE if (
                word in known.passages[unit.passage]) else _ANYWHERE * known.anywhere(word)
        if is_pair and word in known.subjects:
            around = max(around, _SUBJECT)
        share += weight * max(_OWN * itself, around)
    return share / total, own / total


def _explained(question: Question, unit: Unit) -> set[str]:
    """The verbs and light words of a question that the name of a row's column stands for: "teaches" for "Led by"."""
    if len(unit.cells) < 2 or look_up(question, unit).fitness < 1:
        return set()
    return {word for word, weight in question.terms.items() if weight < 1 or word in question.relation}


def _candidate(question: Question, unit: Unit, index: int, coverage: float, own: float, known: _Known) -> Candidate:
    fit = fitness(question, unit)
    if len(unit.cells) > 1:
        coverage -= _doubt_of_row(question, unit, known)
    elif question.relation and not _relates(question, unit):
        coverage -= _MALUS_WITHOUT_RELATION
    score = coverage + 0.15 * own + _SHARE_OF_FITNESS * fit
    goes_on = _PRONOUN.match(unit.text) and any(word in unit.previous for word in question.terms)
    if own < _OWN_SHARE and not goes_on and not (question.defined and unit.above >= set(question.defined)):
        score -= 0.3
    if question.kind == "yes/no":
        coverage = min(coverage, _WELL_COVERED + own - _LEAST_OWN_OF_DECISION)
    elif _is_opposed(question, unit):
        coverage -= _MALUS_OF_OPPOSITE
    elif not unit.own - question.terms.keys():
        score -= _MALUS_OF_ECHO
    if question.defined:
        score += _BONUS_OF_DEFINITION * _defines(question, unit)
    return Candidate(unit, index, coverage, fit, score - 0.002 * max(0, len(unit.own) - _LENGTH_FREE))


def _doubt_of_row(question: Question, unit: Unit, known: _Known) -> float:
    """How much speaks against a row: it isn't the one that the question names, or the question has more to it."""
    around = unit.own | unit.above
    key = [word for word, weight in question.terms.items() if weight > _LIGHT_WEIGHT and word in unit.own]
    doubt = 0.0 if key or not unit.header else 1.0
    starts = unit.own_beginnings | beginnings(unit.above)
    for word, weight in question.terms.items():
        if weight > _LIGHT_WEIGHT and not similar(word, around, starts):
            if word in known.in_rows:
                doubt += _DOUBT_OF_ANOTHER_ROW
            elif weight >= 1 and word not in verbs() and not known.anywhere(word):
                doubt += _DOUBT_OF_UNKNOWN
    first = set(terms(unit.cells[0]))
    missed = len(first - question.terms.keys()) / len(first) if first and unit.header else 0.0
    return doubt + _DOUBT_OF_PART * missed


def _relates(question: Question, unit: Unit) -> bool:
    """Whether a unit says what the question asks of its subject: "leads" in "Who leads the choir?"."""
    words = unit.own | unit.above | (unit.previous if _PRONOUN.match(unit.text) else frozenset())
    starts = beginnings(words)
    return any(similar(word, words, starts) or not words.isdisjoint(related().get(word, ()))
               for word in question.relation)


def _is_opposed(question: Question, unit: Unit) -> bool:
    """Whether a unit has a word's opposite and not the word: "opens" where the question is when it closes."""
    missing = question.terms.keys() - unit.own - unit.above
    said = unit.own - question.terms.keys()
    return any(not said.isdisjoint(opposites().get(word, ())) for word in missing)


def _defines(question: Question, unit: Unit) -> float:
    """Whether a unit explains a term: it begins with it and a verb of being, or it is the first under its heading."""
    thing = set(question.defined)
    if thing <= unit.above and len(unit.above) <= len(thing) + 4 and not unit.before:
        return 1.0
    start = " ".join(unit.text.split()[:len(question.defined) + 5]).lower()
    from_terms = thing <= set(unit.own)
    return 0.8 if from_terms and re.search(r"\b(?:is|are|means?|refers? to|was|were|called)\b|[-–—:]\s", start) else 0.0
