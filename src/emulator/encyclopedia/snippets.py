"""Snippets: the sentences of an article that are most relevant to a query."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from src.emulator.encyclopedia.articles import Article
from src.emulator.text import WORD, content_words, stem, words

_MAX_CHARACTERS = 320
# Synonyms: a query with one also matches sentences with another.
_ALIKE = tuple(
    frozenset(stem(word) for word in group.split())
    for group in (
        "population inhabitants people residents counted home",
        "area size large square kilometres covers stretches",
        "height high tall metres highest",
        "length long metres kilometres measures runs",
        "depth deep deepest metres",
        "founded founder founding established foundation began opened",
        "opened opening completed built finished inaugurated",
        "author wrote written writer novelist novel novels",
        "director directed film",
        "architect designed designer engineer",
        "born birth birthplace birthday",
        "died death",
        "employees employed employs workers staff",
        "revenue turnover sales earned earnings income box office",
        "price budget cost costs fee ticket admission paid",
        "capacity seats room holds spectators megawatts",
        "visitors visited attracted came attendance",
        "published came appeared publication",
        "capital city",
        "currency pay money",
        "play played joined moved member",
        "passengers carried carries handled",
        "students studied enrolled",
    )
)


@lru_cache(maxsize=4_096)
def _query_stems(query: str) -> tuple[frozenset[str], frozenset[str]]:
    """The stems of a query, and those of words that are used instead of them."""
    stems = frozenset(content_words(query))
    return stems, frozenset().union(*(group for group in _ALIKE if group & stems)) - stems


@lru_cache(maxsize=8_192)
def _stems(text: str) -> frozenset[str]:
    return frozenset(content_words(text))


def best_sentences(article: Article, query: str) -> str:
    """One to three sentences around the query's words, in their order, with ` ... ` where something is left out.

    Words of the title are ignored: every sentence is about it.
    """
    stems, alike = _query_stems(query)
    stems = stems - _stems(article.title)
    candidates = article.sentences
    scores = []
    for position, sentence in enumerate(candidates):
        found = _stems(sentence)
        numbers = bool(alike & found) and any(character.isdecimal() for character in sentence)
        scores.append((2 * len(found & stems) + len(found & alike) + numbers, -position))
    chosen: list[int] = []
    length = 0
    for _, position in sorted(scores, reverse=True)[:3]:
        length += len(candidates[-position])
        if chosen and length > _MAX_CHARACTERS:
            break
        chosen.append(-position)
    parts: list[str] = []
    for position in sorted(chosen):
        if parts:
            parts.append(" " if position - 1 in chosen else " ... ")
        parts.append(candidates[position])
    return "".join(parts)


def marked(text: str, query: str, mark: Callable[[str], str], plain: Callable[[str], str]) -> str:
    """A text in which the query's words go through `mark` and everything between them through `plain`."""
    stems = {stem(word) for word in words(query)}
    parts, end = [], 0
    for match in re.finditer(WORD, text):
        if stem(match.group().casefold()) in stems:
            parts += [plain(text[end : match.start()]), mark(match.group())]
            end = match.end()
    return "".join([*parts, plain(text[end:])])
