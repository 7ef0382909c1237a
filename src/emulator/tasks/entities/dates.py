"""Calendar dates: a day, or a month with its year.

A weekday, a year or a month alone and words such as "yesterday" are not dates here: they don't say which day or month
it is without knowing when the text was written. A weekday in front of a date belongs to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from dateutil import parser

Span = tuple[int, int]

_MONTH = (r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
          r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)\b\.?)")
_WEEKDAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|(?:Mon|Tue|Tues|Wed|Thu|Thur|Thurs|Fri|Sat|Sun)\b\.?"
_DAY = r"(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?"
_ORDINAL = (r"(?:twenty-|thirty-)?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|tenth|eleventh|twelfth"
            r"|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth")
_YEAR = r"(?:1\d{3}|20\d{2}|21\d{2})\b(?!-)"
_SHORT_YEAR = rf"(?:{_YEAR}|'\d\d\b|’\d\d\b)"
_DATE = re.compile(
    rf"(?<![\w./-])(?:"
    rf"(?:(?:{_WEEKDAY}),?\s+)?(?:the\s+)?(?:{_DAY}|{_ORDINAL})(?:\s+of)?[\s-]{_MONTH}(?:(?:,?\s+|-"
    rf"|\s+of\s+){_SHORT_YEAR})?"
    rf"|(?:(?:{_WEEKDAY}),?\s+)?{_MONTH}\s+(?:the\s+)?(?:{_DAY}\b(?![:.,]\d)|{_ORDINAL})(?:,?\s+{_SHORT_YEAR})?"
    rf"|{_MONTH}(?:,|\s+of)?\s+{_YEAR}"
    rf"|(?:1[89]|20|21)\d\d[-/.](?:1[0-2]|0?[1-9])[-/.](?:3[01]|[12]\d|0?[1-9])(?=T\d|\b)"
    rf"|(?:3[01]|[12]\d|0?[1-9])(?P<mark>[-/.])(?:3[01]|[12]\d|0?[1-9])(?P=mark)(?:(?:1[89]|20|21)\d\d|\d\d)\b"
    rf")(?![\w/-]|\.\d|,\d)", re.IGNORECASE)
# Every date has a month's name with a capital, or two marks between digits: nothing else is looked at.
_HINT = re.compile(
    r"J(?:an|AN|u[nl]|U[NL])|F(?:eb|EB)|M(?:a[ry]|A[RY])|A(?:pr|PR|ug|UG)|S(?:ep|EP)|O(?:ct|CT)|N(?:ov|OV)|D(?:ec|EC)"
    r"|\d[-/.]\d{1,2}[-/.]\d")
# What is longest before a month is "Wednesday, the twenty-third of", and shorter after it.
_REACH = 40
_ISO_TIME = re.compile(r"T\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?")
_SPELLED_DAY = re.compile(rf"\b(?:{_ORDINAL})\b", re.IGNORECASE)
_FILLER = re.compile(rf"\b(?:the|of)\b|,|(?<=\d)(?:st|nd|rd|th)\b|\b(?:{_WEEKDAY})", re.IGNORECASE)
_HAS_MONTH_NAME = re.compile(_MONTH, re.IGNORECASE)


def dates(text: str) -> Iterator[Span]:
    """Where dates stand that exist in the calendar; "the" before a day doesn't belong to it."""
    passed = 0
    for hint in _HINT.finditer(text):
        if hint.start() < passed:
            continue
        for found in _DATE.finditer(text, max(passed, hint.start() - _REACH), hint.end() + _REACH):
            if found.start() > hint.end():
                break
            passed = found.end()
            written = found.group()
            if _is_capitalised(written) and _exists(written):
                yield found.start() + (4 if written[:4].lower() == "the " else 0), passed


def _is_capitalised(written: str) -> bool:
    """Whether a month's name starts with a capital, as "may 3" and "march 5" in the middle of a sentence don't."""
    month = _HAS_MONTH_NAME.search(written)
    return month is None or month.group()[0].isupper()


@lru_cache(maxsize=1024)
def _exists(written: str) -> bool:
    """Whether the calendar has the day: 31 February it hasn't; a 29 February without a year it has."""
    spoken = _SPELLED_DAY.sub("1", written)
    spoken = _FILLER.sub(" ", spoken).replace("-", " ").replace("'", "").replace("’", "")
    day_first = parser.parserinfo(dayfirst=True)
    for info in (None, day_first):
        try:
            parser.parse(spoken if _HAS_MONTH_NAME.search(written) else written, info, default=_LEAP_DAY)
        except (ValueError, OverflowError):
            continue
        return True
    return False


_LEAP_DAY = parser.parse("2024-01-01")
