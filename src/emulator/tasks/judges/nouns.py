"""Mistakes around English nouns: missing articles, plurals with a singular verb, prepositions without a noun."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

from src.emulator.tasks.judges.lexicon import count_nouns, third_person, verb_forms, verbs
from src.emulator.text import STOP_WORDS

_NOT_PLURAL = ("ss", "us", "is", "series", "news", "gas", "lens", "means", "species", "mathematics", "physics")
_IRREGULAR_PLURALS = frozenset("people men women children feet teeth mice police".split())
_SINGULAR_VERBS = frozenset("is was has does".split())
_PREPOSITIONS = frozenset("of in on at with from into onto about for between among like than under".split())
# After these a noun needs an article; "by car" and "as teacher" are fine or nearly so.
_BEFORE_ARTICLES = frozenset("in on at with from into of to".split())
# Without an article they mean what one does there, or a time.
_WITHOUT_ARTICLE = frozenset("school church university hospital hand foot office stage form fact line course name "
                             "camp town market fire head heart week month year day test present watch plant answer "
                             "question book report list plane".split())
_PARTICLES = _PREPOSITIONS & frozenset("in on about for from with at to of under".split())


def is_plural(word: str) -> bool:
    """Whether a lower-case word looks like a plural noun."""
    return word in _IRREGULAR_PLURALS or (len(word) > 3 and word.endswith("s") and not word.endswith(_NOT_PLURAL))


def errors(words: list[str]) -> int:
    """How many mistakes a sentence's lower-case words have around nouns."""
    articles = sum(_lacks_article(*triple) for triple in zip(["", *words], words, [*words[1:], ""], strict=False))
    return articles + _plurals_with_singular_verbs(words) + _there_is_many(words) + _ends_on_preposition(words)


def _lacks_article(before: str, word: str, after: str) -> bool:
    """In box, read book: a noun that needs an article right after a verb or a preposition, and not in a compound."""
    if word not in count_nouns() or (after and after not in STOP_WORDS):
        return False
    if before in _BEFORE_ARTICLES:
        return word not in _WITHOUT_ARTICLE
    return before in verb_forms() and before not in STOP_WORDS and before not in count_nouns()


def _plurals_with_singular_verbs(words: list[str]) -> int:
    """People was, rules is: a plural before such a verb and not itself the end of a subject ("a list of rules")."""
    return sum(verb in _SINGULAR_VERBS and is_plural(noun) and noun not in _third_persons()
               and not _PREPOSITIONS.intersection(words[max(1, index - 4):index])
               and (noun in _IRREGULAR_PLURALS or index > 0)
               for index, (noun, verb) in enumerate(pairwise(words)))


@cache
def _third_persons() -> frozenset[str]:
    return frozenset(third_person(base) for base in verbs())


def _there_is_many(words: list[str]) -> int:
    return sum(first == "there" and second in ("is", "was") and third in ("many", "several", "some", "two", "three")
               and not (third == "some" and not is_plural(fourth))
               for first, second, third, fourth in zip(words, words[1:], words[2:], words[3:], strict=False))


def _ends_on_preposition(words: list[str]) -> bool:
    """Whether a sentence ends on a preposition without a verb that it could belong to right before it."""
    return len(words) > 2 and words[-1] in _PARTICLES and words[-2] in count_nouns()
