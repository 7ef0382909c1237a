"""Words and punctuation of a text with their places, and which of them start a sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_LETTER = r"[^\W\d_]"
_WORD = r"(?:[^\W_]|[\u0300-\u036f])+"
_ABBREVIATION = (
    r"(?:Mr|Mrs|Ms|Mx|Dr|Prof|St|Mt|Ste|Inc|Ltd|Corp|Co|Bros|Jr|Sr|Sra|Rev|Hon|Gen|Col|Capt|Lt|Sgt|Maj|Cpl|Pvt|Adm|Gov"
    r"|Sen|Rep|Cllr|Mme|Mlle|Ave|Blvd|Rd|Dept|Univ|Assn|Fr|Ft|Lda|Ltda|Cmdr|Messrs|Esq|vs|approx|ca|etc)\.")
_TOKEN = re.compile(
    rf"S\.p\.A\.?|S\.r\.l\.?|s\.r\.o\.|a\.s\.|(?:{_LETTER}\.){{2,}}"
    rf"|\b{_ABBREVIATION}"
    rf"|\b[A-ZÀ-ÞŁŚŻŠČĐĐ]\.(?=[ -]?[A-ZÀ-ÞŁŚŻŠČ])"
    rf"|{_WORD}(?:(?:-(?!(?:based|born|led|style|owned|backed|listed|made|speaking|trained|educated|area|bound|headed"
    rf"|wide)\b)"
    rf"|[‑'’‘ʼ&·]|\.(?=[a-z]{{2,3}}\b))(?={_WORD}){_WORD}|/S\b)*"
    r"|[^\w\s]|_")
_POSSESSIVE = ("'s", "’s", "'S", "’S")
_QUOTES_AND_BRACKETS = "\"“”„«»'‘’([*•–—-"
_TITLE_END = re.compile(rf"(?:{_ABBREVIATION}|.\.)$")


@dataclass(slots=True)
class Token:
    """A word or a punctuation mark.

    Attributes:
        text: without a possessive ending.
        lower: the text in lower case.
        start: where it begins in the text.
        end: where it ends, without a possessive ending.
        first: whether it is the first word of a sentence, a line or a quotation.
        possessive: whether "'s" follows.
        near: whether at most one white space parts it from the token before.
        capital: whether it can be a part of a name: "Ana", "al-Assad", "d'Arc", "eBay".
    """

    text: str
    lower: str
    start: int
    end: int
    first: bool
    possessive: bool
    near: bool
    capital: bool


@lru_cache(maxsize=8192)
def is_capitalised(word: str) -> bool:
    """Whether a word begins with a capital, or has one after a short lower-case part."""
    if word[0].isupper():
        return True
    if not word[0].isalpha():
        return False
    for mark in "-'’":
        head, found, tail = word.partition(mark)
        if found and len(head) <= 3 and tail[:1].isupper():
            return True
    return len(word) > 2 and word[1].isupper()


def tokenise(text: str) -> list[Token]:
    """The tokens of a text in their order."""
    tokens: list[Token] = []
    first, end = True, 0
    for found in _TOKEN.finditer(text):
        word, start = found.group(), found.start()
        gap = start - end
        if gap and "\n" in text[end:start] and (gap > 1 or not tokens or tokens[-1].text in ".:;!?"):
            first = True
        possessive = len(word) > 2 and word.endswith(_POSSESSIVE)
        kept = word[:-2] if possessive else word
        is_word = word[0].isalnum()
        tokens.append(Token(kept, kept.lower(), start, start + len(kept), first and is_word, possessive,
                            start - end <= 1, is_capitalised(kept)))
        end = found.end()
        first = _starts_sentence(word, is_word, first)
    return tokens


def _starts_sentence(word: str, is_word: bool, first: bool) -> bool:
    """Whether the word after this token is the first of a sentence."""
    if is_word:
        return False
    if word in ".!?:…":
        return True
    return first if word in _QUOTES_AND_BRACKETS else False
