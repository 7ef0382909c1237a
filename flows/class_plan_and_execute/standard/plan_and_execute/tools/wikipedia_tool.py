"""Looks things up in Wikipedia, or in any other wiki with the API of MediaWiki."""

import asyncio
from urllib.parse import urlencode

from promptflow.tracing import trace
from pydantic import BaseModel

from ..errors import ToolError
from ..plan import text_arguments
from . import Surroundings, Tool

ARTICLES = 2
LONGEST_QUERY = 300  # characters, which is also the most that MediaWiki takes


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

    info: str = "no reason given"


class Answer(BaseModel):
    """What is used of the wiki's answer."""

    query: Found = Found()
    error: Problem | None = None


@trace
async def wikipedia_tool(surroundings: Surroundings, query: str) -> str:
    """Return the texts of the articles that fit a query best, each under its title.

    Raises:
        ToolError: no article fits, or the wiki can't be asked.
    """
    found = await ask(
        surroundings, list="search", srsearch=query[:LONGEST_QUERY], srlimit=ARTICLES, srprop="", srnamespace=0
    )
    titles = [hit.title for hit in found.search]
    if not titles:
        raise ToolError(f'no article fits "{query[:LONGEST_QUERY]}"')
    texts = await asyncio.gather(*(article(surroundings, title) for title in titles))
    room = surroundings.settings.limits.result_characters // len(texts)
    return "\n\n".join(f"{title}\n{text[:room]}" for title, text in zip(titles, texts))


async def article(surroundings: Surroundings, title: str) -> str:
    """Return the text of an article."""
    found = await ask(surroundings, prop="extracts", explaintext=1, redirects=1, titles=title)
    return "\n".join(page.extract for page in found.pages)


async def ask(surroundings: Surroundings, **query: object) -> Found:
    """Return the `query` of the wiki's answer to a query: https://www.mediawiki.org/wiki/API:Query."""
    fixed = {"action": "query", "format": "json", "formatversion": 2}
    url = f"{surroundings.search.wikipedia_endpoint}?{urlencode({**fixed, **query})}"
    answer = await surroundings.get_json(url, Answer)
    if answer.error:
        raise ToolError(f"the wiki refuses the query: {answer.error.info}")
    return answer.query


TOOL = Tool(
    name="wikipedia_tool",
    description="looks things up in Wikipedia: people, places, works, companies and their facts and figures",
    schema=text_arguments(query="what to look up: the name of a thing, and what is wanted of it"),
    run=wikipedia_tool,
)
