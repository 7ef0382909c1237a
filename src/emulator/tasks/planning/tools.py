"""The tools that a planner may use, by what they are for."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LISTED = re.compile(r"^[ \t]*[-*][ \t]*`?(\w{1,64})`?[ \t]*\(([^()\n]{0,200})\)[ \t]*:?[ \t]*([^\n]{0,300})",
                     re.MULTILINE)
_KINDS = {
    "calculate": re.compile(r"math|calculat|arithmetic|comput", re.IGNORECASE),
    "encyclopedia": re.compile(r"wiki|encyclop", re.IGNORECASE),
    "web": re.compile(r"web|search|browse|bing|google|look[ _-]?up|retriev", re.IGNORECASE),
    "answer": re.compile(r"llm|language model|answer|extract|ask|reason", re.IGNORECASE),
}
_CONTEXTS = re.compile(r"context|text|passage|source|document|content|input", re.IGNORECASE)
_TIMELY = re.compile(
    r"\b(?:today|currently|right now|at the moment|latest|this (?:week|month|year)|news|website|web ?page|online|"
    r"opening hours)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Tool:
    """A tool on offer: its name, the names of what it takes, and what it is for."""

    name: str
    parameters: tuple[str, ...]
    kind: str

    def arguments(self, request: str, context: str) -> dict[str, str]:
        """The arguments of a call: the context goes where one is taken, the request everywhere else."""
        with_context = {name for name in self.parameters
                        if _CONTEXTS.search(name)} if len(self.parameters) > 1 else set()
        if with_context or not context:
            return {name: context if name in with_context else request for name in self.parameters}
        return {name: f"{request} {context}" for name in self.parameters}


@dataclass(frozen=True)
class Toolbox:
    """The tools that a plan is made with."""

    look_up: Tool | None
    answer: Tool | None
    calculate: Tool | None

    @property
    def any(self) -> Tool | None:
        """A tool, where there is one."""
        return self.answer or self.look_up or self.calculate


def toolbox(prompt: str, schema: dict | None, question: str, refused: str = "") -> Toolbox:
    """The tools that a prompt lists, as far as the schema knows them.

    Args:
        prompt: the system's message.
        schema: the schema of the plan.
        question: what is to be planned; the web is asked what changes from day to day.
        refused: why an earlier plan was refused; a tool that it calls broken or unknown is avoided if it can be.
    """
    described = {name: (tuple(part.split(":")[0].strip() for part in parameters.split(",") if part.strip()), text)
                 for name, parameters, text in _LISTED.findall(prompt)}
    parameters = _in_schema(schema) or {name: names for name, (names, _) in described.items()}
    found = [Tool(name, names, _kind(name, described.get(name, ((), ""))[1])) for name, names in parameters.items()]
    usable = [tool for tool in found if not _is_refused(tool.name, refused)]
    by_kind = {kind: next((tool for tool in (*usable, *found) if tool.kind == kind), None) for kind in _KINDS}
    order = ("web", "encyclopedia") if _TIMELY.search(question) else ("encyclopedia", "web")
    look_up = next((by_kind[kind] for kind in order if by_kind[kind] in usable), None) or by_kind[order[0]] or by_kind[
        order[1]]
    answer = by_kind["answer"]
    others = [tool for tool in found if tool.kind == ""]
    if look_up is None and answer is None and by_kind["calculate"] is None and others:
        answer = others[0]
    return Toolbox(look_up, answer, by_kind["calculate"])


def _is_refused(name: str, reason: str) -> bool:
    return re.search(rf"\b{re.escape(name)}\b[^.]{{0,40}}(?:not|fail|no such|unknown|broken|unavailable)",
                     reason) is not None


def _kind(name: str, description: str) -> str:
    for text in (name, description):
        for kind, pattern in _KINDS.items():
            if pattern.search(text):
                return kind
    return ""


def _in_schema(schema: dict | None) -> dict[str, tuple[str, ...]]:
    """The names and parameters of tools in a plan's schema: every object with a constant `tool` and `arguments`."""
    found: dict[str, tuple[str, ...]] = {}
    waiting: list[object] = [schema]
    while waiting:
        part = waiting.pop(0)
        if isinstance(part, list):
            waiting += part
        elif isinstance(part, dict):
            properties = part.get("properties")
            if isinstance(properties, dict) and isinstance(properties.get("tool"), dict):
                arguments = properties.get("arguments")
                names = arguments.get("properties") if isinstance(arguments, dict) else None
                for name in _names(properties["tool"]):
                    if isinstance(names, dict):
                        found.setdefault(name, tuple(names))
            waiting += part.values()
    return found


def _names(tool: dict) -> list[str]:
    names = [tool["const"]] if "const" in tool else tool.get("enum") or []
    return [name for name in names if isinstance(name, str)]
