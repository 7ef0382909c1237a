"""Quantities in a text: numbers with their scales and units, and dates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from src.emulator.tasks.judges.claims import NUMBER_WORDS
from src.emulator.text import STOP_WORDS

SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "mn": 1e6, "bn": 1e9}
_WORDS = {word: digits for word, digits in NUMBER_WORDS.items() if word.isalpha()}
_QUANTITY = re.compile(
    r"(?<![\w.,])(?P<sign>[-−–](?=\d))?(?P<currency>(?:US)?[€$£¥])?\s?"
    rf"(?P<number>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?"
    rf"|\b(?:{'|'.join(sorted(_WORDS, key=len, reverse=True))})\b)"
    rf"(?P<scale>[ -](?:{'|'.join(SCALES)})s?\b)?(?P<percent>\s?(?:%|percent\b|per cent\b))?"
    r"(?P<unit>[ \u00a0-]?(?:(?:square|cubic)\s)?[a-zA-Z°][a-zA-Z²³°/]{0,24}\d?|\s?[€$£])?", re.IGNORECASE)
_MONTHS = ("january february march april may june july august september october november december").split()
_DATE = re.compile(
    rf"\b(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)? (?P<month>{'|'.join(_MONTHS)}),? (?P<year>\d{{3,4}})"
    rf"|(?P<month2>{'|'.join(_MONTHS)}) (?P<day2>\d{{1,2}})(?:st|nd|rd|th)?, (?P<year2>\d{{3,4}}))\b", re.IGNORECASE)
_YEAR = re.compile(r"(?<![\d.,])(?:[1-9]\d{2,3})(?![\d.,]*\d)")
_NO_UNITS = STOP_WORDS | frozenset("plus minus times divided multiplied per increased decreased reduced rounded "
                                   "squared cubed".split())
_LONGEST = 20_000


@dataclass(frozen=True)
class Quantity:
    """A number with its unit.

    Attributes:
        text: as it is written, with scale and unit.
        number: the number in plain digits with its scale: "91.2 thousand".
        value: its value, with the scale; of "15 %" it is 15.
        unit: the word behind it; empty where there is none.
        start: where it begins in the text.
        end: where it ends.
    """

    text: str
    number: str
    value: float
    unit: str
    start: int
    end: int

    @property
    def is_year(self) -> bool:
        """Whether it can be the number of a year."""
        is_bare = self.number.isdigit() and len(self.number) == 4 and self.text == self.number
        return is_bare and 1000 <= self.value <= 2100


def quantities(text: str) -> Iterator[Quantity]:
    """The quantities of a text in their order."""
    for found in _QUANTITY.finditer(text[:_LONGEST]):
        digits = _WORDS.get(found["number"].lower(), found["number"]).replace(",", "")
        if digits.count(".") > 1 or not digits.replace(".", "").isdigit():
            continue
        scale = (found["scale"] or "").strip(" -").lower().rstrip("s") if found["scale"] else ""
        unit, end = _unit(found)
        sign = "-" if found["sign"] else ""
        value = float(sign + digits) * SCALES.get(scale, 1)
        number = f"{sign}{digits}" + (f" {scale}" if scale else "") + ("%" if found["percent"] else "")
        start = found.start() + len(found.group()) - len(found.group().lstrip())
        yield Quantity(text[start:end].strip(), number, value, "%" if found["percent"] else unit, start, end)


def _unit(found: re.Match) -> tuple[str, int]:
    """The unit, and where the quantity ends with it."""
    before = found.start("unit") if found["unit"] else found.end()
    unit = (found["unit"] or "").strip(" -\u00a0")
    is_name = unit[:1].isupper() and unit.isalpha() and len(unit) > 3
    if found["percent"] or unit.lower() in _NO_UNITS or not unit or is_name:
        return found["currency"] or "", before
    return found["currency"] or unit, found.end()


def best_quantity(text: str) -> Quantity | None:
    """The quantity that a short text is about: no year where there is another number."""
    found = list(quantities(text))
    return next((one for one in found if not one.is_year), found[0] if found else None)


def date_of(text: str) -> tuple[int, int, int] | None:
    """Year, month and day of the date in a text, with zeros for what it does not tell."""
    found = _DATE.search(text[:_LONGEST])
    if found:
        month = (found["month"] or found["month2"]).lower()
        return int(found["year"] or found["year2"]), _MONTHS.index(month) + 1, int(found["day"] or found["day2"])
    year = _YEAR.search(text[:_LONGEST])
    return (int(year.group()), 0, 0) if year else None
