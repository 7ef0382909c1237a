"""Evaluates Bicep as far as the tests need it: parameters, variables, modules, outputs and role assignments.

pycep reads the files. It drops the quotes of strings, so a word counts as a symbol where one of that name is in scope,
and as text elsewhere. What only Azure knows of a resource (a client id, an address) is a text that names it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pycep import BicepParser

SUBSCRIPTION = "00000000-0000-0000-0000-0000000000aa"
ASSIGNMENT = "Microsoft.Authorization/roleAssignments"
INTERPOLATION = re.compile(r"\$\{([^}]*)\}")
TYPES = {"string": str, "bool": bool, "int": int, "array": list, "object": dict}


class Broken(Exception):
    """What the compiler, or Azure, would refuse."""


@cache
def parser() -> BicepParser:
    """One for all texts: it takes a second to make."""
    return BicepParser()


@cache
def parse(text: str) -> dict[str, Any]:
    """What pycep makes of a file's text; it raises where it cannot read it."""
    return parser().parse(text=text)


@dataclass(frozen=True)
class Grant:
    """A role assignment: who has which role, by name and id, on which resource."""

    principal: str
    role: str
    role_id: str
    scope: str


class Unknown(str):
    """What only Azure knows."""

    def get(self, name: str) -> Unknown:
        """Something of it."""
        return Unknown(f"{self}.{name}")


@dataclass(frozen=True)
class Resource:
    """A resource of a template, as expressions see it."""

    template: Template
    symbol: str

    @property
    def about(self) -> dict[str, Any]:
        """Its type, its configuration, and for a loop what it runs over."""
        found = self.template.parsed["resources"][self.symbol]
        config = found["config"]
        loop = config["loop_type"]["detail"] if "loop_type" in config else None
        return {**found, "config": config["config"] if loop else config, "loop": loop}

    def get(self, name: str) -> Any:
        """Its property of that name: what the file says of `name` and `id`, what only Azure knows of all else."""
        own = self.template.value(self.about["config"]["name"])
        if name == "id":
            return f"/subscriptions/{SUBSCRIPTION}/providers/{self.about['type']}/{own}"
        return own if name == "name" else Unknown(f"{own}:{name}")


class Template:
    """A file with the values of its parameters.

    Raises:
        Broken: a parameter is missing, unknown, of another type, or out of its limits.
    """

    def __init__(self, path: Path, values: dict[str, Any]):
        self.path, self.parsed = path, parse(path.read_text(encoding="utf-8"))
        self.modules: dict[str, Template] = {}  # those that were asked for
        declared = self.declared("parameters")
        defaults = {name: about["default"] for name, about in declared.items() if about["default"] is not None}
        self.parameters = defaults | values
        if wrong := set(self.parameters) ^ set(declared):
            raise Broken(f"{path.name}: missing or unknown: {', '.join(sorted(wrong))}")
        for name, about in declared.items():
            self._check(name, about)

    def declared(self, kind: str) -> dict[str, dict[str, Any]]:
        """What the file declares, by symbol: parameters, variables, resources, modules or outputs."""
        return self.parsed.get(kind, {})

    def _check(self, name: str, about: dict[str, Any]) -> None:
        value = self.parameters[name]
        if not isinstance(value, TYPES[about["type"]]):
            raise Broken(f"{self.path.name}: {name} is {value!r}, no {about['type']}")
        limits = {decorator["type"]: decorator.get("argument") for decorator in about["decorators"]}
        if value not in limits.get("allowed", [value]):
            raise Broken(f"{self.path.name}: {name} is {value!r}, not of {limits['allowed']}")
        size = value if isinstance(value, int) else len(value)
        least, most = (limits.get(f"{of}_length", limits.get(f"{of}_value", size)) for of in ("min", "max"))
        if not least <= size <= most:
            raise Broken(f"{self.path.name}: {name} is {value!r}, not within {least} and {most}")

    def _deployed(self, symbol: str) -> bool:
        return self.value(self.declared("modules")[symbol]["config"].get("condition", True))

    def module(self, symbol: str) -> Template:
        """One module."""
        if not self._deployed(symbol):
            raise Broken(f"{self.path.name}: {symbol} is used, and not deployed")
        if symbol not in self.modules:
            about = self.declared("modules")[symbol]
            values = self.value(about["config"].get("config", about["config"])["params"])
            self.modules[symbol] = Template(self.path.parent / about["detail"]["path"], values)
        return self.modules[symbol]

    def get(self, name: str) -> Any:
        """The output of that name; `outputs`, which stands before it in expressions, is the template itself."""
        if name == "outputs":
            return self
        if name not in self.declared("outputs"):
            raise Broken(f"{self.path.name} has no output {name}")
        return self.value(self.declared("outputs")[name]["value"])

    def outputs(self) -> dict[str, Any]:
        """All outputs."""
        return {name: self.get(name) for name in self.declared("outputs")}

    def resources(self) -> Iterator[Resource]:
        """The resources that this file and its modules make, without those that they only refer to."""
        yield from (Resource(self, name) for name, about in self.declared("resources").items() if not about["existing"])
        for symbol in filter(self._deployed, self.declared("modules")):
            yield from self.module(symbol).resources()

    def grants(self) -> Iterator[Grant]:
        """The role assignments of this file and its modules."""
        for resource in self.resources():
            if resource.about["type"] == ASSIGNMENT:
                loop, config = resource.about["loop"], resource.about["config"]
                for item in resource.template.value(loop["array_name"]):
                    made = resource.template.value(config, {loop["item_name"]: item})
                    properties = made["properties"]
                    yield Grant(
                        properties["principalId"],
                        item["role"],
                        properties["roleDefinitionId"],
                        made["scope"].get("name"),
                    )

    def value(self, node: Any, around: dict[str, Any] | None = None) -> Any:
        """The value of an expression; `around` has the symbols of a loop."""
        around = around or {}
        if isinstance(node, str):
            return self._text(node, around)
        if isinstance(node, list):
            return [self.value(each, around) for each in node]
        if not isinstance(node, dict):
            return node
        if "operator" in node:
            return self._operator(node["operator"]["type"], node["operator"]["operands"], around)
        if "function" in node:
            return self._function(around=around, **node["function"])
        return {self._filled(key.strip("'"), around): self.value(each, around) for key, each in node.items()}

    def _text(self, text: str, around: dict[str, Any]) -> Any:
        if text in around:
            return around[text]
        if text in self.parameters:
            return self.parameters[text]
        if text in self.declared("variables"):
            return self.value(self.declared("variables")[text]["value"])
        if text in self.declared("resources"):
            return Resource(self, text)
        return self.module(text) if text in self.declared("modules") else self._filled(text, around)

    def _filled(self, text: str, around: dict[str, Any]) -> str:
        def expression(match: re.Match) -> str:
            return str(self.value(parse(f"var it = {match[1]}\n")["variables"]["it"]["value"], around))

        return INTERPOLATION.sub(expression, text)

    def _operator(self, kind: str, operands: dict[str, Any], around: dict[str, Any]) -> Any:
        if kind == "conditional":
            chosen = "true_value" if self.value(operands["condition"], around) else "false_value"
            return self.value(operands[chosen], around)
        if kind == "not":
            return not self.value(operands["bool_value"], around)
        first, second = operands.values()
        if kind == "or":
            return self.value(first, around) or self.value(second, around)
        if kind == "index_accessor":
            return _of(self.value(first, around), self.value(second, around))
        assert kind == "property_accessor", kind
        owner = self.value(first, around)
        while isinstance(second, dict):  # it leans to the right: a.(b.c)
            name, second = second["operator"]["operands"].values()
            owner = _of(owner, name)
        return _of(owner, second)

    def _function(
        self, type: str, around: dict[str, Any], parameters: dict | None = None, property_name: str | None = None
    ) -> Any:
        given = [self.value(each, around) for each in (parameters or {}).values() if each is not None]
        found = FUNCTIONS[type](self, *given)
        return found if property_name is None else _of(found, "".join(property_name))  # a text, or a list of one


def _of(owner: Any, name: str) -> Any:
    if isinstance(owner, dict) and name not in owner:
        raise Broken(f"no {name} in {', '.join(owner)}")
    return owner[name] if isinstance(owner, dict) else owner.get(name)


FUNCTIONS = {
    "concat": lambda _, *lists: [item for each in lists for item in each],
    "union": lambda _, *lists: list(dict.fromkeys(item for each in lists for item in each)),
    "load_json_content": lambda template, path: json.loads((template.path.parent / path).read_text(encoding="utf-8")),
    "subscription": lambda _: {"id": f"/subscriptions/{SUBSCRIPTION}", "subscriptionId": SUBSCRIPTION},
    "subscription_resource_id": lambda _, resource_type, name: name,
    "unique_string": lambda _, *texts: "abcdefghij234",  # 13 lower-case letters and digits, as Azure makes them
    "take": lambda _, text, length: text[:length],
    "guid": lambda _, *texts: "/".join(texts),
    "tenant": lambda _: Unknown("tenant"),
}
