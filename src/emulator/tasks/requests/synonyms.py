"""Words and turns of phrase that tell the same as others, in what is asked and in what is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from src.emulator.tasks.passages.words import term

# A word of a request, and words of a text that answer it.
_GROUPS = (
    "earn gross make bring revenue", "revenue earn income sales", "income earn revenue",
    "publish release appear issue", "release publish appear", "premiere release show",
    "play join sign", "join enter", "lead head direct", "employ employee staff work",
    "seat hold room capacity", "hold seat room capacity", "capacity hold seat room",
    "found open begin", "establish found create begin", "create found establish",
    "open inaugurate begin found establish", "start open begin found", "make build produce create",
    "win receive award", "receive win award", "cost price pay", "cross carry",
)
# A turn of phrase, and the words that mean it.
_PHRASES = tuple((re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE), tuple(meaning.split())) for pattern, meaning in (
    (r"(?:came|comes|called|brought|sprang) into (?:being|existence)|(?:was|were) laid out|goes back to|dates? back to"
     r"|dates? from", "founded"),
    (r"(?:came|comes) out|hit the (?:shelves|shops)|went on sale", "published released"),
    (r"(?:had|celebrated) (?:its|their) premiere|in cinemas since|first shown", "released shown"),
    (r"(?:first|earliest) [a-z]+ (?:ran|crossed|left|arrived|started|rolled)|(?:went|came|been|put|entered|taken) into "
     r"(?:service|operation|use)|in (?:service|operation|use) since|carried [a-z]+ since|open since", "opened began"),
    (r"took in|takes in|taken in|brought in|pulled in", "earned"),
    (r"at the box office", "cinemas"),
    (r"since", "first"),
    (r"room for", "seats"),
))


@cache
def _groups() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for line in _GROUPS:
        asked, *told = line.split()
        found[term(asked)] = found.get(term(asked), frozenset()) | {term(word) for word in told}
    return found


def also(meaning: str) -> frozenset[str]:
    """The terms that tell the same as a term of a request."""
    return _groups().get(meaning, frozenset())


@lru_cache(maxsize=8192)
def _found(text: str) -> tuple[tuple[str, int, int], ...]:
    return tuple((term(word), match.start(), match.end()) for pattern, words in _PHRASES
                 for match in pattern.finditer(text) for word in words)


def phrases(text: str) -> Iterator[tuple[str, int, int]]:
    """What the turns of phrase in a text mean, and where they stand."""
    yield from _found(text)
