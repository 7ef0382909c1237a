"""The terms of a text: what its words and numbers stand for, so that a question and a sentence can be compared."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path

from src.emulator.tasks.judges.claims import NUMBER_WORDS, tokens
from src.emulator.tasks.judges.lexicon import concept
from src.emulator.text import STOP_WORDS, stem

_SYNONYMS = Path(__file__).parent / "data" / "synonyms.txt"
_TEXTS_REMEMBERED = 8192
_SHARED_BEGINNING = 5
_SHORTEST_BEGINNING = 4
_PHRASES = {phrase: word for word, phrases in (
    ("built", "put up/puts up/putting up"),
    ("founded", "set up/sets up/called into being/brought into being"),
    ("lent", "handed out/hand out/hands out/given out/lent out"),
    ("return", "bring back/brings back/brought back/give back/gives back/given back/take back"),
    ("attend", "take part/takes part/took part/taking part"),
    ("free", "free of charge/for free/at no charge/without charge/no charge"),
    ("director", "in charge of/at the head of"),
    ("reserve", "to book/can book/could book/must book/should book/be booked/i book/we book/you book/are booked"),
    ("reservation", "booking/bookings"),
    ("telephone", "phone number/telephone number"),
) for phrase in phrases.split("/")}
_PHRASE = re.compile(rf"\b(?:{'|'.join(phrase.replace(' ', ' {1,3}') for phrase in _PHRASES)})\b",
                     re.IGNORECASE)
# Forms that no rule of endings knows, and nouns that are other words as well.
_AS = {"goes": "go", "fines": "fine", "fined": "fine", "penalty": "fine", "penalties": "fine"} | {
    superlative: word for word, superlative in (pair.split("/") for pair in (
        "high/highest tall/tallest old/oldest large/largest big/biggest deep/deepest long/longest wide/widest"
        " small/smallest fast/fastest heavy/heaviest young/youngest new/newest").split())}
_OWN_TERMS = frozenset(("fine",))
# Function words that tell something all the same: "without a guide", "before noon".
_MEANINGFUL = frozenset("above after before below between during once over own under until without".split())
NOT_CONTENT = (STOP_WORDS | frozenset("upon within whether shall per one ones since yes much many".split())
               ) - _MEANINGFUL


@lru_cache(maxsize=_TEXTS_REMEMBERED)
def terms(text: str) -> tuple[str, ...]:
    """The terms of a text in their order, without function words."""
    found = []
    for token in tokens(plain(text)):
        lower = token.lower().replace("’", "'").removesuffix("'s")
        if lower not in NOT_CONTENT:
            found.append(term(lower))
    return tuple(found)


def plain(text: str) -> str:
    """A text with one word for phrases that mean the same: "built" for "put up"."""
    return _PHRASE.sub(lambda found: _PHRASES[" ".join(found.group().lower().split())], text)


@lru_cache(maxsize=32_768)
def term(word: str) -> str:
    """What a lower-case word stands for: a number's digits, or the stem that it shares with its synonyms."""
    if word in NUMBER_WORDS:
        return NUMBER_WORDS[word]
    if word[0].isdigit():
        return word
    word = _AS.get(word, word)
    if word in _OWN_TERMS:
        return word
    meaning = concept(word)
    groups = _groups()
    return groups.get(meaning) or groups.get(stem(word)) or meaning


@cache
def _groups() -> dict[str, str]:
    groups: dict[str, str] = {}
    for line in _SYNONYMS.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            members = [concept(word) for word in line.split()]
            for member in members:
                groups.setdefault(member, groups.get(members[0], members[0]))
    return groups


@cache
def related() -> dict[str, frozenset[str]]:
    """Terms of questions and those of documents that may answer them in other words."""
    found: dict[str, frozenset[str]] = {}
    for line in (_SYNONYMS.parent / "related.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            asked, told = line.split(":")
            for word in asked.split():
                found[term(word)] = found.get(term(word), frozenset()) | {term(other) for other in told.split()}
    return found


def similar(wanted: str, given: frozenset[str], beginnings: frozenset[str]) -> float:
    """How far a term is among others: 1 for itself, 0.7 where the beginnings are the same, else 0."""
    if wanted in given:
        return 1.0
    length = min(len(wanted), _SHARED_BEGINNING)
    return 0.7 if length >= _SHORTEST_BEGINNING and wanted[:length] in beginnings and wanted[0].isalpha() else 0.0


def beginnings(given: frozenset[str]) -> frozenset[str]:
    """What `similar` compares the beginning of a term with."""
    return frozenset(word[:length] for word in given for length in (_SHORTEST_BEGINNING, _SHARED_BEGINNING)
                     if len(word) >= length)
