"""Which cells of a table's row a question asks for: by the names of the columns and by what the cells hold."""

from __future__ import annotations

import re
from dataclasses import dataclass

from src.emulator.tasks.entities import job_heads
from src.emulator.tasks.passages.question import Question
from src.emulator.tasks.passages.units import Unit
from src.emulator.tasks.passages.words import beginnings, similar, term, terms

# The columns that hold what a kind of question asks for, by words of their names.
_BY_KIND = {kind: re.compile(rf"\b(?:{words})\b|{more}", re.IGNORECASE) for kind, words, more in (
    ("money", r"prices?|costs?|fees?|fares?|charges?|rates?|tariffs?|rent|entry|entrance|admission|amount|euros?"
              r"|cents?|dollars?|pounds?|francs?|crowns?|salary|wages?|deposit", r"[€$£]"),
    ("duration", r"takes?|lasts?|length|duration|seconds?|minutes?|hours?|days?|weeks?|months?|period|time", r"$^"),
    ("time", r"when|dates?|days?|times?|years?|months?|hours?|weekdays?|begins?|starts?|ends?|since|until|from|open\w*"
             r"|clos\w+|built|founded|established|made|departs?|departures?|leaves?|arrives?|arrivals?|created|born"
             r"|died|term|deadline|due", r"$^"),
    ("person", r"who|names?|by|person|people|maker|founder|keeper|teacher|master|guide|contact", r"$^"),
    ("place", r"where|places?|locations?|rooms?|venues?|address\w*|towns?|city|cities|country|street|seat|hall"
              r"|at", r"$^"),
    ("email", r"e-?mail|address", r"$^"),
    ("frequency", r"how often|frequency|every|times|interval|per", r"$^"),
)}
_BY_ADJECTIVE = {adjective: re.compile(rf"\b(?:{words})\b", re.IGNORECASE) for adjectives, words in (
    ("tall high", "height|altitude|elevation|tall|high|above (?:the )?sea"), ("deep", "depth|deep"),
    ("long", "length|long|takes|lasts|duration"), ("wide broad thick", "width|wide|breadth|broad|diameter|thickness"),
    ("big large small", r"area|size|surface|hectares|ha|square|population|inhabitants|capacity|volume|dimensions?"
     r"|diameter|floor space"),
    ("heavy", "weight|mass|heavy"), ("fast", "speed|velocity|fast|knots"),
    ("old", "age|aged|old|since|founded|built|year|born|opened|established"),
    ("hot warm cold", "temperature|warm|cold|°C|degrees"), ("far", "distance|far|km|kilomet\\w+|miles"),
    ("strong", "strength|power|force"), ("much", "amount|quantity|total"),
) for adjective in adjectives.split()}
_PEOPLE = re.compile(r"\b(?:seats?|places?|persons?|guests?|people|capacity|inhabitants?|population|members?|beds?"
                     r"|visitors?|participants?)\b", re.IGNORECASE)
_COUNTED_PEOPLE = frozenset(term(word) for word in "people person guest visitor passenger participant".split())
_ADJECTIVE = re.compile(r"\bhow (\w+)", re.IGNORECASE)
_OF_NUMBERS = frozenset("money number amount duration".split())
_SUM = re.compile(r"[€$£¥]|\d[.,]\d\d(?!\d)|\d\s?(?:[a-z]+ )?(?:euros?|cents?|dollars?|pounds?|pence|francs?|crowns?"
                  r"|EUR|USD|GBP|CHF)\b", re.IGNORECASE)
_UNITS_OF_TIME = re.compile(r"\d\s*(?:h|min|s|hours?|minutes?|seconds?|days?|weeks?|months?|years?|evenings?|nights?"
                            r"|weekends?|terms?)\b", re.IGNORECASE)
_OTHER_WAY = {"from": "(?:to|for)", "to": "(?:from|leaves?|leaving)"}
_WITHOUT_NAME = frozenset(("", "money", "duration", "time", "place"))
_OF_KEYS = frozenset(("", "person", "place", "name"))
_FREE = re.compile(r"^(?:free|none|nothing|included|unlimited)\b", re.IGNORECASE)
_EMPTY = frozenset(("", "-", "–", "—", "none", "(none)", "n/a"))
_DIGIT = re.compile(r"\d")
_LEAST_EVIDENCE = 0.35
_AS_GOOD_AS_BEST = 0.85


@dataclass(frozen=True)
class Lookup:
    """What a row has for a question.

    Attributes:
        columns: the indexes of the cells that tell, the best first; empty where nothing points at one.
        fitness: from 0, the row has nothing of the kind, to 1, its column is named.
    """

    columns: tuple[int, ...]
    fitness: float


def look_up(question: Question, unit: Unit) -> Lookup:
    """The cells of a row that a question asks for."""
    names = unit.header if len(unit.header) == len(unit.cells) else ("", unit.cells[0]) if len(unit.cells) == 2 else ()
    if not names or unit.cells == unit.header:
        return Lookup((), 0.15)
    if _is_other_way(question, unit):
        return Lookup((), 0.0)
    possible = [index for index in range(len(names)) if _is_possible(question, unit, index)]
    named = _named_columns(question, unit, names, possible)
    if named:
        return Lookup(named, 1.0)
    if not unit.header or question.asked or question.kind not in _WITHOUT_NAME:
        return Lookup((), 0.0)
    if question.kind == "duration":
        possible = [index for index in possible if _UNITS_OF_TIME.search(unit.cells[index])]
    others = tuple(index for index in possible if index)
    return Lookup(others, 0.5 if others else 0.0)


def _named_columns(question: Question, unit: Unit, names: tuple[str, ...], possible: list[int]) -> tuple[int, ...]:
    """The columns that the question names or whose names tell that they hold what it asks for, the best first."""
    key = set(terms(unit.cells[0])) if unit.header else set()
    left = {word: weight for word, weight in question.terms.items() if word not in key}
    found: dict[int, tuple[float, frozenset[str]]] = {}
    for index in possible:
        hits, of_kind = _hits(left, names[index]), _of_kind(question, names[index])
        if question.kind == "person" and question.relation and not of_kind and not hits & set(question.relation):
            continue
        evidence = _named(hits, names[index], question) + of_kind
        if evidence >= _LEAST_EVIDENCE:
            found[index] = evidence, hits
    best, hits = max(found.values(), key=lambda pair: pair[0], default=(0.0, frozenset()))
    return tuple(index for index in sorted(found, key=lambda place: -found[place][0])
                 if found[index][0] >= _AS_GOOD_AS_BEST * best and not found[index][1] < hits)


def _is_other_way(question: Question, unit: Unit) -> bool:
    """Whether the columns "From" and "To" of a row have what the question has the other way round."""
    for name, cell in zip(unit.header, unit.cells, strict=False):
        other = _OTHER_WAY.get(name.lower())
        if other and re.search(rf"\b{other}\s+(?:the\s+)?{re.escape(cell)}\b", question.text, re.IGNORECASE):
            return True
    return False


def _is_possible(question: Question, unit: Unit, index: int) -> bool:
    """Whether a cell may be the answer: it has something new, of the kind that is asked for."""
    cell = unit.cells[index]
    is_key = not index and (not unit.header or question.kind not in _OF_KEYS)
    is_given = set(terms(cell)) <= question.terms.keys()
    return not is_key and not is_given and cell.lower() not in _EMPTY and _can_tell(question, unit, index)


def _hits(left: dict[str, float], name: str) -> frozenset[str]:
    """The terms of a column's name that the question has."""
    given = frozenset(left)
    starts = beginnings(given)
    return frozenset(word for word in terms(name) if similar(word, given, starts))


def _named(hits: frozenset[str], name: str, question: Question) -> float:
    """How far the question names a column: more with more of its words, and most where it is what is asked for."""
    if not hits:
        return 0.0
    wanted = {*question.asked, *question.counted}
    return 0.5 + 0.5 * len(hits) / len(set(terms(name))) + 0.25 * (len(hits) - 1) + 0.3 * bool(wanted & hits)


def _of_kind(question: Question, name: str) -> float:
    """How far a column is one of those that hold what the question's kind asks for."""
    adjective = _ADJECTIVE.search(question.text)
    by_adjective = _BY_ADJECTIVE.get(adjective.group(1).lower()) if adjective else None
    by_kind = _BY_KIND.get(question.kind)
    if by_adjective and by_adjective.search(name) or by_kind and by_kind.search(name):
        return 0.45
    if question.kind == "person" and any(map(job_heads.is_head, name.lower().split()[-1:])):
        return 0.45
    people = question.kind == "number" and set(question.counted) & _COUNTED_PEOPLE
    return 0.45 if people and _PEOPLE.search(name) else 0.0


def _can_tell(question: Question, unit: Unit, index: int) -> bool:
    """Whether a cell can hold what is asked for: a number where one is, none where a person is."""
    cell = unit.cells[index]
    if question.kind == "money":
        around = f"{unit.header[index] if unit.header else unit.cells[0]} {unit.caption}"
        has_sum = _DIGIT.search(cell) and (_SUM.search(cell) or _BY_KIND["money"].search(around))
        return bool(has_sum or _FREE.search(cell))
    if question.kind in _OF_NUMBERS:
        return bool(_DIGIT.search(cell) or _FREE.search(cell))
    if question.kind == "person":
        return not _DIGIT.search(cell) and any(character.isalpha() for character in cell)
    return question.kind != "email" or "@" in cell
