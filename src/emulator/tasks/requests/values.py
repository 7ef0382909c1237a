"""The value that a sentence gives: a year, or a number with its unit."""

from __future__ import annotations

import re

from src.emulator.tasks.expressions.quantities import Quantity, quantities
from src.emulator.tasks.passages.words import beginnings, similar, term, terms
from src.emulator.tasks.planning.grammar import is_verb
from src.emulator.tasks.requests.synonyms import phrases
from src.emulator.tasks.requests.wanted import Wanted

_MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_DATE = re.compile(rf"\b(?:\d{{1,2}} {_MONTH} \d{{3,4}}|{_MONTH} \d{{1,2}}, \d{{4}}|{_MONTH} \d{{4}})\b"
                   rf"|(?<![\d.,-])[1-9]\d{{2,3}}(?![\d,.]*\d)(?! ?(?:%|(?!this\b)[a-z]{3,}s\b))")
_MONEYLIKE = re.compile(r"crowns?|dollars?|euros?|pounds?|francs?|yen|krone[rn]?|kronor|cents?|[€$£¥]|\w{3,12}s?",
                        re.IGNORECASE)
_NOT_MONEY = re.compile(r"(?:kilo|centi)?met(?:re|er)s?|years?|people|percent|hours?|minutes?|days?|inhabitants|%"
                        r"|square \w+|tonnes", re.IGNORECASE)
_EACH = frozenset(("for", "per", "each", "every", "than"))
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")


def year(text: str, wanted: Wanted) -> tuple[str, float] | None:
    """The date or year of a sentence that stands nearest to what is asked about, after it if it can be."""
    keys = _places(text, _all_forms(wanted))
    found = [(match.group(), match.start()) for match in _DATE.finditer(text)
             if match.group() not in wanted.years and not _is_count(text, match.end())]
    if not found:
        return None
    value, start = min(found, key=lambda one: _distance(one[1], keys))
    wants_year = re.match(r"(?:in )?(?:which|what) year|in which year", wanted.text, re.IGNORECASE)
    if wants_year and len(value) > 4:
        value = value.split(" ")[-1]
    return value, _closeness(start, keys)


def _all_forms(wanted: Wanted) -> tuple[str, ...]:
    return tuple(form for forms in wanted.forms.values() for form in forms)


def _is_count(text: str, end: int) -> bool:
    following = _WORD.match(text, end + 1)
    return following is not None and following.group().lower() in ("metres", "kilometres", "people", "inhabitants",
                                                                   "crowns",
                                                                   "members", "employees", "steps", "tonnes", "seats")


def number(text: str, wanted: Wanted) -> tuple[str, float] | None:
    """The number of a sentence with the unit that is wanted, as it is written."""
    keys = _places(text, (*_all_forms(wanted), *wanted.alike))
    best: tuple[float, str] | None = None
    for quantity in quantities(text):
        if quantity.is_year or quantity.number in wanted.years or _named(text, quantity, wanted):
            continue
        fit, shown = _unit_fit(text, quantity, wanted)
        score = fit + 0.4 * _closeness(quantity.start, keys)
        if fit > 0 and (best is None or score > best[0]):
            best = score, shown
    return None if best is None else (best[1], min(best[0], 1.4) / 1.4)


def _named(text: str, quantity: Quantity, wanted: Wanted) -> bool:
    """Whether a number belongs to a name that the request knows."""
    return any(quantity.text in span for span in wanted.spans)


def _unit_fit(text: str, quantity: Quantity, wanted: Wanted) -> tuple[float, str]:
    """How well a number's unit fits, and the number with it."""
    after = text[quantity.end:quantity.end + 60]
    unit = quantity.unit
    shown = quantity.text
    if quantity.unit and quantity.unit != "%" and is_verb(quantity.unit.lower()) and not re.fullmatch(r"\w+s",
                                                                                                      quantity.unit):
        shown = quantity.number
    if not wanted.unit:
        return (0.7 if unit else 0.6), shown
    if wanted.unit == "money":
        in_digits = quantity.text.strip("€$£¥US ")[:1].isdigit()
        good = bool(unit) and in_digits and _MONEYLIKE.fullmatch(unit) and not _NOT_MONEY.fullmatch(unit)
        return (1.0, shown) if good else (0.0, "")
    if unit and re.fullmatch(wanted.unit, unit, re.IGNORECASE) or unit and wanted.unit.isalpha() and term(
            unit.lower()) == term(wanted.unit.lower()):
        return 1.0, shown
    near = [word.lower() for word in _WORD.findall(after)][:3]
    if near[:1] and near[0] in _EACH and near[1:2] and near[1] in _EACH:
        return 0.0, ""
    near = near[:next((count for count, word in enumerate(near) if word in _EACH), len(near))]
    for count, word in enumerate([unit.lower(), *near] if unit else near):
        if re.fullmatch(wanted.unit, word, re.IGNORECASE) or wanted.unit.isalpha() and term(word) == term(wanted.unit):
            between = ([unit] if unit else []) + _WORD.findall(after)[:count + (not unit)]
            return 0.95 - 0.1 * count, f"{quantity.text} {' '.join(between[bool(unit):])}".strip()
    if _measured(unit) or unit == "%":
        return 0.0, ""
    bare = shown if not unit or unit[0].islower() else quantity.text
    if set(terms(text)) & {*_all_forms(wanted), *wanted.alike}:
        return (0.85 if not unit else 0.5), bare
    return (0.45, bare) if wanted.unit.isalpha() else (0.0, "")


def _measured(unit: str) -> bool:
    return bool(_NOT_MONEY.fullmatch(unit)) if unit else False


def _places(text: str, attributes: tuple[str, ...]) -> list[tuple[int, int]]:
    """Where the words stand that tell what is asked about."""
    found = []
    for match in _WORD.finditer(text):
        meaning = term(match.group().lower())
        if any(similar(attribute, frozenset((meaning,)), beginnings((meaning,))) for attribute in attributes):
            found.append((match.start(), match.end()))
    found += [(begin, end) for meaning, begin, end in phrases(text) if meaning in attributes]
    return found


def _distance(start: int, keys: list[tuple[int, int]]) -> float:
    return min((start - end if start >= end else 1.6 * (begin - start) + 20 for begin, end in keys), default=200.0)


def _closeness(start: int, keys: list[tuple[int, int]]) -> float:
    return max(0.0, 1 - _distance(start, keys) / 120) if keys else 0.0
