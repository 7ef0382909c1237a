"""What a question is made of: facts, which are looked up, calculations with them, and groups of facts.

Texts refer to nodes by slots: single characters from the private use area, which count as names while a question is
read and become the ids of steps in a plan.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_FIRST_SLOT = 0xE000
_MOST_SLOTS = 0x400
ENTITY = "\uf8ff"
SLOT = re.compile("[\ue000-\ue3ff]")
PRIVATE = re.compile("[\ue000-\uf8ff]")


@dataclass(frozen=True)
class Measure:
    """A fact that can be asked of any entity; ENTITY marks its place in the texts.

    Attributes:
        request: the question.
        query: the words to look it up with.
        name: what it is called, such as "the length of X".
    """

    request: str
    query: str
    name: str

    def of(self, entity: str) -> Fact:
        """The fact of one entity."""
        return Fact(*(text.replace(ENTITY, entity) for text in (self.request, self.query, self.name)), self, entity)


@dataclass(frozen=True)
class Fact:
    """One fact to look up.

    Attributes:
        request: the question.
        query: the words to look it up with.
        name: what it is called.
        measure: the measure that it was made from.
        entity: whose measure it is.
        head: the noun of what it describes.
        asked: how it was asked, where the request asks for it by way of something else.
    """

    request: str
    query: str
    name: str
    measure: Measure | None = None
    entity: str = ""
    head: str = ""
    asked: str = ""


@dataclass(frozen=True)
class Calculation:
    """A calculation in words with slots: its kind, the request, its name, and a fact that may stand in for it."""

    kind: str
    request: str
    name: str
    instead: Fact | None = None


@dataclass(frozen=True)
class Group:
    """Several facts of one kind, and what is made of them: "sum", "average" or nothing."""

    members: tuple[str, ...]
    total: str = ""


class Nodes:
    """The nodes of one question, each with its slot."""

    def __init__(self) -> None:
        self._nodes: list[Fact | Calculation | Group] = []

    def add(self, node: Fact | Calculation | Group) -> str:
        """The slot of a node, the same for equal nodes.

        Raises:
            OverflowError: if there are more nodes than slots.
        """
        if node not in self._nodes:
            if len(self._nodes) == _MOST_SLOTS:
                raise OverflowError("The question has more parts than there are slots.")
            self._nodes.append(node)
        return chr(_FIRST_SLOT + self._nodes.index(node))

    def get(self, text: str) -> Fact | Calculation | Group | None:
        """The node of a text that is nothing but a slot."""
        text = text.strip()
        place = ord(text) - _FIRST_SLOT if len(text) == 1 else -1
        return self._nodes[place] if 0 <= place < len(self._nodes) else None

    def members(self, text: str) -> list[str]:
        """The slots of a group's members; else the text itself."""
        node = self.get(text)
        return list(node.members) if isinstance(node, Group) else [text.strip()]

    def named(self, text: str) -> str:
        """A text with the names of nodes in the place of their slots."""
        return SLOT.sub(lambda found: self._name(found.group()), text)

    def _name(self, slot: str) -> str:
        node = self.get(slot)
        if isinstance(node, Group):
            return " and ".join(self._name(member) for member in node.members)
        return "" if node is None else self.named(node.name)
