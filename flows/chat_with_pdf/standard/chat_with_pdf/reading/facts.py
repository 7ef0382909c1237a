"""Which pages of a PDF show what its text does not hold: scans, drawn letters, fonts without a mapping to letters."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium

NO_TEXT = 16  # letters and digits on a page: a stamp or a page number is no text
STAMP = 200  # letters and digits at most of what is repeated on scanned pages
MOST_UNKNOWN = 0.1  # of a page's characters: a few are ornaments
PICTURE, DECORATION = 0.4, 0.02  # of a page's area: images of more than the one are scans, of less than the other logos
DRAWN = 40  # paths: a page without text but with that many has letters, or a diagram, that are drawn
FEW = 20  # times as many unknown characters as letters: only page numbers, or a heading, are read
MOST_OBJECTS = 2_000  # of a page, that are looked at


class PageFacts(NamedTuple):
    """Facts that show whether a page is read.

    Attributes:
        letters: how many letters and digits its text has.
        unknown: how many of its characters are of a font without a mapping to letters.
        picture: the share of its area that images cover; 1 where many lines are drawn and there is no text.
        stamp: its text without digits, if it is short: the same on several pages is a stamp.
        added: how many letters and digits its form's values and comments have.
    """

    letters: int
    unknown: int
    picture: float
    stamp: str
    added: int = 0


def facts_of(page: pypdfium2.PdfPage, own: str, unknown: int, whole: str = "") -> PageFacts:
    """Return the facts that show whether a page is read.

    Args:
        page: the page.
        own: its own text.
        unknown: how many of its characters are of a font without a mapping to letters.
        whole: its text with all that was added to it, if anything was.
    """
    letters = _letters(own)
    picture = _picture(page, letters) if letters < STAMP else 0.0
    stamp = re.sub(r"[\W\d]+", "", own) if picture > PICTURE else ""
    return PageFacts(letters, unknown, picture, stamp, max(0, _letters(whole) - letters))


def _letters(text: str) -> int:
    return sum(map(str.isalnum, text))


def _picture(page: pypdfium2.PdfPage, letters: int) -> float:
    area, paths = 0.0, 0
    width, height = page.get_size()
    kinds = [pdfium.FPDF_PAGEOBJ_IMAGE, *([] if letters else [pdfium.FPDF_PAGEOBJ_PATH])]
    for item in islice(page.get_objects(kinds, max_depth=3), MOST_OBJECTS):
        if item.type == pdfium.FPDF_PAGEOBJ_PATH:
            paths += 1
        elif item.level:  # the bounds are those within a form
            area += width * height
        else:
            left, bottom, right, top = item.get_bounds()
            area += abs((right - left) * (top - bottom))
    return 1.0 if paths >= DRAWN else area / (width * height or 1.0)


def unread_pages(pages: Iterable[PageFacts]) -> dict[str, list[int]]:
    """Return the numbers of the pages that have no text ("images"), or text of unknown letters ("fonts")."""
    pages = list(pages)
    stamps = Counter(page.stamp for page in pages if page.stamp)
    unread: dict[str, list[int]] = {"images": [], "fonts": []}
    for number, page in enumerate(pages, 1):
        stamped = page.picture > PICTURE and (page.letters < NO_TEXT or stamps[page.stamp] > 1)
        if page.unknown > MOST_UNKNOWN * (page.letters + page.unknown):
            unread["fonts"].append(number)
        elif stamped or not page.letters and page.picture > DECORATION:
            unread["images"].append(number)
    return {kind: numbers for kind, numbers in unread.items() if numbers}


def fault_of(pages: Sequence[PageFacts], unread: dict[str, list[int]]) -> str:
    """Return why there is not enough text to talk about, empty if there is: any, and more than stamps on scans."""
    images = unread.get("images", ())
    letters = sum(page.added + page.letters * (number not in images) for number, page in enumerate(pages, 1))
    unknown = sum(page.unknown for page in pages)
    if unknown > FEW * letters:
        return "unmapped"
    if letters < NO_TEXT * len(images):
        return "scanned"
    return "" if letters else "empty"
