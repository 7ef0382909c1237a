"""Names that are known as a whole: organisations, places, and what looks like a name of one and isn't."""

from __future__ import annotations

import re
from functools import cache

from src.emulator.tasks.entities import gazetteers
from src.emulator.tasks.entities.gazetteers import words

ORGANISATION, LOCATION, OTHER = "organisation", "location", "other"
# Capitals of this length are more likely an acronym than a name that is shouted.
_LONGEST_ACRONYM = 4
_START = re.compile(r"\w*")


@cache
def _labels() -> dict[str, str]:
    """Known names, with straight apostrophes, by what they name."""
    names = dict.fromkeys(words("not_organisations"), OTHER) | dict.fromkeys(gazetteers.places(), LOCATION)
    names |= {**dict.fromkeys(words("organisations"), ORGANISATION), **dict.fromkeys(words("countries"), LOCATION)}
    return {name.replace("’", "'"): label for name, label in names.items()}


@cache
def _lengths_by_start() -> dict[str, tuple[int, ...]]:
    """The lengths of the known names in characters, the longest first, by the letters and digits they start with."""
    lengths: dict[str, tuple[int, ...]] = {}
    start_of = _START.match
    for start, length in sorted({(start_of(name).group(), -len(name)) for name in _labels()}):
        lengths[start] = (*lengths.get(start, ()), -length)
    return lengths


def known(phrase: str) -> str:
    """What a phrase is known to name: "organisation", "location" or "other"; "" where it isn't known."""
    labels = _labels()
    label = labels.get(phrase)
    if label is None and len(phrase) > _LONGEST_ACRONYM and phrase.isupper():
        label = labels.get(phrase.title())
    return label or ""


def lengths(word: str) -> tuple[int, ...]:
    """The lengths in characters that known names have which begin like a word, the longest first."""
    start = _START.match(word).group()
    by_start = _lengths_by_start()
    found = by_start.get(start, ())
    if len(start) > 1 and start.isupper():
        found = tuple(sorted({*found, *by_start.get(start.title(), ())}, reverse=True))
    return found
