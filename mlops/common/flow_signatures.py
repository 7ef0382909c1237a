"""What a flow takes, read from its files without importing it: its inputs, and what its class is made with."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from mlops.common.data_files import DATA_COLUMN
from mlops.common.errors import UserError
from mlops.common.flow_folders import DEFINITIONS
from mlops.common.paths import shown


def definition_of(flow: Path) -> tuple[str, dict[str, Any]]:
    """Return the name of the YAML file that defines a flow, and its content."""
    name = next(name for name in DEFINITIONS if (flow / name).is_file())
    return name, yaml.safe_load((flow / name).read_text(encoding="utf-8"))


def check_arguments(flow: Path, column_mapping: Mapping[str, Any], init: Mapping[str, Any] | None) -> None:
    """Check that a flow takes what a batch gives it, and gets what it needs.

    Raises:
        UserError: an input or an argument of the class is unknown or missing, or a reference is none to the data.
    """
    _, definition = definition_of(flow)
    if "entry" in definition:
        inputs, made_with = _of_entry(flow, definition["entry"])
    else:
        inputs = {name: "default" in spec for name, spec in (definition.get("inputs") or {}).items()}
        made_with = {}
    place = shown(flow)
    _check_names(f"the column mapping of {place}", column_mapping, inputs)
    _check_names(f"what the class of {place} is made with", init or {}, made_with)
    for name, value in column_mapping.items():
        if isinstance(value, str) and "${" in value and not DATA_COLUMN.fullmatch(value):
            raise UserError(f"the column mapping of {place}: {name} is {value}; a reference is ${{data.<column>}}")


def _check_names(what: str, given: Iterable[str], taken: Mapping[str | None, bool]) -> None:
    unknown = [] if None in taken else sorted(set(given) - set(taken))
    if unknown:
        known = ", ".join(name for name in taken if name) or "nothing"
        raise UserError(f"{what} has {', '.join(unknown)}, which the flow does not take; it takes {known}")
    missing = sorted(name for name, has_default in taken.items() if name and not has_default and name not in given)
    if missing:
        raise UserError(f"{what} lacks {', '.join(missing)}")


def _of_entry(flow: Path, entry: str) -> tuple[dict[str | None, bool], dict[str | None, bool]]:
    """Return the arguments of a function, or of a class's `__call__` and `__init__`: whether each has a default.

    None stands for any other name: the function takes `**` arguments.
    """
    module, _, name = entry.partition(":")
    path = (flow / Path(*module.split("."))).with_suffix(".py")
    try:
        body = ast.parse(path.read_text(encoding="utf-8")).body
        found = next(node for node in body if getattr(node, "name", None) == name)
    except (OSError, SyntaxError, StopIteration):
        raise UserError(f"{shown(flow)}: its entry {entry} is not to be found in {path.name}") from None
    if not isinstance(found, ast.ClassDef):
        return _parameters(found), {}
    methods = {node.name: node for node in found.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}
    if "__call__" not in methods:
        raise UserError(f"{shown(flow)}: its class {name} has no __call__")
    made_with = _parameters(methods["__init__"]) if "__init__" in methods else {}
    return _parameters(methods["__call__"]), made_with


def _parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> dict[str | None, bool]:
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = [False] * (len(positional) - len(arguments.defaults)) + [True] * len(arguments.defaults)
    found: dict[str | None, bool] = {argument.arg: default for argument, default in zip(positional, defaults)}
    found |= {a.arg: default is not None for a, default in zip(arguments.kwonlyargs, arguments.kw_defaults)}
    found.pop("self", None)
    return found | ({None: True} if arguments.kwarg else {})
