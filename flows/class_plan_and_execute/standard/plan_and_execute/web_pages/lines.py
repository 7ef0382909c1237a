"""The text of a page's tree, a paragraph, a heading, an item or a row a line."""

from __future__ import annotations

import re
from collections.abc import Iterator

import lxml.html
from lxml.etree import iterwalk

BLOCKS = frozenset(
    (
        "title",
        "body",
        "main",
        "section",
        "article",
        "header",
        "footer",
        "aside",
        "hgroup",
        "search",
        "div",
        "p",
        "pre",
        "blockquote",
        "address",
        "figure",
        "figcaption",
        "form",
        "fieldset",
        "legend",
        "details",
        "summary",
        "dialog",
        "center",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "menu",
        "li",
        "dl",
        "dt",
        "dd",
        "table",
        "caption",
        "tr",
        "br",
        "hr",
    )
)
CELLS = frozenset(("td", "th"))
# What keeps a cell from being one of a row of short ones: it is there for the layout then.
STRUCTURE = ("table", "h1", "h2", "h3", "h4", "h5", "h6")
# What has no shape of its own, so that a page can say with it what no reader sees, except the joiners of scripts and
# emoji: Default_Ignorable_Code_Point, https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point
SHAPELESS = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
    "|[\u200c\u200d]{2,}"
)


def lines_of(text: str) -> list[str]:
    """Return the lines of a text that are not blank, with single blanks, and without characters that have no shape."""
    lines = (re.sub(r"\s+", " ", SHAPELESS.sub("", line)).strip() for line in text.split("\n") if line.strip())
    return [line for line in lines if line.strip("| ")]


def text_of(root: lxml.html.HtmlElement) -> str:
    """Return the text of a tree, with line feeds between its blocks and " | " between the cells of a row."""
    return "".join(_pieces(root))


def _pieces(root: lxml.html.HtmlElement) -> Iterator[str]:
    row = None  # that whose cells are being read
    preformatted = 0  # elements around that are
    for event, element in iterwalk(root, events=("start", "end")):
        starts = event == "start"
        if starts and row is None and _is_row(element):
            row = element
        yield _separator(element, starts, row)
        if element is row and not starts:
            row = None
        if element.tag == "pre":
            preformatted += 1 if starts else -1
        text = (element.text if starts else element.tail) or ""
        yield text if preformatted else text.replace("\n", " ")


def _is_row(element: lxml.html.HtmlElement) -> bool:
    return element.tag == "tr" and next(element.iterdescendants(*STRUCTURE), None) is None


def _separator(element: lxml.html.HtmlElement, starts: bool, row: lxml.html.HtmlElement | None) -> str:
    """What keeps an element apart from what is before its start, or after its end."""
    follows = starts and element.getprevious() is not None
    if element.tag in CELLS:
        return " | " if follows else ""
    if element.tag not in BLOCKS:
        return ""
    if row is None or element is row:
        return "\n"
    if element.tag == "li":
        return "; " if follows else ""
    return " "
