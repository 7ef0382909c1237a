"""From a calculation in words to an arithmetic expression."""

from __future__ import annotations

import re

from src.emulator.tasks.expressions.operations import (
    Term, added, average, change, changed, difference, divided, extreme, multiplied, part_of, percentage, plus, power,
    product, root, rounded, subtracted, swapped, years_between)
from src.emulator.tasks.expressions.quantities import best_quantity

_DEEPEST = 12
_LONGEST = 4_000
_MOST_SPLITS = 40
_MISSING = re.compile(
    r"does not tell|not (?:be )?found|could not|no (?:result|information|answer|data)|unknown|failed|not available|"
    r"does not (?:say|mention|hold|contain)|#E\d", re.IGNORECASE)
_LEADING = re.compile(
    r"^(?:(?:please|calculate|compute|work out|determine|find|evaluate|what (?:is|are|would be)|how (?:much|many|large"
    r"|big) "
    r"(?:is|are|make)|tell me|the (?:result|value) of)\b[ :,]*)+", re.IGNORECASE)
_UNFINISHED = re.compile(r"(?:the )?(?:sum|total|average|mean|difference|product|ratio|quotient) (?:of|between) ",
                         re.IGNORECASE)
_SYMBOLS = re.compile(r"[\d\s.,+*/^()%×÷·−-]+")


def expression(request: str) -> str | None:
    """The arithmetic expression that a request asks for; None where a number is missing, or the request is too long."""
    text = " ".join(request[:_LONGEST + 1].split())
    text = re.sub(r"([.!?])(?= and |, | as a | divided| from | to )", "", text).rstrip(" .?!")
    if len(text) > _LONGEST or _MISSING.search(text):
        return None
    found = parse(text)
    return None if found is None else found.text


def parse(text: str, depth: int = 0) -> Term | None:
    """A calculation in words as an expression; None where it is none."""
    text = _LEADING.sub("", text.strip(" ,:;")).strip(" ,:;")
    if depth > _DEEPEST or not text:
        return None
    for pattern, build in _PATTERNS:
        for found in _matches(pattern, text):
            term = build(found, lambda part: parse(part, depth + 1))
            if term is not None:
                return term
    if _SYMBOLS.fullmatch(text) and re.search(r"\d\s*[-+*/^×÷·−(]", text):
        return Term(text, 1)
    return _number(text)


def _matches(pattern: re.Pattern | tuple[re.Pattern, re.Pattern], text: str) -> list[tuple[str, ...]]:
    """The groups of a pattern; with a second pattern, which stands between two groups, one for each place of it."""
    if isinstance(pattern, re.Pattern):
        found = pattern.fullmatch(text)
        return [found.groups()] if found else []
    head, between = pattern
    start = head.match(text)
    if start is None:
        return []
    rest = text[start.end():]
    places = list(between.finditer(rest))[:_MOST_SPLITS]
    return [(rest[:place.start()], rest[place.end():]) for place in places]


def _number(text: str) -> Term | None:
    quantity = best_quantity(text)
    return None if quantity is None or _UNFINISHED.match(text) else Term(quantity.number, 3, quantity.unit,
                                                                         quantity.value)


def _p(pattern: str) -> re.Pattern:
    return re.compile(pattern, re.IGNORECASE)


_AND, _TO = _p(r",? and "), _p(r" to | and | by | over ")
_NUMBER_WORD = r"(?:one|two|three|four|five|six|\d+)"
_PATTERNS = (
    (_p(rf"(.+?),? (?:rounded )?(?:to|with) ({_NUMBER_WORD}) (?:decimals?|decimal places?|places|digits after the "
        rf"point)"), rounded),
    (_p(r"(.+?),? (?:rounded )?to the (nearest)? ?(?:whole number|integer|unit)"),
     lambda groups, read: rounded((groups[0], ""), read)),
    (_p(rf"round (.+) to ({_NUMBER_WORD}) (?:decimals?|decimal places?|places)"), rounded),
    (_p(r"(.+) (?:as|in) an? (?:percentage|share|percent|per cent|proportion) of (.+)"), percentage),
    (_p(r"(?:what|which) (?:percentage|percent|share) of (.+?) (?:is|are) (.+)"), swapped(percentage)),
    (_p(r"(?:the )?(?:percentage|share|percent) of (.+?) in (.+)"), percentage),
    (_p(r"(?:the )?(?:percentage |percent |relative )?(?:increase|growth|change|decrease|difference) (?:in percent "
        r")?from (.+) to (.+?)"
        r"(?: in percent| as a percentage)?"), change),
    (_p(r"(?:the )?(?:number of )?(?:full )?years? (?:that passed |that lie )?from (.+) (?:to|until) (.+)"),
     years_between),
    ((_p(r"(?:the )?(?:number of )?(?:full )?(?:years?|age|time)\b.*?between "), _AND), years_between),
    (_p(r"(?:by )?(?:what|which) percentage (?:is|are) (.+?) (?:larger|higher|more|greater|smaller|lower|longer"
        r"|less)\b.* than (.+)"),
     swapped(change)),
    (_p(r"how many times (?:as \w+ as )?(.+?) (?:is contained in|fits? (?:in)?to|goes into) (.+)"), swapped(divided)),
    (_p(r"how many times (?:is |as \w+ is |larger is |higher is )?(.+?) (?:as \w+ as|larger than|higher than|than|of"
        r"|as) (.+)"), divided),
    (_p(r"subtract (.+) from (.+)"), swapped(subtracted)), (_p(r"add (.+?) (?:to|and) (.+)"), plus),
    (_p(r"divide (.+) by (.+)"), divided), (_p(r"multiply (.+) (?:by|with|and) (.+)"), multiplied),
    ((_p(r"(?:the )?(?:absolute )?difference (?:in [\w ]{1,40}? )?(?:between|of) "), _AND), difference),
    (_p(r"(?:the )?(sum|total) (?:of|from) (.+)"), added), (_p(r"(?:the )?(average|mean) (?:of|from) (.+)"), average),
    (_p(r"(?:the )?(product) of (.+)"), product),
    (_p(r"(?:the )?(largest|greatest|highest|maximum|longest|smallest|lowest|minimum|shortest) of (.+)"), extreme),
    ((_p(r"(?:the )?(?:ratio|quotient) (?:of|between) "), _TO), divided),
    (_p(r"(.+?) (increased|raised|grown|reduced|decreased|lowered) by (.+)"), changed),
    (_p(r"(.+ (?:plus|\+) .+) (?:together|in total)"), lambda groups, read: parse(groups[0], read)),
    (_p(r"(.+?) plus (.+)"), plus), (_p(r"(.+) minus (.+)"), subtracted),
    (_p(r"(.+?) (?:times|multiplied by|multiplied with) (.+)"), multiplied),
    (_p(r"(.+) (?:divided by|per|over) (.+)"), divided),
    (_p(r"([\d.,]+ ?(?:%|percent|per cent)) (?:of|from) (.+)"), multiplied),
    (_p(r"((?:a |one )?(?:half|third|quarter|fifth)|twice|double|triple) (?:of |the )*(.+)"), part_of),
    (_p(r"(?:the )?square root (?:of|from) (.+)"), root), (_p(r"(.+?) (squared|cubed)"), power),
    (_p(r"(.+?) to the power of (.+)"), power), (_p(r"(.+?) to the (.+?) power"), power),
)
