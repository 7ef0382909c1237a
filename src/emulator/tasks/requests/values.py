"""The value that a sentence gives: a year, a number with its unit, a name."""

from __future__ import annotations

import re

from src.emulator.tasks.expressions.quantities import Quantity, quantities
from src.emulator.tasks.passages.words import NOT_CONTENT, beginnings, similar, term, terms
from src.emulator.tasks.planning.grammar import FUNCTION_WORDS, is_verb
from src.emulator.tasks.planning.phrases import is_name, joined, name_end, tokens
from src.emulator.tasks.requests.wanted import Wanted

_MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_DATE = re.compile(rf"\b(?:\d{{1,2}} {_MONTH} \d{{3,4}}|{_MONTH} \d{{1,2}}, \d{{4}}|{_MONTH} \d{{4}})\b|(?<![\d.,-])[1-9]\d{{2,3}}(?![\d,.]*\d)(?! ?(?:%|[a-z]+s\b))")
_MONEYLIKE = re.compile(r"crowns?|dollars?|euros?|pounds?|francs?|yen|krone[rn]?|kronor|cents?|[€$£¥]|\w{3,12}s?", re.IGNORECASE)
_NOT_MONEY = re.compile(r"(?:kilo|centi)?met(?:re|er)s?|years?|people|percent|hours?|minutes?|days?|inhabitants|%|square \w+|tonnes", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_FAR = 25


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
    return following is not None and following.group().lower() in ("metres", "kilometres", "people", "inhabitants", "crowns",
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
    if quantity.unit and quantity.unit != "%" and is_verb(quantity.unit.lower()) and not re.fullmatch(r"\w+s", quantity.unit):
        shown = quantity.number
    if not wanted.unit:
        return (0.7 if unit else 0.6), shown
    if wanted.unit == "money":
        good = bool(unit) and _MONEYLIKE.fullmatch(unit) and not _NOT_MONEY.fullmatch(unit)
        return (1.0, shown) if good else (0.0, "")
    if unit and re.fullmatch(wanted.unit, unit, re.IGNORECASE) or unit and wanted.unit.isalpha() and term(
            unit.lower()) == term(wanted.unit.lower()):
        return 1.0, shown
    near = [word.lower() for word in _WORD.findall(after)][:3]
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


def name(text: str, wanted: Wanted) -> tuple[str, float] | None:
    """The name in a sentence that the request asks for; after "is", an ordinary noun will do as well."""
    words = tokens(text)
    asked = {word for names in wanted.names for word in names}
    verbs = [place for place, word in enumerate(words) if word[0].isalpha() and not is_name(word) and _is_key(word, wanted)]
    candidates = _names(words, asked)
    if wanted.kind != "place":
        noun = _predicate(words, verbs, asked)
        if noun:
            return noun, 1.0
    if not candidates:
        return None
    scored = [(_name_score(words, begin, end, verbs, wanted), joined(words[begin:end])) for begin, end in candidates]
    score, best = max(scored, key=lambda one: one[0])
    return best.strip("\"“”.,;"), max(0.3, min(1.0, score / 3))


def _is_key(word: str, wanted: Wanted) -> bool:
    meaning = term(word.lower())
    forms = [form for attribute in wanted.attributes for form in wanted.forms[attribute]]
    return any(similar(form, frozenset((meaning,)), beginnings((meaning,))) > 0 for form in forms)


def _names(words: list[str], asked: set[str]) -> list[tuple[int, int]]:
    found = []
    place = 0
    while place < len(words):
        end = name_end(words, place)
        if end > place:
            ordinary = end == place + 1 and place == 0 and (words[0].lower() in FUNCTION_WORDS or words[0].lower() in NOT_CONTENT)
            own = set(terms(joined(words[place:end])))
            if not ordinary and own and not own <= asked:
                begin = place + (place == 0 and words[0].lower() in FUNCTION_WORDS)
                found.append((begin, end))
        place = max(end, place + 1)
    return _joined_names(words, found)


def _joined_names(words: list[str], found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Names with "and" between them are one answer."""
    merged: list[tuple[int, int]] = []
    for begin, end in found:
        if merged and merged[-1][1] == begin - 1 and words[begin - 1] == "and":
            merged[-1] = merged[-1][0], end
        else:
            merged.append((begin, end))
    return merged


def _predicate(words: list[str], keys: list[int], asked: set[str]) -> str:
    """"the capital of X is L", "the currency is the dorin": what stands behind "is"."""
    for key in keys:
        for place in range(key + 1, min(key + 8, len(words))):
            if words[place] in ("is", "was", "are", "were") and words[key + 1] in ("of", "is", "was", "are", "were", "in"):
                begin = place + 1
                end = name_end(words, begin) if begin < len(words) else begin
                if end == begin:
                    begin += words[begin:begin + 1] in (["the"], ["a"], ["an"], ["called"], ["named"])
                    end = name_end(words, begin)
                    while end < len(words) and words[end][0].isalnum() and words[end] not in FUNCTION_WORDS and end < begin + 3:
                        end += 1
                value = joined(words[begin:end])
                value = value.rstrip(".,;")
                if value and not set(terms(value)) <= asked and not is_verb(words[begin].lower()):
                    return value
            if words[place] in (",", ";"):
                break
    return ""


def _name_score(words: list[str], begin: int, end: int, keys: list[int], wanted: Wanted) -> float:
    """How likely a name is what is asked for, by where it stands to the words of the question."""
    before = words[begin - 1].lower() if begin else ""
    before = words[begin - 2].lower() if before == "the" and begin > 1 else before
    score = 1.5 * bool(wanted.class_noun and wanted.class_noun in (before, *[word.lower() for word in words[end - 1:end + 1]]))
    distance = min((key - end if key >= end else begin - key for key in keys), default=_FAR)
    score += 1.5 * max(0.0, 1 - distance / 15)
    if wanted.kind == "place":
        score += 1.5 * (before in ("in", "at", "on", "near", "to", "from", "through", "of"))
        score += 0.5 * any(key < begin for key in keys)
    else:
        follows = words[end] if end < len(words) else ""
        score += 1.5 * (before == "by" and any(key < begin for key in keys))
        score += 1.5 * (follows in ("is", "was", ",") or end in keys or is_verb(follows)) * (begin == 0 or end in keys)
        score += 0.5 * (before in ("is", "was", "called", "named", ",")) - 0.7 * (before in ("in", "at", "near", "on", "to"))
    return score


def _places(text: str, attributes: tuple[str, ...]) -> list[tuple[int, int]]:
    """Where the words stand that tell what is asked about."""
    found = []
    for match in _WORD.finditer(text):
        meaning = term(match.group().lower())
        if any(similar(attribute, frozenset((meaning,)), beginnings((meaning,))) for attribute in attributes):
            found.append((match.start(), match.end()))
    return found


def _distance(start: int, keys: list[tuple[int, int]]) -> float:
    return min((start - end if start >= end else 1.6 * (begin - start) + 20 for begin, end in keys), default=200.0)


def _closeness(start: int, keys: list[tuple[int, int]]) -> float:
    return max(0.0, 1 - _distance(start, keys) / 120) if keys else 0.0
