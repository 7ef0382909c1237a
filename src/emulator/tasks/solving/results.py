"""The results of steps by what the question needs: the value of each fact and calculation, or why there is none."""

from __future__ import annotations

import re
from dataclasses import dataclass

from src.emulator.tasks.expressions.quantities import best_quantity, date_of
from src.emulator.tasks.planning.nodes import SLOT, Calculation, Fact, Group, Nodes
from src.emulator.tasks.solving.prompt import Result

_NOTHING = re.compile(r"^[\W_]*(?:the (?:context|text|passages?|document|request) (?:does not|do not|doesn't) (?:tell"
                      r"|say|hold)"
                      r"|there is nothing to calculate|not found|nothing (?:was )?found|i don't know)", re.IGNORECASE)
_MANGLED = "There is nothing to calculate"
_NO_NUMBER = "the texts that were found give no numbers for it"
_LONGEST_REASON = 200
_LONGEST_PURPOSE = 400


@dataclass(frozen=True)
class Value:
    """A value that was found: as it was written, as a number where it is one, and its unit."""

    text: str
    number: float | None
    unit: str
    is_year: bool


@dataclass(frozen=True)
class Missing:
    """What could not be found, and why."""

    name: str
    reason: str


class Results:
    """The results, by the names that a plan's purposes have."""

    def __init__(self, results: tuple[Result, ...], nodes: Nodes):
        self._nodes = nodes
        self._by_purpose = {result.purpose: result for result in results}

    def value(self, slot: str) -> Value | Missing | None:
        """The value of a node; None where no step was for it."""
        node = self._nodes.get(slot)
        if node is None or isinstance(node, Group):
            return None
        name = self._nodes.named(node.name)
        verb = "calculate" if isinstance(node, Calculation) else "find"
        result = self._by_purpose.get(f"{verb} {name}"[:_LONGEST_PURPOSE])
        if result is None:
            return None
        if is_missing(result):
            return self._cause(node, result)
        return as_value(result.text)

    def _cause(self, node: Fact | Calculation, result: Result) -> Missing:
        """What is missing first: what this node depends on, then its look-up, then itself."""
        text = node.request + (node.query if isinstance(node, Fact) else "")
        for slot in SLOT.findall(text):
            inner = self.value(slot)
            if isinstance(inner, Missing):
                return inner
        name = self.named(node.name)
        look_up = self._by_purpose.get(f"look up {self._nodes.named(node.name)}"[:_LONGEST_PURPOSE])
        if look_up is not None and look_up.failed:
            return Missing(name, reason(look_up))
        return Missing(name, _NO_NUMBER if isinstance(node, Calculation) and _MANGLED in result.text
                       else reason(result))

    def named(self, text: str) -> str:
        """A text with what was found in the place of slots; the description where nothing was found."""
        def found(slot: re.Match) -> str:
            value = self.value(slot.group())
            node = self._nodes.get(slot.group())
            if isinstance(value, Value) and isinstance(node, Fact) and value.number is None and _is_name(value.text):
                return value.text.rstrip(".")
            return self.named(getattr(node, "name", ""))
        return SLOT.sub(found, text)


def _is_name(text: str) -> bool:
    """Whether a text can stand for a name in a sentence, and is no sentence itself."""
    return len(text) < 80 and not (text.endswith(".") and len(text.split()) > 4)


def is_missing(result: Result) -> bool:
    """Whether a step gave nothing."""
    return result.failed or not result.text or _NOTHING.match(result.text) is not None


def reason(result: Result) -> str:
    """Why a step gave nothing, in a few words."""
    if not result.failed:
        return "the texts that were found do not tell"
    text = " ".join(result.text.split()).rstrip(".") or "the step failed"
    return text if len(text) <= _LONGEST_REASON else text[:_LONGEST_REASON].rsplit(" ", 1)[0] + " …"


def as_value(text: str) -> Value:
    """The value of a result's text."""
    text = " ".join(text.split())
    quantity = best_quantity(text[:600])
    if quantity is None:
        return Value(text, None, "", False)
    date = date_of(text[:200])
    if quantity.is_year or date and date[1]:
        return Value(text, float(date[0]) if date else quantity.value, "", True)
    return Value(text, quantity.value, quantity.unit if quantity.unit != "%" else "", False)


def scaled(number: float, unit: str, values: list[Value]) -> str:
    """A number in the scale in which all of some values are written: "12.3 million passengers"."""
    for name, scale in (("billion", 1e9), ("million", 1e6)):
        if abs(number) >= scale / 10 and all(f" {name}" in value.text for value in values):
            return shown(round(number / scale, 4), f"{name} {unit}")
    return shown(number, unit)


def shown(number: float, unit: str = "", is_year: bool = False) -> str:
    """A number for people: separators of thousands, at most two decimals, three digits of what is under one."""
    if is_year or number == int(number):
        text = f"{int(number)}" if is_year else f"{int(number):,}"
    else:
        places = 4 if round(number, 4) == number else 2
        text = f"{number:,.{places}f}".rstrip("0").rstrip(".") if abs(number) >= 1 else f"{number:.3g}"
    if unit in ("€", "$", "£", "¥"):
        return f"{unit}{text}"
    return f"{text} {unit}".strip()
