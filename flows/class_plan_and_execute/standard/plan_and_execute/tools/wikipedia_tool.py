"""Looks things up in Wikipedia, or in any other wiki with the API of MediaWiki."""

import asyncio
from urllib.parse import urlencode

from promptflow.tracing import trace
from pydantic import BaseModel

from ..errors import ToolError
from ..plan import text_arguments
from . import Tool, ToolContext

ARTICLES = 2
LONGEST_QUERY = 300  # characters, which is also the most that MediaWiki takes
TRANSIENT = ("maxlag", "ratelimited", "readonly", "internal_api_error")  # prefixes of the codes of transient errors


class Article(BaseModel):
    """An article that was found, or its text."""

    title: str
    extract: str = ""


class Found(BaseModel):
    """What the wiki found."""

    search: list[Article] = []
    pages: list[Article] = []


class Problem(BaseModel):
    """Why the wiki refuses a query."""

    code: str = ""
    info: str = "no reason given"


class Answer(BaseModel):
    """What is used of the wiki's answer."""

    query: Found = Found()
    error: Problem | None = None


@trace
async def wikipedia_tool(ctx: ToolContext, query: str) -> str:
    """Return the texts of the articles that fit a query best, each under its title.

    Raises:
        ToolError: no article fits, or the wiki can't be asked.
    """
    found = await ask(ctx, list="search", srsearch=query[:LONGEST_QUERY], srlimit=ARTICLES, srprop="", srnamespace=0)
    titles = [hit.title for hit in found.search]
    if not titles:
        raise ToolError(f'no article fits "{query[:LONGEST_QUERY]}"')
    texts = await asyncio.gather(*(article(ctx, title) for title in titles))
    room = ctx.settings.limits.result_characters // len(texts)
    return "\n\n".join(f"{title}\n{text[:room]}" for title, text in zip(titles, texts))


async def article(ctx: ToolContext, title: str) -> str:
    """Return the text of an article."""
    found = await ask(ctx, prop="extracts", explaintext=1, redirects=1, titles=title)
    return "\n".join(page.extract for page in found.pages)


async def ask(ctx: ToolContext, **query: object) -> Found:
    """Return the `query` of the wiki's answer to a query: https://www.mediawiki.org/wiki/API:Query."""
    fixed = {"action": "query", "format": "json", "formatversion": 2}
    url = f"{ctx.search.wikipedia_endpoint}?{urlencode({**fixed, **query})}"
    answer = await ctx.get_json(url, Answer, fault=transient_problem)
    if answer.error:
        raise ToolError(f"the wiki refuses the query: {answer.error.info}")
    return answer.query


def transient_problem(answer: Answer) -> str | None:
    """Return why the wiki does not answer now: it says that with the status 200, like all of its errors.

    https://www.mediawiki.org/wiki/API:Errors_and_warnings, and API:Etiquette on `maxlag`.
    """
    if answer.error and answer.error.code.startswith(TRANSIENT):
        return f"the wiki does not answer now: {answer.error.info}"
    return None


TOOL = Tool(
    name="wikipedia_tool",
    description="looks things up in Wikipedia: people, places, works, companies and their facts and figures",
    schema=text_arguments(query="what to look up: the name of a thing, and what is wanted of it"),
    run=wikipedia_tool,
)
