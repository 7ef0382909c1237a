"""The readable text of a web page."""

from __future__ import annotations

import re
from collections.abc import Iterator

import lxml.html
from guarded_web.fetch import Fetched
from lxml.etree import Comment, ParserError, ProcessingInstruction, iterwalk, strip_elements

from .errors import ToolError

READABLE = ("text/html", "application/xhtml+xml", "text/plain", "")
UNREAD = ("script", "style", "noscript", "template", "nav", "header", "footer", "aside", "form", "iframe", "svg")
BLOCKS = (
    "title", "body", "main", "section", "article", "div", "p", "pre", "blockquote", "figure", "figcaption", "br", "hr",
    "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "table", "caption", "tr", "option",
)
CELLS = ("td", "th")


def page_text(page: Fetched) -> str:
    """Return the text of a page, a paragraph or a row a line, without navigation, forms and scripts.

    Raises:
        ToolError: it is no text, or holds none.
    """
    if page.content_type not in READABLE:
        raise ToolError(f"{page.shown_url}: {page.content_type} is no text")
    text = _decoded(page)
    if page.content_type != "text/plain":
        text = _text_of_html(text)
    lines = [re.sub(r"\s+", " ", line).strip() for line in text.split("\n")]
    text = "\n".join(line for line in lines if line)
    if not text:
        raise ToolError(f"{page.shown_url}: the page holds no text")
    return text


def _decoded(page: Fetched) -> str:
    try:
        return page.body.decode(page.charset, errors="replace")
    except (LookupError, ValueError):  # no charset, or one that is not for texts
        return page.body.decode("utf-8", errors="replace")


def _text_of_html(html: str) -> str:
    # A declaration of an encoding is about bytes, and lxml refuses it in a text.
    html = re.sub(r"^\s*<\?xml[^>]*\?>", "", html.replace("\x00", ""))
    try:
        root = lxml.html.document_fromstring(html)
    except (ParserError, ValueError):  # nothing but comments and white space
        return ""
    strip_elements(root, Comment, ProcessingInstruction, *UNREAD, with_tail=False)
    return "".join(_pieces(root))


def _pieces(root: lxml.html.HtmlElement) -> Iterator[str]:
    for event, element in iterwalk(root, events=("start", "end")):
        if element.tag in BLOCKS:
            yield "\n"
        elif element.tag in CELLS and event == "start" and element.getprevious() is not None:
            yield " | "
        yield (element.text if event == "start" else element.tail) or ""
