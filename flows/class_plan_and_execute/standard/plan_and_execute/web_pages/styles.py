"""What the style sheets inside a page, and its `style` attributes, say of its elements."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from functools import lru_cache

import cssselect2
import tinycss2

from ..errors import ToolError

Style = dict[str, str]

LARGEST = 1_000_000  # characters of style sheets and attributes; of 750 pages one has more
SECONDS = 3.0  # of processor time for reading rules and finding their elements; most pages take a fiftieth
MEDIA = re.compile(r"(only\s+)?(all|screen)", re.IGNORECASE)
# Names, classes, ids and attributes of elements, inside each other at most twice: more takes long in a deep tree. Rules
# for states (:hover) and for what stands beside an element (+, ~) are left alone.
SELECTOR = re.compile(r"[^\s>+~:|]+(?:(?:\s*>\s*|\s+)[^\s>+~:|]+){0,2}")


class Styles:
    """The declarations that hold for an element, of those properties that somebody asks for."""

    def __init__(self, sheets: Iterable[str], properties: frozenset[str]) -> None:
        self._properties = properties
        self._matcher = cssselect2.Matcher()
        self._attribute = lru_cache(maxsize=1024)(self._of_attribute)
        self._left = LARGEST
        self._end = time.thread_time() + SECONDS
        self._add(tinycss2.parse_stylesheet(self._counted("\n".join(sheets)), skip_comments=True, skip_whitespace=True))

    def of(self, wrapper: cssselect2.ElementWrapper) -> Style:
        """Return an element's own declarations: of two for one property, the one that a browser obeys.

        Raises:
            ToolError: finding out takes too long.
        """
        self._check_time()
        rules = [declarations for _, _, pseudo, declarations in self._matcher.match(wrapper) if pseudo is None]
        rules.append(self._attribute(wrapper.etree_element.get("style", "")))
        # https://www.w3.org/TR/css-cascade-4/#cascade-sort: by importance, then as the matcher sorts them.
        return {
            name: value
            for wanted in (False, True)
            for declarations in rules
            for name, value, important in declarations
            if important is wanted
        }

    def _check_time(self) -> None:
        if time.thread_time() > self._end:
            raise ToolError("its style sheets are too complicated to tell what it hides")

    def _counted(self, text: str) -> str:
        self._left -= len(text)
        if self._left < 0:
            raise ToolError("its style sheets are too large to tell what it hides")
        return text

    def _of_attribute(self, style: str) -> list[tuple[str, str, bool]]:
        return self._declarations(self._counted(style))

    def _declarations(self, source: str | tuple) -> list[tuple[str, str, bool]]:
        nodes = tinycss2.parse_blocks_contents(source, skip_comments=True, skip_whitespace=True)
        return [
            (node.lower_name, tinycss2.serialize(node.value).strip().lower(), node.important)
            for node in nodes
            if node.type == "declaration" and node.lower_name in self._properties
        ]

    def _add(self, rules: Iterable[tinycss2.ast.Node]) -> None:
        for rule in rules:
            self._check_time()
            if rule.type == "at-rule" and rule.content is not None and rule.lower_at_keyword == "media":
                if MEDIA.fullmatch(tinycss2.serialize(rule.prelude).strip()):
                    self._add(tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True))
            elif rule.type == "qualified-rule" and (declarations := self._declarations(rule.content)):
                for selector in tinycss2.serialize(rule.prelude).split(","):
                    self._add_selector(selector.strip(), declarations)

    def _add_selector(self, selector: str, declarations: list[tuple[str, str, bool]]) -> None:
        if SELECTOR.fullmatch(selector):
            try:
                compiled = cssselect2.compile_selector_list(selector)
            except cssselect2.SelectorError:
                return
            for each in compiled:
                self._matcher.add_selector(each, declarations)
