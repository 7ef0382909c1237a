"""Words, stems and sentences: the little language processing that embeddings and searches share."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Chinese and Japanese are written without spaces, so each of their characters counts as a word.
_CJK = r"\u3040-\u30ff\u3400-\u9fff"
WORD = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+(?:['’][^\W_]+)?")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+|\n+|(?<=[。！？])")

STOP_WORDS = frozenset(
    "a about above after again all also am an and any are as at be because been before being below between both but "
    "by can could did do does doing down during each few for from further had has have having he her here hers him "
    "his how i if in into is it its just let may me might more most must my no nor not now of off on once only or "
    "other our ours out over own please same shall she should so some such than that the their theirs them then "
    "there these they this those through to too under until up us very was we were what when where which while who "
    "whom why will with would you your yours".split()
)

# Endings of inflected and derived English words, the longest first, with what takes their place.
_ENDINGS = tuple(
    sorted(
        (
            ("ational", "ate"),
            ("ization", "ize"),
            ("isation", "ize"),
            ("fulness", "ful"),
            ("iveness", "ive"),
            ("ously", "ous"),
            ("ations", "ate"),
            ("ation", "ate"),
            ("ators", "ate"),
            ("ator", "ate"),
            ("ments", ""),
            ("ment", ""),
            ("ness", ""),
            ("ings", ""),
            ("ing", ""),
            ("ies", "y"),
            ("ied", "y"),
            ("edly", ""),
            ("ed", ""),
            ("ers", ""),
            ("er", ""),
            ("ely", ""),
            ("ly", ""),
            ("es", ""),
            ("s", ""),
            ("e", ""),
            ("ize", ""),
        ),
        key=lambda ending: -len(ending[0]),
    )
)
_ENDINGS_BY_LETTER = {
    ending[-1]: tuple(pair for pair in _ENDINGS if pair[0][-1] == ending[-1]) for ending, _ in _ENDINGS
}
_SHORTEST_STEM = 3
_CACHED_WORDS = 32_768


def words(text: str) -> list[str]:
    """The words and numbers of a text, case-folded and in compatibility form (NFKC), in their order."""
    return WORD.findall(unicodedata.normalize("NFKC", text).casefold())


@lru_cache(maxsize=_CACHED_WORDS)
def stem(word: str) -> str:
    """The part of a lower-case English word that its inflections share: "index" for "indexing", "indexed", "indexes".

    Other words come back as they are, or shortened in the same way in every text; nothing depends on a true stem.
    Numbers stay whole: 2011 and 2012 have nothing in common.
    """
    if word[-1:].isdigit():
        return word
    shortened = word
    for _ in range(2):
        shortened = _without_ending(shortened)
    if len(shortened) > _SHORTEST_STEM and shortened[-1] == shortened[-2] and shortened[-1] not in "aeiousl":
        shortened = shortened[:-1]
    return shortened


def _without_ending(word: str) -> str:
    if word.endswith("ss"):
        return word
    for ending, replacement in _ENDINGS_BY_LETTER.get(word[-1], ()):
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: len(word) - len(ending)] + replacement
    return word


def content_words(text: str) -> list[str]:
    """The stems of a text's words that are not stop words, in their order."""
    return [stem(word) for word in words(text) if word not in STOP_WORDS]


def sentences(text: str) -> list[str]:
    """A text's sentences and lines, stripped, without empty ones."""
    return [part.strip() for part in _SENTENCE_END.split(text) if part.strip()]
