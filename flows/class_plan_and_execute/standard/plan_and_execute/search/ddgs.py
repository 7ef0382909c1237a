"""Search without a key, by the metasearch library ddgs, which asks several public engines."""

import asyncio

from ..errors import TransientToolError
from . import Hit, ToolContext

SECONDS, ALL_SECONDS = 15, 30  # of one attempt, and of all


async def find(ctx: ToolContext, query: str) -> list[Hit]:
    """Return the pages that public engines find.

    Raises:
        TransientToolError: none of them answers.
    """
    return await ctx.retried(lambda seconds: asyncio.to_thread(_find, query, seconds), ALL_SECONDS)


def _find(query: str, seconds: float) -> list[Hit]:
    from ddgs import DDGS
    from ddgs.exceptions import DDGSException

    try:
        found = DDGS(timeout=max(1, int(min(seconds, SECONDS)))).text(query, max_results=5)
    except DDGSException as error:
        if "no results" in str(error).lower():
            return []
        raise TransientToolError(f"the public search engines do not answer: {error}") from error
    return [Hit(each["title"], each["href"], each["body"]) for each in found]
