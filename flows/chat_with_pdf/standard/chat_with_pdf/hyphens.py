"""Whether a hyphen at a line's end belongs to the word, as in "well-known", or only parts it, as in "exam-ple"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from .passages import CHAT_MODEL, EMBEDDING_MODEL, is_token
from .reading.text import OPEN

WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")
PARTED = re.compile(rf"((?:[^\W_]+[-’'])*)([^\W\d_]+){OPEN}([^\W\d_]+)")


def settle(pages: Sequence[str]) -> list[str]:
    """Return pages in which every word that a line's end has parted is whole, with its hyphen or without.

    What the document itself writes within a line decides; else what a tokenizer's vocabulary has as one word, since it
    was learnt from what people write: "example" is in it, "wellknown" is not, though "well" and "known" are.
    """
    if not any(OPEN in page for page in pages):
        return list(pages)
    written = {word.lower() for page in pages for word in WORD.findall(page)}

    def whole(parted: re.Match) -> str:
        before, first, second = parted.groups()
        hyphen = "-" if _belongs(before, first, second, written) else ""
        return before + first + hyphen + second

    while any(PARTED.search(page) for page in pages):  # a long word may go over three lines
        pages = [PARTED.sub(whole, page) for page in pages]
    return [page.replace(OPEN, "-") for page in pages]


def _belongs(before: str, first: str, second: str, written: set[str]) -> bool:
    """Whether the hyphen between two parts of a word belongs to it; `before` is what the word has before them."""
    together, apart = (before + first + hyphen + second for hyphen in ("", "-"))
    for form, belongs in ((together, False), (apart, True)):
        if form.lower() in written:
            return belongs
    if second[0].isupper() and not first.isupper() or len(first) == 1:
        return True
    if _is_word(first + second, EMBEDDING_MODEL, CHAT_MODEL):
        return False
    return bool(before) or _is_word(first, EMBEDDING_MODEL) and _is_word(second, EMBEDDING_MODEL)


@lru_cache(maxsize=10_000)
def _is_word(word: str, *models: str) -> bool:
    return any(is_token(f" {word.lower()}", model) for model in models)
