"""The tree of a page, without what is text for nobody.

libxml2 takes time in the square of the number of a tag's attributes: half a minute for half a megabyte of them. Here it
only finds the tags, which it does in no time, and the tree is made of a bounded number of elements and attributes.
"""

from __future__ import annotations

import re
from itertools import islice

import lxml.html
from lxml import etree

# Code, what stands in for a picture or for a feature that a browser lacks, controls with what they hold, and menus.
UNREAD = frozenset(
    (
        "script",
        "style",
        "noscript",
        "template",
        "iframe",
        "noframes",
        "noembed",
        "object",
        "applet",
        "svg",
        "math",
        "canvas",
        "audio",
        "video",
        "map",
        "select",
        "textarea",
        "datalist",
        "meter",
        "progress",
        "nav",
        "rp",
    )
)
# Names that lxml takes, and characters that it does not: https://www.w3.org/TR/xml/#charsets
NAME = re.compile(r"[a-z][a-z0-9._-]*")
NO_XML = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
ASKED_FOR = frozenset(("style", "class", "id", "hidden", "open", "color", "bgcolor"))
MOST_OTHERS = 20  # attributes of an element, for selectors of style sheets
DEEPEST = 256  # elements inside each other; what is deeper is not read, as in browsers (which take twice as many)
MOST = 20_000  # elements; what comes after them is not read. Of 750 pages of all kinds, the largest has 16,000


class PageTree:
    """Takes the tags that a parser finds, and makes a tree of them.

    Attributes:
        root: the tree.
        styles: the style sheets inside the page.
        linked: whether the page has further ones elsewhere.
    """

    def __init__(self) -> None:
        self.root = lxml.html.Element("html")
        self.styles: list[str] = []
        self.linked = False
        self._builder = etree.TreeBuilder(element_factory=lxml.html.html_parser.makeelement)
        self._builder.start("html", {})  # since a page that is out of order can have several roots
        self._open: list[str] = []  # the elements that the tree has got and that are not at their ends
        self._skipped: list[str] = []  # those that it does not get
        self._count = 0

    def start(self, tag: str, attributes: dict[str, str | None]) -> None:
        """Take a tag that begins an element."""
        self.linked |= tag == "link" and "stylesheet" in (attributes.get("rel") or "").lower()
        if self._skipped or tag in UNREAD or len(self._open) == DEEPEST or self._count == MOST:
            applies = (attributes.get("media") or "all").strip().lower() in ("all", "screen")
            self._skipped.append(tag if applies else "")
            return
        others = islice((name for name in attributes if NAME.fullmatch(name)), MOST_OTHERS)
        names = {*others, *ASKED_FOR & attributes.keys()}
        kept: dict[str | bytes, str | bytes] = {name: NO_XML.sub("", attributes[name] or "") for name in names}
        self._open.append(tag if NAME.fullmatch(tag) else "span")
        self._builder.start(self._open[-1], kept)
        self._count += 1

    def end(self, tag: str) -> None:
        """Take a tag that ends an element."""
        if self._skipped:
            self._skipped.pop()
        else:
            self._builder.end(self._open.pop())

    def data(self, text: str) -> None:
        """Take a piece of text."""
        if not self._skipped:
            self._builder.data(NO_XML.sub("", text))
        elif self._skipped == ["style"]:
            self.styles.append(text)

    def close(self) -> None:
        """End the tree."""
        self._builder.end("html")
        self.root = self._builder.close()


def tree_of(html: str) -> PageTree:
    """Return the tree of a page."""
    # Bytes, since lxml looks for a declaration in a text with a regular expression that takes a minute for some.
    # And lxml, other than its stubs, takes a target that leaves comments out.
    tree = PageTree()
    parser = etree.HTMLParser(target=tree, encoding="utf-8", huge_tree=True)  # type: ignore[arg-type]
    etree.fromstring(html.replace("\0", "").encode("utf-8", "replace"), parser)
    return tree
