"""What a flow takes, read from its files without importing it: its inputs, and what its class is made with."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from mlops.common.errors import UserError
from mlops.common.paths import display_path
from mlops.data.column_mapping import column_of
from mlops.data.files import ColumnRequirement
from mlops.data.value_kinds import ANYTHING, OF_DAGS, Kinds, kinds_of_annotation
from mlops.flow_folders.folders import DEFINITIONS

RESERVED = "line_number"  # Prompt flow's own name for a line's place; an input of this name would get that
NAMED = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Parameter:
    """What a flow takes under a name: kinds of JSON values, and whether it can do without."""

    kinds: Kinds
    has_default: bool


def definition_of(flow: Path) -> tuple[str, dict[str, Any]]:
    """Return the name of the YAML file that defines a flow, and its content."""
    name = next(name for name in DEFINITIONS if (flow / name).is_file())
    return name, yaml.safe_load((flow / name).read_text(encoding="utf-8"))


def check_arguments(flow: Path, column_mapping: Mapping[str, Any], init: Mapping[str, Any] | None) -> None:
    """Check that a flow takes what a batch gives it, and gets what it needs.

    Raises:
        UserError: an input or an argument of the class is unknown or missing, or a reference is none to the data.
    """
    inputs, made_with = parameters_of(flow)
    place = display_path(flow)
    _check_names(f"the column mapping of {place}", column_mapping, inputs)
    _check_names(f"what the class of {place} is made with", init or {}, made_with)
    for name, value in column_mapping.items():
        if isinstance(value, str) and "${" in value and column_of(value) is None:
            raise UserError(f"the column mapping of {place}: {name} is {value}; a reference is ${{data.<column>}}")


def required_by_flow(flow: Path, column_mapping: Mapping[str, Any]) -> list[ColumnRequirement]:
    """Return what a flow needs of the columns that its column mapping refers to.

    Raises:
        UserError: an input has a name that Prompt flow keeps to itself.
    """
    if RESERVED in column_mapping:
        raise UserError(f"{display_path(flow)}: Prompt flow keeps the name {RESERVED} to itself; rename this input")
    try:
        inputs, _ = parameters_of(flow)
    except UserError:  # it has what can't be read off its file, such as a method that is inherited
        inputs = {}
    columns = {name: column for name, value in column_mapping.items() if (column := column_of(value)) is not None}
    return [
        ColumnRequirement(column, inputs[name].kinds if name in inputs else ANYTHING, f"the flow's input {name}")
        for name, column in columns.items()
    ]


def parameters_of(flow: Path) -> tuple[dict[str | None, Parameter], dict[str | None, Parameter]]:
    """Return a flow's inputs, and what its class is made with, by name; None stands for any other name.

    Raises:
        UserError: its entry is not to be found.
    """
    _, definition = definition_of(flow)
    if "entry" in definition:
        return _of_entry(flow, definition["entry"])
    inputs = definition.get("inputs") or {}
    return {name: Parameter(_of_dag(spec.get("type")), "default" in spec) for name, spec in inputs.items()}, {}


def _of_dag(kind: str | None) -> Kinds:
    return frozenset({OF_DAGS[kind]}) if kind in OF_DAGS else ANYTHING


def _check_names(what: str, given: Iterable[str], taken: Mapping[str | None, Parameter]) -> None:
    unknown = [] if None in taken else sorted(set(given) - set(taken))
    if unknown:
        known = ", ".join(name for name in taken if name) or "nothing"
        raise UserError(f"{what} has {', '.join(unknown)}, which the flow does not take; it takes {known}")
    missing = sorted(name for name, each in taken.items() if name and not each.has_default and name not in given)
    if missing:
        raise UserError(f"{what} lacks {', '.join(missing)}")


def _of_entry(flow: Path, entry: str) -> tuple[dict[str | None, Parameter], dict[str | None, Parameter]]:
    """Return the arguments of a function, or of a class's `__call__` and `__init__`."""
    module, _, name = entry.partition(":")
    path = (flow / Path(*module.split("."))).with_suffix(".py")
    try:
        body = ast.parse(path.read_text(encoding="utf-8")).body
        found = next(node for node in body if isinstance(node, NAMED) and node.name == name)
    except (OSError, SyntaxError, StopIteration):
        raise UserError(f"{display_path(flow)}: its entry {entry} is not to be found in {path.name}") from None
    if not isinstance(found, ast.ClassDef):
        return _parameters(found), {}
    methods = {node.name: node for node in found.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}
    if "__call__" not in methods:
        raise UserError(f"{display_path(flow)}: its class {name} has no __call__")
    made_with = _parameters(methods["__init__"]) if "__init__" in methods else {}
    return _parameters(methods["__call__"]), made_with


def _parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> dict[str | None, Parameter]:
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(positional) - len(arguments.defaults)) + arguments.defaults
    found: dict[str | None, Parameter] = {
        argument.arg: Parameter(kinds_of_annotation(argument.annotation), default is not None)
        for argument, default in [*zip(positional, defaults), *zip(arguments.kwonlyargs, arguments.kw_defaults)]
    }
    found.pop("self", None)
    return found | ({None: Parameter(ANYTHING, True)} if arguments.kwarg else {})
