"""Searches the web, and reads the pages that were found."""

import asyncio

from guarded_web.fetch import Limits
from promptflow.tracing import trace

from ..errors import ToolError, TransientToolError
from ..plan import text_arguments
from ..search import search
from ..web_pages import page_text
from . import Tool, ToolContext

PAGES = 3
LONGEST_QUERY = 300  # characters
PAGE_LIMITS = Limits(megabytes=2, seconds=15, patience=8)


@trace
async def web_tool(ctx: ToolContext, query: str) -> str:
    """Return the texts of the pages that fit a query best, each under its title and address.

    A page that can't be read is represented by what the search says of it.

    Raises:
        ToolError: nothing was found, or the search can't be asked.
    """
    hits = (await search(ctx, query[:LONGEST_QUERY]))[:PAGES]
    if not hits:
        raise ToolError(f'the search finds nothing for "{query[:LONGEST_QUERY]}"')
    room = ctx.settings.limits.result_characters // len(hits)
    texts = await asyncio.gather(*(text_of(ctx, hit.url, hit.snippet, room) for hit in hits))
    return "\n\n".join(f"{hit.title}\nSource: {hit.url}\n{text[:room]}" for hit, text in zip(hits, texts))


async def text_of(ctx: ToolContext, url: str, snippet: str, room: int) -> str:
    """Return the text of a page, what matters most of it if there is no room for all, or the snippet and why so.

    A transient fault is noted.
    """
    try:
        page = await ctx.get(url, PAGE_LIMITS, {"accept": "text/html, text/plain;q=0.9"})
        return await asyncio.to_thread(page_text, page, room)
    except ToolError as error:
        if isinstance(error, TransientToolError):
            ctx.faults.append(str(error))
        return f"{snippet}\n(The page itself could not be read: {error})"


TOOL = Tool(
    name="web_tool",
    description="searches the web and returns the texts of the pages it finds, for what Wikipedia does not have",
    schema=text_arguments(query="what to search for"),
    run=web_tool,
)
