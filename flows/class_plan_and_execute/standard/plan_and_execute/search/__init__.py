"""Web search. A provider is a module of this folder with `find(ctx, query) -> list[Hit]`."""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass
from importlib import import_module

from ..errors import ToolError
from ..tool_context import ToolContext

__all__ = ["Hit", "search"]


@dataclass(frozen=True)
class Hit:
    """A page that was found: its title, its address, and a few words of it."""

    title: str
    url: str
    snippet: str


async def search(ctx: ToolContext, query: str) -> list[Hit]:
    """Return the pages that fit a query, the best first, as the configured provider finds them.

    Raises:
        ToolError: there is no such provider, or it can't be asked.
    """
    provider = ctx.search.provider
    if provider not in {module.name for module in pkgutil.iter_modules(__path__)}:
        raise ToolError(f'there is no search provider "{provider}"')
    return await import_module(f"{__name__}.{provider}").find(ctx, query)
