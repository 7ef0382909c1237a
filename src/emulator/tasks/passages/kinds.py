"""Whether a sentence or a row has what a question asks for: a name, a time, a number with a fitting unit, a reason."""

from __future__ import annotations

import re
from functools import lru_cache

from src.emulator.tasks.entities import job_heads, names
from src.emulator.tasks.judges.claims import NUMBER_WORDS
from src.emulator.tasks.passages.columns import look_up
from src.emulator.tasks.passages.question import Question
from src.emulator.tasks.passages.units import Unit
from src.emulator.tasks.passages.words import NOT_CONTENT, related, term, terms

_NUMBER = (r"(?:\d+(?:[.,:]\d+)*|" + "|".join(NUMBER_WORDS) + r"|one|half|dozen|hundred|thousand|million|a|an|several)")
_DURATION = re.compile(
    rf"\b{_NUMBER}(?:[\s-]+\w+)?[\s-]+(?:second|minute|hour|day|night|week|month|year|decade|centur|quarter|term"
    r"|semester)|\b(?:overnight|forever|indefinitely|permanently|lifelong|until|all day|throughout)\b", re.IGNORECASE)
_TIME = re.compile(
    r"\b(?:1[0-9]|20|21)\d\d\b|\b\d{1,2}[:.]\d\d\b|\b\d{1,2}\s?[ap]\.?m\b|\bo['’]clock\b"
    r"|\b(?:January|February|March|April|May|June|July|August|September|October|November|December)\b"
    r"|\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b"
    r"|\b(?:noon|midnight|midday|daily|weekdays?|weekends?|spring|summer|autumn|winter|morning|afternoon|evening|night"
    r"|dawn|dusk|sunrise|sunset|today|tomorrow|yesterday|century|immediately|when|once|after|before|as soon as|until"
    r"|during|whenever|at the (?:end|beginning|start)|while|every (?:day|week|month|year|hour))\b", re.IGNORECASE)
_EXACT_TIME = re.compile(
    r"\b(?:at|by|until|till|from|before|after|to) (?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b|"
    r"\b(?:1[0-9]|20|21)\d\d\b|\b\d{1,2}[:.]\d\d\b|\b\d{1,2}\s?[ap]\.?m\b|(?-i:\b(?:January|February|March|April|May"
    r"|June|July|August|September|October|November|December)\b)|\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b",
    re.IGNORECASE)
_FREQUENCY = re.compile(
    r"\b(?:every|each|once|twice|daily|weekly|fortnightly|monthly|quarterly|yearly|annually|annual|hourly|always|never"
    r"|rarely|regularly|times (?:an?|per)|per (?:day|week|month|year|hour)|whenever)\b", re.IGNORECASE)
_MONEY = re.compile(
    r"[€$£¥]\s?\d|\d\s?[€£$]|\b(?:(?:is|are|for|enter|ride|travel|admitted|entry|admission|entrance) free"
    r"|free (?:of charge|entry|admission)|gratis|unpaid"
    r"|no (?:charge|fees?|costs?)|costs? nothing|(?:for|pays?|paid) nothing|without charge)\b|^free$"
    r"|\d(?:[\d.,]*)\s?(?:euros?|dollars?|pounds?|cents?|pence|francs?|EUR|USD|GBP|CHF|crowns?|kron\w+|yen)",
    re.IGNORECASE)
_ANY_NUMBER = re.compile(rf"(?<![\w.-])(?:\d[\d.,:]*|{'|'.join(NUMBER_WORDS)}|one|half|both|third|quarter|dozens?"
                         r"|hundreds?|thousands?|majority|all|none|no|single|several|unlimited)\b", re.IGNORECASE)
_REASON = re.compile(
    r"\b(?:because|since|so that|due to|owing to|in order to|as a result|therefore|thus|hence|reasons?|purpose|caused?"
    r"|to (?:avoid|prevent|protect|keep|make|allow|let|help|ensure|save|reduce|give|provide|be|get|spare)"
    r"|otherwise|so (?:they|it|he|she|you|we|the)|as (?:it|they|the|he|she)|for (?:the sake|fear)|thanks to"
    r"|which is why)\b",
    re.IGNORECASE)
_PLACE = re.compile(
    r"\b(?:in|at|on|near|under|behind|beside|opposite|outside|inside|next to|above|below|between|from|to|into|onto"
    r"|along"
    r"|around|through|within|via)\s+(?:the\s+|an?\s+|our\s+|its\s+|this\s+|each\s+)?[\w\"“'‘]", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}\.\w")
_CAPITALISED = re.compile(r"(?<![.!?:]\s)(?<!^)\b[A-Z][\w'’-]+|^[A-Z][\w'’-]+(?=\s+[A-Z])")
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_WORD = re.compile(r"[^\W\d_]+")
_GROUPS = frozenset(
    "members member staff visitors residents guests customers owners users pupils students parents children adults "
    "committee board council team company developers developer person people anyone everyone nobody no-one voters "
    "citizens senate house congress government office department service agency university school town city "
    "village state county province church parish club society association foundation firm bank family king queen "
    "ministry cooperative museum union army navy crown heirs".split())
_PATTERNS = {"duration": _DURATION, "time": _TIME, "frequency": _FREQUENCY, "money": _MONEY, "number": _ANY_NUMBER,
             "reason": _REASON, "place": _PLACE, "email": _EMAIL}
_UNITS = {
    "far": r"km|kilomet\w+|met(?:er|re)s?|miles?|m|minutes?|hours?|yards?|feet|steps",
    "old": r"years?|months?|weeks?|days?|centur\w+|born|founded|built|age|aged|since|dates? (?:from|back)"
           rf"|(?:at least|over|under|above|below|be|turned|reached) {_NUMBER}",
    "tall": r"m|cm|met(?:er|re)s?|feet|inch\w*|centimet\w+|storeys", "heavy": r"kg|g|kilo\w*|grams?|t|tons?|tonnes"
            r"|pounds",
    "fast": r"km/h|mph|knots|kilomet\w+|miles|per|m/s|minutes?|seconds?|hours?",
    "hot": r"degrees?|°C?F?", "cold": r"degrees?|°C?F?", "warm": r"degrees?|°C?F?",
}
_UNITS |= dict.fromkeys(("big", "large", "small"), r"hectares?|ha|acres?|square|m²|km²|people|inhabitants|rooms?|seats?"
                        r"|members|employees|GB|MB|kB|" + _UNITS["tall"] + "|" + _UNITS["far"])
_UNITS |= dict.fromkeys(("high", "deep", "wide", "thick", "broad"), _UNITS["tall"])
_AREA = re.compile(r"\d\s?(?:hectares?|ha|acres?|square|m²|km²|sq)\b|\d\s?(?:m|km)²", re.IGNORECASE)
_HOW_LONG_IS = re.compile(r"\b[Hh]ow long (?:is|are|was|were) (?:the|its|their|an?|[A-Z])")
_LENGTH = re.compile(rf"\b\d[\d.,]*\s?(?:{_UNITS['tall']}|km|kilomet\w+|miles|yards)\b")
_ADJECTIVE = re.compile(r"\bhow (\w+)", re.IGNORECASE)


def fitness(question: Question, unit: Unit) -> float:
    """How well a unit has the kind of thing that is asked for, beside what the question says itself: from 0 to 1."""
    if len(unit.cells) > 1 and question.kind != "yes/no":
        return look_up(question, unit).fitness
    judge = {"person": _person, "name": _name, "number": _counted, "amount": _amount}.get(question.kind)
    if judge is not None:
        return judge(question, unit)
    if question.kind == "time":
        return 1.0 if _has_new(_EXACT_TIME, question, unit.text) else 0.8 if _has_new(
            _TIME, question, unit.text) or _DURATION.search(unit.text) else 0.0
    if question.kind == "place":
        return 1.0 if _PLACE.search(unit.text) or unit.kind == "row" else 0.15
    if question.kind == "money" and unit.kind == "row":
        return 1.0 if any(character.isdigit() for character in unit.text) or _MONEY.search(unit.text) else 0.0
    if question.kind == "duration" and _HOW_LONG_IS.search(question.text) and _LENGTH.search(unit.text):
        return 0.9
    pattern = _PATTERNS.get(question.kind)
    if pattern is None:
        return 1.0
    if pattern.search(unit.text):
        return 1.0
    return 0.3 if question.kind == "reason" else 0.0


def _has_new(pattern: re.Pattern, question: Question, text: str) -> bool:
    return any(not set(terms(found.group())) & question.terms.keys() for found in pattern.finditer(text))


def _new(found: list[str], question: Question) -> list[str]:
    return [word for word in found if word.lower() not in NOT_CONTENT and term(word.lower()) not in question.terms]


@lru_cache(maxsize=1024)
def _named(text: str) -> tuple[tuple[str, str], ...]:
    """The names in a text with their labels."""
    found, _ = names.find(text, [])
    return tuple((name.label, text[name.start:name.end]) for name in found)


def _name(question: Question, unit: Unit) -> float:
    return 1.0 if _new(_CAPITALISED.findall(unit.text), question) else 0.2


def _person(question: Question, unit: Unit) -> float:
    text = unit.text
    for label, name in _named(text[:1000]):
        if label in ("person", "organisation") and not set(terms(name)) <= question.terms.keys():
            return 1.0
    capitals = _new(_CAPITALISED.findall(text), question)
    words = [word.lower() for word in _WORD.findall(text)]
    roles = [word for word in words if (word in _GROUPS or job_heads.is_head(word) or job_heads.is_head(word.title()))
             and term(word) not in question.terms]
    return 0.9 if roles else 0.8 if capitals else 0.15


def _counted(question: Question, unit: Unit) -> float:
    """Whether a number stands right before what is counted, or anywhere."""
    numbers = [found for found in _ANY_NUMBER.finditer(unit.text)
               if not set(terms(found.group())) & question.numbers and not _YEAR.fullmatch(found.group())]
    if not numbers:
        return 0.0
    if not question.counted or unit.cells:
        return 1.0 if any(found.group()[0].isdigit() for found in numbers) else 0.8
    head = question.counted[-1]
    heads = {head} | related().get(head, frozenset())
    for found in numbers:
        near = terms(unit.text[found.end():found.end() + 60])[:4]
        if heads & {*near, *terms(unit.text[max(0, found.start() - 30):found.start()])[-2:]}:
            return 1.0
    exact = any(found.group()[0].isdigit() or found.group().lower() in NUMBER_WORDS for found in numbers)
    return 0.55 if exact and heads & (unit.own | unit.above) else 0.2


def _amount(question: Question, unit: Unit) -> float:
    if not _ANY_NUMBER.search(unit.text):
        return 0.0
    adjective = _ADJECTIVE.search(question.text)
    wanted = _UNITS.get(adjective.group(1).lower()) if adjective else None
    if wanted is None:
        return 1.0 if _NUMBERED.search(unit.text) else 0.3
    if adjective.group(1).lower() in ("big", "large") and _AREA.search(unit.text):
        return 1.0
    best = 0.8 if adjective.group(1).lower() in ("big", "large") else 1.0
    return best if re.search(rf"(?:\b|(?<=\d)|(?=°))(?:{wanted})(?!\w)", unit.text, re.IGNORECASE) else 0.1


_NUMBERED = re.compile(rf"\b(?:\d|{'|'.join(NUMBER_WORDS)})")
