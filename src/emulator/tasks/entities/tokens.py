"""Words and punctuation of a text with their places, and which of them start a sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from src.emulator.tasks.entities.lexicon import Word, look_up

_LETTER = r"[^\W\d_]"
_WORD = r"(?:[^\W_]|[\u0300-\u036f])+"
_ABBREVIATION = (
    r"(?:Mr|Mrs|Ms|Mx|Dr|Prof|St|Mt|Ste|Inc|Ltd|Corp|Co|Bros|Jr|Sr|Sra|Rev|Hon|Gen|Col|Capt|Lt|Sgt|Maj|Cpl|Pvt|Adm|Gov"
    r"|Sen|Rep|Cllr|Mme|Mlle|Ave|Blvd|Rd|Dept|Univ|Assn|Fr|Ft|Lda|Ltda|Cmdr|Messrs|Esq|vs|approx|ca|etc)\.")
_TOKEN = re.compile(
    # Most words are letters between blanks; the rest of the pattern needs not be tried on them.
    r"[A-Z]?[a-z]+(?=[ ,])"
    rf"|S\.p\.A\.?|S\.r\.l\.?|s\.r\.o\.|a\.s\.|(?:{_LETTER}\.){{2,}}"
    rf"|\b{_ABBREVIATION}"
    rf"|\b[A-ZÀ-ÞŁŚŻŠČĐĐ]\.(?=[ -]?[A-ZÀ-ÞŁŚŻŠČ])"
    rf"|{_WORD}(?:(?:-(?!(?:based|born|led|style|owned|backed|listed|made|speaking|trained|educated|area|bound|headed"
    rf"|wide)\b)"
    rf"|[‑'’‘ʼ&·]|\.(?=[a-z]{{2,3}}\b))(?={_WORD}){_WORD}|/S\b)*"
    r"|[^\w\s]|_")
_POSSESSIVE = ("'s", "’s", "'S", "’S")
_QUOTES_AND_BRACKETS = "\"“”„«»'‘’([*•–—-"


@dataclass(slots=True)
class Token:
    """A word or a punctuation mark.

    Attributes:
        word: what the word lists say of it.
        text: without a possessive ending.
        lower: the text in lower case.
        capital: whether it can be a part of a name.
        start: where it begins in the text.
        end: where it ends, without a possessive ending.
        first: whether it is the first word of a sentence, a line or a quotation.
        possessive: whether "'s" follows.
        near: whether at most one white space parts it from the token before.
    """

    word: Word
    text: str
    lower: str
    capital: bool
    start: int
    end: int
    first: bool
    possessive: bool
    near: bool


def tokenise(text: str) -> list[Token]:
    """The tokens of a text in their order."""
    tokens: list[Token] = []
    first, end = True, 0
    has_lines = "\n" in text
    for found in _TOKEN.finditer(text):
        written, start = found.group(), found.start()
        if has_lines and "\n" in text[end:start] and (start > end + 1 or not tokens or tokens[-1].text in ".:;!?"):
            first = True
        word, possessive = _read(written)
        is_word = word.spoken
        tokens.append(Token(word, word.text, word.lower, word.capital, start, start + len(word.text),
                            first and is_word, possessive, start - end <= 1))
        end = start + len(written)
        first = not is_word and (word.text in ".!?:…" or first and word.text in _QUOTES_AND_BRACKETS)
    return tokens


@lru_cache(maxsize=16_384)
def _read(written: str) -> tuple[Word, bool]:
    """A word without the possessive ending that it may have, and whether it has one."""
    possessive = len(written) > 2 and written.endswith(_POSSESSIVE)
    return look_up(written[:-2] if possessive else written), possessive
