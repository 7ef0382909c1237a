"""The readable text of a web page.

A page comes from a stranger. Its bytes become characters (`encoding`), these a tree of bounded size (`parsing`), which
loses what no reader sees (`hiding`, `styles`) and what belongs to the site; numbers above the line are spelled out
(`raised`), the rest is text (`lines`). Where that is too much, trafilatura finds the main part (`main_part`).
"""

from __future__ import annotations

import lxml.html
from guarded_web.fetch import Fetched

from ..errors import ToolError
from .encoding import decoded
from .hiding import visible_tree
from .lines import lines_of, text_of
from .main_part import fitting
from .parsing import tree_of
from .raised import spell_out_raised

READABLE = ("text/html", "application/xhtml+xml", "text/plain", "")
SECTIONS = ("article", "main", "section")
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


def page_text(page: Fetched, room: int | None = None) -> str:
    """Return the text of a page as a reader sees it, a paragraph or a row a line, without menus, controls and scripts.

    Args:
        page: what was fetched.
        room: the characters that somebody has for it. A longer text is cut there, and its main part goes first.

    Raises:
        ToolError: it is no text, holds none, or it is unclear what it hides.
    """
    if page.content_type not in READABLE:
        raise ToolError(f"{page.display_url}: {page.content_type} is no text")
    html = page.content_type != "text/plain"
    text = decoded(page.body, page.charset, html)
    try:
        lines = _lines_of_html(text, room) if html else lines_of(text)
    except ToolError as error:
        raise ToolError(f"{page.display_url}: {error}") from None
    if not lines:
        raise ToolError(f"{page.display_url}: the page holds no text")
    return "\n".join(lines)[:room]


def _lines_of_html(html: str, room: int | None) -> list[str]:
    root = visible_tree(tree_of(html))
    _drop_site(root)
    spell_out_raised(root)
    lines = lines_of(text_of(root))
    if room is None or sum(len(line) + 1 for line in lines) <= room:
        return lines
    return fitting(lines, root, room)


def _drop_site(root: lxml.html.HtmlElement) -> None:
    """Take out what belongs to the site and not to the page, except headings, and the controls of forms.

    By https://www.w3.org/TR/html-aam-1.0/ a header or footer is the site's (banner, contentinfo) unless it is inside a
    section; the same goes here for an aside, which in an article may hold its facts.
    """
    for element in list(root.iter("header", "footer", "aside")):
        if next(element.iterancestors(*SECTIONS), None) is None:
            for heading in list(element.iter(*HEADINGS)) if element.tag != "aside" else ():
                element.addprevious(heading)
                heading.tail = None
            element.drop_tree()
    for form in list(root.iter("form")):
        for button in list(form.iter("button")):
            if next(button.iterancestors(*HEADINGS), None) is None:
                button.drop_tree()
        form.tag = "div"
