"""What a question wants: which facts, and what is done with them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from src.emulator.tasks.planning.nodes import Calculation, Nodes


@dataclass(frozen=True)
class Reading:
    """A question, read.

    Attributes:
        kind: "fact", "facts", "compare", "difference", "sum", "average", "percentage", "ratio", "rate", "years",
            or "arithmetic".
        goals: the slots of what is to be found out, in their order.
        nodes: what the slots stand for.
        extra: the slot of a calculation that can be left out.
        entities: the names of what is compared, with slots in them.
        sign: 1 where the one with more is asked for, -1 for the one with less.
        wording: how it is compared: "more inhabitants", "longer".
        yes_no: whether the question wants to hear yes or no: the first entity has more (or less) than the second.
        unit: the unit that the question asks for, where it names one.
    """

    kind: str
    goals: tuple[str, ...]
    nodes: Nodes
    extra: str = ""
    entities: tuple[str, ...] = ()
    sign: int = 1
    wording: str = ""
    yes_no: bool = False
    unit: str = ""


def difference(left: str, right: str, nodes: Nodes, what: str = "") -> str:
    """The slot of a difference of two slots."""
    name = what or f"the difference between {left} and {right}"
    return nodes.add(Calculation("difference", f"the difference between {left} and {right}", name))


def listed(slots: list[str]) -> str:
    """Names or slots as a list: "A, B and C"."""
    return slots[0] if len(slots) == 1 else ", ".join(slots[:-1]) + " and " + slots[-1]


def total(slots: list[str], kind: str, nodes: Nodes) -> str:
    """The slot of a sum or an average."""
    text = f"the {kind} of {listed(slots)}"
    return nodes.add(Calculation(kind, text, text))


_ROUNDING = re.compile(
    r"(?:,? ?\(?|\b)(?:rounded |round (?:it |the (?:result|answer) )?)?(?:to|with) (?P<places>one|two|three|four|\d) "
    r"(?:decimals?|decimal places?|places)\b\)?|\b(?P<enough>one|two|three) decimals? (?:is|are) enough", re.IGNORECASE)
_DIGITS = {"one": "1", "two": "2", "three": "3", "four": "4"}
_ROUNDED = frozenset(("percentage", "quotient", "average", "product", "math"))


def rounding(text: str) -> tuple[str, str]:
    """A question without its wish for rounding, and the wish: "rounded to two decimals"."""
    found = _ROUNDING.search(text)
    if found is None:
        return text, ""
    places = (found["places"] or found["enough"]).lower()
    places = _DIGITS.get(places, places)
    return _ROUNDING.sub("", text), f"rounded to {places} decimal{'s' * (places != '1')}"


def rounded(reading: Reading, wish: str) -> Reading:
    """A reading whose last calculation is rounded."""
    node = reading.nodes.get(reading.goals[-1]) if reading.goals else None
    if not wish or not isinstance(node, Calculation) or node.kind not in _ROUNDED:
        return reading
    slot = reading.nodes.add(replace(node, request=f"{node.request}, {wish}"))
    return replace(reading, goals=(*reading.goals[:-1], slot))


_NUMBER = r"\d[\d.,]*(?:\s(?:hundred|thousand|million|billion|trillion))?"
NUMBER = re.compile(_NUMBER)
