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
# What each pattern must not cut a piece from.
_CLAIMANTS = {
    "url": ("email",),
    "phone": ("url", "email", "date", "money"),
    **dict.fromkeys(("date", "money", "time", "percentage"), ("url", "email")),
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
    if kind == "phrases":
        return [found.span() for found in _PHRASE.finditer(text)]
    if kind == "nationality":
        return [(token.start, token.end) for token in tokenise(text) if token.word.nationality]
    if kind in _BY_PATTERN:
        patterned = {name: list(_BY_PATTERN[name](text)) for name in (kind, *_CLAIMANTS.get(kind, ()))}
        return _free(kind, patterned)
    patterned = {name: list(find(text)) for name, find in _BY_PATTERN.items()}
    taken = [span for spans in patterned.values() for span in spans]
    if kind == "job":
        return names.find_jobs(text, taken)
    named, jobs = names.find(text, taken)
    if kind == "anything":
        free = [span for name in _BY_PATTERN for span in _free(name, patterned)]
        return [*free, *jobs, *((name.start, name.end) for name in named)]
    return [(name.start, name.end) for name in named if _is_of_kind(name, kind, text)]


def _free(kind: str, patterned: dict[str, list[Span]]) -> list[Span]:
    """What a pattern has found and no other claims: no phone number in a URL, no host in an e-mail address."""
    claimed = [span for claimant in _CLAIMANTS.get(kind, ()) for span in patterned[claimant]]
    return _without_overlaps(patterned[kind], claimed) if claimed else patterned[kind]


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
