"""Plans for a reading, from the one that finds out most to the simplest."""

from __future__ import annotations

from collections.abc import Iterator

from src.emulator.tasks.planning.nodes import SLOT, Calculation, Fact, Group, Nodes
from src.emulator.tasks.planning.reading import Reading
from src.emulator.tasks.planning.steps import Step, Writer
from src.emulator.tasks.planning.tools import Toolbox


def plans(reading: Reading, question: str, toolbox: Toolbox) -> Iterator[list[Step]]:
    """Plans for a question, each simpler than the one before; the last has one step."""
    if reading.extra:
        yield _plan(reading.nodes, (*reading.goals, reading.extra), toolbox)
    yield _plan(reading.nodes, reading.goals, toolbox)
    direct = _direct(reading)
    if direct is not None:
        yield _plan(reading.nodes, direct, toolbox)
    shared = _shared(reading, question, toolbox)
    if shared:
        yield shared
    question = " ".join(question.replace("#", "").split())
    yield _simple(question, toolbox, 2)
    yield _simple(question, toolbox, 1)


def _plan(nodes: Nodes, goals: tuple[str, ...], toolbox: Toolbox) -> list[Step]:
    writer = Writer(nodes, toolbox)
    for goal in goals:
        writer.write(goal)
    return writer.steps


def _direct(reading: Reading) -> tuple[str, ...] | None:
    """The goals with facts in the place of calculations that may also be told somewhere, such as a density."""
    nodes, found, changed = reading.nodes, [], False
    for goal in reading.goals:
        node = nodes.get(goal)
        if isinstance(node, Calculation) and node.instead is not None:
            goal, changed = nodes.add(node.instead), True
        found.append(goal)
    return tuple(found) if changed else None


def _shared(reading: Reading, question: str, toolbox: Toolbox) -> list[Step]:
    """One look-up for all facts that depend on no other, where it takes several; then the rest as before."""
    if toolbox.look_up is None or toolbox.answer is None:
        return []
    nodes = reading.nodes
    facts = [node for goal in reading.goals for node in _facts(goal, nodes)]
    if len(facts) < 2 or any(SLOT.search(fact.request) for fact in facts):
        return []
    writer = _SharingWriter(nodes, toolbox, " ".join(dict.fromkeys(" ".join(fact.query for fact in facts).split())))
    for goal in reading.goals:
        writer.write(goal)
    return writer.steps


def _facts(slot: str, nodes: Nodes) -> list[Fact]:
    node = nodes.get(slot)
    if isinstance(node, Fact):
        return [node]
    text = node.request if isinstance(node, Calculation) else "".join(node.members) if isinstance(node, Group) else ""
    return [fact for inner in SLOT.findall(text) for fact in _facts(inner, nodes)]


class _SharingWriter(Writer):
    """A writer that looks everything up at once."""

    def __init__(self, nodes: Nodes, toolbox: Toolbox, query: str):
        super().__init__(nodes, toolbox)
        self._query = query
        self._toolbox = toolbox

    def _look_up(self, fact: Fact) -> str:
        context = self.add(self._toolbox.look_up, "look up what the question is about", self._query, "")
        return self.add(self._toolbox.answer, f"find {self._nodes.named(fact.name)}", fact.request, context)


def _simple(question: str, toolbox: Toolbox, most: int) -> list[Step]:
    """One look-up with the question itself, and an answer from it."""
    writer = Writer(Nodes(), toolbox)
    if most == 1 or toolbox.look_up is None or toolbox.answer is None:
        tool = toolbox.look_up or toolbox.any
        if tool is not None:
            writer.add(tool, "look up what the question is about", question, "")
        return writer.steps
    context = writer.add(toolbox.look_up, "look up what the question is about", question, "")
    writer.add(toolbox.answer, "answer the question", question, context)
    return writer.steps
