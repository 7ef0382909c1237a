"""Search by an endpoint in the shape of the Bing Web Search API, version 7.

Microsoft retired the public service in August 2025. Gateways and other engines still speak its shape, and so does the
emulator of this repository.
"""

from urllib.parse import urlencode

from pydantic import BaseModel, Field

from . import Hit, ToolContext


class Page(BaseModel):
    """A page that was found."""

    name: str = ""
    url: str = ""
    snippet: str = ""


class Pages(BaseModel):
    """The pages that were found."""

    value: list[Page] = []


class Answer(BaseModel):
    """What is used of the endpoint's answer; without pages where nothing was found."""

    pages: Pages | None = Field(None, alias="webPages")


async def find(ctx: ToolContext, query: str) -> list[Hit]:
    """Return the pages that the endpoint finds."""
    url = f"{ctx.search.endpoint}?{urlencode({'q': query, 'count': 5, 'responseFilter': 'Webpages'})}"
    key = ctx.search.api_key.get_secret_value()
    answer = await ctx.get_json(url, Answer, {"Ocp-Apim-Subscription-Key": key})
    return [Hit(page.name, page.url, page.snippet) for page in (answer.pages or Pages()).value if page.url]
