"""Expressions of GitHub Actions and Azure Pipelines, as far as this repository's pipelines use them.

One language is enough for both: GitHub has operators, Azure has functions for the same. A name that nothing gives is an
error here, where the systems would quietly take an empty text: that is how a misspelt input shows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][\w-]*)"
    r"|(?P<sign>==|!=|&&|\|\||[!().,\[\]]))"
)
EMBEDDED = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)


class UnknownName(AssertionError):
    """An expression asks for something that the pipeline does not have."""


class Anything(dict):
    """A context of which any name may be asked for: what is not there is empty, as variables that are not set are."""

    def __missing__(self, name: str) -> str:
        return ""


def equal(left: Any, right: Any) -> bool:
    """Whether two values are the same, as both systems see it: case does not count, and nothing is an empty text."""
    return str("" if left is None else left).lower() == str("" if right is None else right).lower()


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "eq": equal,
    "ne": lambda left, right: not equal(left, right),
    "and": lambda *values: all(values),
    "or": lambda *values: any(values),
    "not": lambda value: not value,
    "in": lambda value, *others: any(equal(value, other) for other in others),
    "iif": lambda condition, then, otherwise: then if condition else otherwise,
    "always": lambda: True,
    "succeeded": lambda: True,
    "success": lambda: True,
    "failure": lambda: False,
    "cancelled": lambda: False,
    "canceled": lambda: False,
    "fromJSON": json.loads,
    "hashFiles": lambda *patterns: "0" * 64,
}


class _Parser:
    def __init__(self, expression: str, contexts: Mapping[str, Any]) -> None:
        self.expression, self.contexts, self.place = expression, contexts, 0
        self.tokens = []
        rest = expression.strip()
        while rest:
            found = TOKEN.match(rest)
            if found is None:
                raise UnknownName(f"cannot read {rest!r} in {expression!r}")
            self.tokens.append((found.lastgroup, found[found.lastgroup or 0]))
            rest = rest[found.end() :].strip()

    def value(self) -> Any:
        found = self.alternatives()
        if self.place < len(self.tokens):
            raise UnknownName(f"{self.expression!r} goes on after its end")
        return found

    def next(self, sign: str) -> bool:
        if self.place < len(self.tokens) and self.tokens[self.place] == ("sign", sign):
            self.place += 1
            return True
        return False

    def expect(self, sign: str) -> None:
        if not self.next(sign):
            raise UnknownName(f"{self.expression!r} lacks {sign!r}")

    def alternatives(self) -> Any:
        found = self.conjunction()
        while self.next("||"):
            other = self.conjunction()
            found = found or other
        return found

    def conjunction(self) -> Any:
        found = self.comparison()
        while self.next("&&"):
            other = self.comparison()
            found = found and other
        return found

    def comparison(self) -> Any:
        found = self.unary()
        for sign, function in (("==", "eq"), ("!=", "ne")):
            if self.next(sign):
                return FUNCTIONS[function](found, self.unary())
        return found

    def unary(self) -> Any:
        if self.next("!"):
            return not self.unary()
        if self.next("("):
            found = self.alternatives()
            self.expect(")")
            return found
        kind, text = self.tokens[self.place]
        self.place += 1
        if kind == "text":
            return text[1:-1].replace("''", "'")
        if kind == "number":
            return float(text)
        if kind != "name":
            raise UnknownName(f"{self.expression!r} has {text!r} in a wrong place")
        if self.next("("):
            return self.call(text)
        return self.member(self.get(self.contexts, text))

    def call(self, name: str) -> Any:
        arguments = []
        while not self.next(")"):
            arguments.append(self.alternatives())
            self.next(",")
        if name not in FUNCTIONS:
            raise UnknownName(f"no function {name} in {self.expression!r}")
        return FUNCTIONS[name](*arguments)

    def member(self, found: Any) -> Any:
        while True:
            if self.next("."):
                found = self.get(found, self.tokens[self.place][1])
                self.place += 1
            elif self.next("["):
                found = self.get(found, self.alternatives())
                self.expect("]")
            else:
                return found

    def get(self, holder: Any, name: str) -> Any:
        try:
            return holder[name]
        except (KeyError, TypeError) as error:
            raise UnknownName(f"{name!r} in {self.expression!r} is not given by anything") from error


def evaluate(expression: str, contexts: Mapping[str, Any]) -> Any:
    """Return an expression's value.

    Args:
        expression: without its ${{ }}, $[ ] or $( ).
        contexts: the names that it may use, such as `inputs`.
    """
    return _Parser(expression, contexts).value()


def fill(value: Any, contexts: Mapping[str, Any]) -> Any:
    """Return a value with every ${{ }} in it replaced; one that is nothing else keeps its type."""
    if isinstance(value, dict):
        return {fill(key, contexts): fill(item, contexts) for key, item in value.items()}
    if isinstance(value, list):
        return [fill(item, contexts) for item in value]
    if not isinstance(value, str):
        return value
    whole = EMBEDDED.fullmatch(value.strip())
    if whole:
        return evaluate(whole[1], contexts)
    return EMBEDDED.sub(lambda found: str(evaluate(found[1], contexts)), value)
