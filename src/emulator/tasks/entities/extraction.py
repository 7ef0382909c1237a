"""From a type of entity and a text to the entities, each once, in order of appearance."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable
from itertools import accumulate

from src.emulator.tasks.entities import contact, dates, gazetteers, names, quantities, types
from src.emulator.tasks.entities.names import Named
from src.emulator.tasks.entities.tokens import tokenise

Span = tuple[int, int]

# Two or more capitalised words, or one that doesn't start a sentence.
_PHRASE = re.compile(r"(?<!\w)(?:[A-Z][\w'’-]{0,40} ){1,5}[A-Z][\w'’-]{0,40}|(?<=[a-z,;] )[A-Z][\w'’-]{0,40}")
_BY_PATTERN: dict[str, Callable[[str], Iterable[Span]]] = {
    "email": contact.emails,
    "url": contact.urls,
    "phone": contact.phones,
    "date": dates.dates,
    "money": quantities.money,
    "percentage": quantities.percentages,
    "time": quantities.times,
}


def extract(entity_type: str, text: str) -> list[str]:
    """The entities of a type in a text, as they stand there, in order of appearance, each once (case ignored).

    Args:
        entity_type: the type in the user's words, such as "people's full names"; for one that isn't known nothing is
            found.
        text: any text.
    """
    kind = types.normalise(entity_type)
    if kind is None or not text.strip():
        return []
    return _unique(text, _spans(kind, text))


def _spans(kind: str, text: str) -> list[Span]:
    if kind == "anything":
        named, jobs = _names_and_jobs(text)
        patterned = [span for concrete in _BY_PATTERN for span in _spans(concrete, text)]
        return [*patterned, *jobs, *((name.start, name.end) for name in named)]
    if kind == "phrases":
        return [found.span() for found in _PHRASE.finditer(text)]
    if kind in _BY_PATTERN:
        return _without_overlaps(_BY_PATTERN[kind](text), _claimed_by_others(kind, text))
    if kind == "nationality":
        return [(token.start, token.end) for token in tokenise(text) if token.text in gazetteers.words("nationalities")]
    named, jobs = _names_and_jobs(text)
    if kind == "job":
        return jobs
    return [(name.start, name.end) for name in named if _is_of_kind(name, kind, text)]


def _names_and_jobs(text: str) -> tuple[list[Named], list[Span]]:
    return names.find(text, [span for find in _BY_PATTERN.values() for span in find(text)])


def _claimed_by_others(kind: str, text: str) -> list[Span]:
    """What a pattern must not cut a piece from: the host in an e-mail address, a phone number in a URL."""
    if kind == "url":
        return list(contact.emails(text))
    if kind in ("phone", "date", "money", "time", "percentage"):
        claimed = [*contact.urls(text), *contact.emails(text)]
        if kind == "phone":
            claimed += [*dates.dates(text), *quantities.money(text)]
        return claimed
    return []


def _without_overlaps(spans: Iterable[Span], claimed: list[Span]) -> list[Span]:
    """The spans that share no character with a claimed one."""
    claimed = sorted(claimed)
    starts = [start for start, _ in claimed]
    ends = list(accumulate((end for _, end in claimed), max))
    free = []
    for start, end in spans:
        before = bisect_left(starts, end)
        if not before or ends[before - 1] <= start:
            free.append((start, end))
    return free


def _is_of_kind(name: Named, kind: str, text: str) -> bool:
    written = " ".join(text[name.start:name.end].split())
    if kind == "full name":
        return name.label == "person" and name.tokens > 1
    if kind == "city":
        return name.label == "location" and written in gazetteers.cities()
    if kind == "country":
        return name.label == "location" and written in gazetteers.countries()
    return name.label == kind


def _unique(text: str, spans: Iterable[Span]) -> list[str]:
    found: dict[str, str] = {}
    for start, end in sorted(spans):
        written = text[start:end]
        found.setdefault(" ".join(written.split()).casefold(), written)
    return list(found.values())
