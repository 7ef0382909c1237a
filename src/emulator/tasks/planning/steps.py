"""From the nodes of a question to the steps of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from src.emulator.tasks.planning.nodes import SLOT, Calculation, Fact, Group, Nodes
from src.emulator.tasks.planning.tools import Tool, Toolbox

_LONGEST = 400


@dataclass(frozen=True)
class Step:
    """A step of a plan, as its JSON has it."""

    id: str
    purpose: str
    tool: str
    arguments: dict[str, str]


class Writer:
    """Writes the steps for nodes, each node once, what it needs before it."""

    def __init__(self, nodes: Nodes, toolbox: Toolbox):
        self.steps: list[Step] = []
        self._nodes = nodes
        self._tools = toolbox
        self._done: dict[str, str] = {}

    def write(self, slot: str) -> str:
        """The reference to the result of a node, after the steps that give it."""
        if slot not in self._done:
            node = self._nodes.get(slot)
            if isinstance(node, Group):
                self._done[slot] = " and ".join(self.write(member) for member in node.members)
            elif isinstance(node, Calculation):
                self._done[slot] = self._calculate(node)
            elif isinstance(node, Fact):
                self._done[slot] = self._look_up(node)
        return self._done.get(slot, "")

    def _look_up(self, fact: Fact) -> str:
        request, query = self._filled(fact.request), self._filled(fact.query)
        name = self._nodes.named(fact.name)
        context = ""
        if self._tools.look_up is not None:
            context = self.add(self._tools.look_up, f"look up {name}", query, "")
        if self._tools.answer is None:
            return context
        return self.add(self._tools.answer, f"find {name}", request, context)

    def _calculate(self, calculation: Calculation) -> str:
        request = self._filled(calculation.request)
        name = self._nodes.named(calculation.name)
        if self._tools.calculate is not None:
            return self.add(self._tools.calculate, f"calculate {name}", request, "")
        context = " ".join(self._done[slot] for slot in SLOT.findall(calculation.request))
        tool = self._tools.answer or self._tools.look_up
        return self.add(tool, f"calculate {name}", f"Calculate {request}.", context) if tool else ""

    def _filled(self, text: str) -> str:
        return SLOT.sub(lambda found: self.write(found.group()), text)

    def add(self, tool: Tool, purpose: str, request: str, context: str) -> str:
        """Add a step; the same call is made once.

        Returns:
            The id of the step.
        """
        arguments = tool.arguments(request[:_LONGEST], context)
        for step in self.steps:
            if (step.tool, step.arguments) == (tool.name, arguments):
                return step.id
        identifier = f"#E{len(self.steps) + 1}"
        self.steps.append(Step(identifier, purpose[:_LONGEST], tool.name, arguments))
        return identifier


def as_json(steps: list[Step]) -> Mapping[str, list]:
    """The plan as the schema has it."""
    return {"steps": [{"id": step.id, "purpose": step.purpose, "tool": step.tool, "arguments": step.arguments}
                      for step in steps]}
