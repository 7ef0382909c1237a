"""Whether retrieval found the page on which the answer stands."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict


class RetrievalScores(TypedDict, total=False):
    """The scores of one question, each from 0 to 1, or why there is nothing to score."""

    hit_rate: float
    reciprocal_rank: float
    not_applicable: str


class RetrievalEvaluator:
    """Hit rate and reciprocal rank of the page with the answer, among the passages that were found.

    With r the rank of the first passage, from 1, that begins on a page with the answer:

        hit_rate = 1 if there is such a passage, else 0        reciprocal_rank = 1 / r, or 0

    Over many questions their means are the hit rate (also: success at k) and the mean reciprocal rank (Voorhees, 1999,
    "The TREC-8 Question Answering Track Report"). A question whose answer stands on no page says nothing about
    retrieval, so it has no scores, and says so.
    """

    def __init__(self):
        """Take no options. Defined, since Prompt flow cannot use a class that inherits `__init__` from object."""

    def __call__(self, *, context: list, page: float | list | None = None) -> RetrievalScores:
        """Score the passages of one question.

        Args:
            context: the passages, the most relevant first, each an object with its `page`.
            page: the number of the page with the answer, or a list of such numbers; None, NaN (which is what tables
                make of None), an empty list or nothing at all where no page has it.

        Returns:
            `hit_rate` (0 or 1) and `reciprocal_rank` (0 to 1), or only `not_applicable`, the reason.

        Raises:
            TypeError: if a page is not a number, or a passage has no page.
        """
        expected = _pages(page)
        if not expected:
            return RetrievalScores(not_applicable="the data names no page with the answer")
        found = [_page_of(passage) for passage in context]
        rank = next((rank for rank, number in enumerate(found, 1) if number in expected), None)
        return RetrievalScores(hit_rate=float(rank is not None), reciprocal_rank=1 / rank if rank else 0.0)


def _pages(page: Any) -> set[int]:
    listed = page if isinstance(page, Sequence) and not isinstance(page, str) else [page]
    return {_number(each) for each in listed if each is not None and not _is_nan(each)}


def _page_of(passage: Any) -> int:
    if not isinstance(passage, Mapping) or "page" not in passage:
        raise TypeError("every passage of the context has to be an object with a page")
    return _number(passage["page"])


def _number(page: Any) -> int:
    if isinstance(page, bool) or not isinstance(page, (int, float)) or page != int(page):
        raise TypeError(f"a page has to be a whole number, not {page!r}")
    return int(page)


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)
