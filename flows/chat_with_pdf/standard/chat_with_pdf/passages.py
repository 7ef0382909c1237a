"""Cuts the pages of a document into passages, and knows how many tokens a text has."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from semantic_text_splitter import TextSplitter

from .errors import DocumentError

# Models whose vocabulary the splitter brings along: nothing is downloaded.
EMBEDDING_MODEL = "text-embedding-3-small"
CHAT_MODEL = "gpt-4o"
SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’)\]]*(?=\s|$)|(?<=[。！？])")
PARTED_WORD = re.compile(r"\w[-\u2010]$")
SECONDS = 60  # for cutting one document
LONGEST_PART = 5_000  # characters of a page that are cut at a time: the splitter's time grows with their square
LONGEST_REST = 400  # characters of the next page that may belong to this page's last sentence


@dataclass(frozen=True)
class Passage:
    """A piece of a document, small enough to be looked up.

    Attributes:
        page: the page on which it begins, from 1.
        text: what it says.
    """

    page: int
    text: str


def cut_into_passages(
    pages: Sequence[str], tokens: int, overlap: int, name: str = "the document", seconds: float = SECONDS
) -> list[Passage]:
    """Return the passages of a document, in reading order.

    A passage ends with a sentence where it can, begins and ends on one page, and shares up to `overlap` tokens with
    the passage before. A sentence that goes on overleaf is completed, so that it stands whole on the page where it
    begins. Tokens are those of the embedding model.

    Args:
        pages: the text of every page.
        tokens: the most that a passage has.
        overlap: the most that it shares with the one before; fewer than `tokens`.
        name: what error messages call the document.
        seconds: how long it may take.

    Raises:
        DocumentError: it takes longer, as with millions of characters without a space.
    """
    end = time.monotonic() + seconds
    splitter = TextSplitter.from_tiktoken_model(EMBEDDING_MODEL, tokens, overlap=overlap)
    passages = []
    for number, page in enumerate(pages, 1):
        following = pages[number] if number < len(pages) else ""
        for part in _parts(page + _rest_of_sentence(page, following)):
            if time.monotonic() > end:
                raise DocumentError(f"{name}: cutting the document into passages takes more than {seconds:g} seconds")
            passages += [Passage(number, text) for text in _without_repetitions(splitter.chunk_indices(part))]
    return passages


def _without_repetitions(chunks: Iterable[tuple[int, str]]) -> Iterator[str]:
    """Yield the chunks of a text, which come with their places, but none that lies within the one before."""
    end = 0
    for start, text in chunks:
        if start + len(text) > end:
            end = start + len(text)
            yield text


def _parts(page: str) -> Iterator[str]:
    """Yield a page, in parts if it is longer than any page that is read by people.

    They end with a line if they can, else with a sentence, else with a word: a text that was never broken into lines
    may be as long as a book.
    """
    start = 0
    while len(page) - start > LONGEST_PART:
        least, most = start + LONGEST_PART // 2, start + LONGEST_PART
        end = page.rfind("\n", least, most) + 1
        end = end or max((found.end() for found in SENTENCE_END.finditer(page, least, most)), default=0)
        end = end or page.rfind(" ", least, most) + 1 or most
        yield page[start:end]
        start = end
    yield page[start:]


def _rest_of_sentence(page: str, following: str) -> str:
    """Return what completes a page's last sentence on the next page; nothing if it is complete."""
    last = page.rstrip()[-1:]
    start = following.lstrip()
    if not last or not start or not (last.isalnum() or last in ",;-–—(") or not start[0].islower():
        return ""
    end = SENTENCE_END.search(start, 0, LONGEST_REST)
    between = "" if PARTED_WORD.search(page.rstrip()[-2:]) else " "
    return between + start[: end.end()] if end else ""


def fits(text: str, tokens: int) -> bool:
    """Whether a text has no more than so many tokens of a chat model."""
    if tokens < 1:
        return not text
    return len(TextSplitter.from_tiktoken_model(CHAT_MODEL, tokens, trim=False).chunks(text)) <= 1


def is_token(text: str, model: str) -> bool:
    """Whether a model's vocabulary has a text as one token."""
    return len(TextSplitter.from_tiktoken_model(model, 1, trim=False).chunks(text)) <= 1
