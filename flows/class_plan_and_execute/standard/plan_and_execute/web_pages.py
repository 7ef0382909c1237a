"""The readable text of a web page."""

from __future__ import annotations

import re

import lxml.html
from guarded_web.fetch import Fetched
from lxml.etree import ParserError

from .errors import ToolError

READABLE = ("text/html", "application/xhtml+xml", "text/plain", "")
UNREAD = ("script", "style", "noscript", "template", "nav", "header", "footer", "aside", "form", "iframe", "svg")
BLOCKS = ("p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "br", "section", "article", "dt", "dd", "table")


def page_text(page: Fetched) -> str:
    """Return the text of a page, a paragraph a line, without navigation, forms and scripts.

    Raises:
        ToolError: it is no text, or holds none.
    """
    if page.content_type not in READABLE:
        raise ToolError(f"{page.shown_url}: {page.content_type} is no text")
    text = page.body.decode(page.charset, errors="replace")
    if page.content_type != "text/plain":
        text = _text_of_html(text)
    lines = [re.sub(r"\s+", " ", line).strip() for line in text.split("\n")]
    text = "\n".join(line for line in lines if line)
    if not text:
        raise ToolError(f"{page.shown_url}: the page holds no text")
    return text


def _text_of_html(html: str) -> str:
    # A declaration of an encoding is about bytes, and lxml refuses it in a text.
    html = re.sub(r"^\s*<\?xml[^>]*\?>", "", html.replace("\x00", ""))
    try:
        root = lxml.html.document_fromstring(html)
    except (ParserError, ValueError):  # nothing but comments and white space
        return ""
    for element in list(root.iter(*UNREAD)):
        element.drop_tree()
    for element in root.iter(*BLOCKS):
        element.tail = "\n" + (element.tail or "")
    return root.text_content()
