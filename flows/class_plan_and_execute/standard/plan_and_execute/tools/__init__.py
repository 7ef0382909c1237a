"""The tools. Adding one is adding a file to this folder, with its `TOOL`."""

from __future__ import annotations

import pkgutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from ..tool_context import ToolContext

__all__ = ["TOOLS", "ToolContext", "Tool"]


@dataclass(frozen=True)
class Tool:
    """A tool as planners know it.

    Attributes:
        name: what plans call it.
        description: what it does, for the planner.
        schema: the JSON schema of its arguments, an object whose properties are all texts; see `plan.text_arguments`.
        run: takes the context, then the arguments by name, and returns a text.
    """

    name: str
    description: str
    schema: dict[str, Any]
    run: Callable[..., Awaitable[str]]

    @property
    def parameters(self) -> str:
        """The names of the arguments, as in "request, context"."""
        return ", ".join(self.schema["properties"])


def _found() -> dict[str, Tool]:
    modules = [import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    return {module.TOOL.name: module.TOOL for module in modules}


TOOLS = _found()
