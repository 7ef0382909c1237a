"""What of a document could not be read, in a sentence for who asks about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

MOST_NAMES, LONGEST_NAME = 10, 80
XFA = (
    "The document is a form of a kind (XFA) of which only Adobe's programs show what is filled in; what was read is"
    " what others show."
)


def remark(unread: dict[str, Any]) -> str:
    """Return a note for the reader of a document: the pages and parts that were not read; empty if all were.

    Args:
        unread: "images" and "fonts" are lists of pages' numbers, "attachments" is a list of files' names, and "xfa"
            says whether the document is a form that PDFium does not show.
    """
    parts = []
    if pages := unread.get("images"):
        parts.append(f"{_pages(pages)} {'has' if len(pages) == 1 else 'have'} no text that can be read.")
    if pages := unread.get("fonts"):
        verb = "is" if len(pages) == 1 else "are"
        parts.append(f"{_pages(pages)} {verb} in fonts that do not tell their letters, so not all of it was read.")
    if names := unread.get("attachments"):
        attached = ", ".join(" ".join(name.split())[:LONGEST_NAME] for name in names[:MOST_NAMES])
        more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
        parts.append(f"Files attached to the document were not read: {attached}{more}.")
    if unread.get("xfa"):
        parts.append(XFA)
    return " ".join(parts)


def _pages(numbers: Sequence[int]) -> str:
    """Return the numbers of pages as one says them: "Pages 2, 4 and 7 to 9"."""
    parts = list(_ranges(numbers))
    listed = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"{'Page' if len(numbers) == 1 else 'Pages'} {listed}"


def _ranges(numbers: Sequence[int]) -> Iterable[str]:
    for _, group in groupby(enumerate(numbers), key=lambda item: item[1] - item[0]):
        following = [number for _, number in group]
        yield from [f"{following[0]} to {following[-1]}"] if len(following) > 2 else map(str, following)
