"""A search in the form of the Bing Web Search API v7: `GET /v7.0/search`."""

from __future__ import annotations

import asyncio
import hmac
import re
from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from src.emulator.encyclopedia.library import Library
from src.emulator.encyclopedia.snippets import best_sentences
from src.emulator.errors import gateway_error
from src.emulator.wire import dump_json, new_id

_MARKET = re.compile(r"[a-z]{2}-[a-z]{2}", re.IGNORECASE)
_MAX = 50
_LONGEST_QUERY = 1_500


class _Invalid(Exception):
    """A parameter that is missing or not valid."""

    def __init__(self, sub_code: str, message: str, parameter: str, value: str | None = None):
        super().__init__(sub_code, message, parameter, value)
        self.error = {"code": "InvalidRequest", "subCode": sub_code, "message": message, "parameter": parameter}
        if value is not None:
            self.error["value"] = value


def web_search(library: Library, api_key: str | None) -> Callable[[Request], Awaitable[Response]]:
    """The handler of searches.

    Args:
        library: the articles to search.
        api_key: the only key that passes; None for any.
    """

    async def answer(request: Request) -> Response:
        key = request.headers.get("ocp-apim-subscription-key", "").strip()
        if not key or (api_key is not None and not hmac.compare_digest(key.encode(), api_key.encode())):
            raise gateway_error(
                401,
                "401",
                "Access denied due to invalid subscription key or wrong API endpoint. Give "
                "the key of this resource in the header Ocp-Apim-Subscription-Key.",
            )
        try:
            body, status = (
                await asyncio.to_thread(_search_response, library, request.query_params, str(request.base_url)),
                200,
            )
        except _Invalid as exc:
            body, status = {"_type": "ErrorResponse", "errors": [exc.error]}, 400
        return Response(dump_json(body), status, {"bingapis-traceid": new_id().upper()}, "application/json")

    return answer


def _search_response(library: Library, parameters: QueryParams, base: str) -> dict:
    """The body of a SearchResponse.

    Raises:
        _Invalid: if a parameter can't be read.
    """
    query = parameters.get("q", "")
    if not query.strip():
        raise _Invalid("ParameterMissing", "Required parameter is missing.", "q")
    if len(query) > _LONGEST_QUERY:
        raise _Invalid("ParameterInvalidValue", f"A query has {_LONGEST_QUERY} characters at most.", "q")
    count = _number(parameters, "count", 10, 1, _MAX)
    offset = _number(parameters, "offset", 0, 0, 1_000_000)
    _check_market(parameters)
    articles = library.shelf().search(query)
    head = {"_type": "SearchResponse", "queryContext": {"originalQuery": query}}
    if not articles:
        return {**head, "rankingResponse": {}}
    pages = []
    for place, article in enumerate(articles[offset : offset + count]):
        url = base.rstrip("/") + article.path
        pages.append(
            {
                "id": f"{base}api/v7/#WebPages.{place}",
                "name": article.title,
                "url": url,
                "isFamilyFriendly": True,
                "displayUrl": url.partition("://")[2],
                "snippet": best_sentences(article, query),
                "dateLastCrawled": f"{article.modified:%Y-%m-%dT%H:%M:%S}.0000000Z",
                "language": "en",
                "isNavigational": offset + place == 0 and article.title.casefold() == query.strip().casefold(),
            }
        )
    items = [
        {"answerType": "WebPages", "resultIndex": place, "value": {"id": page["id"]}}
        for place, page in enumerate(pages)
    ]
    return {
        **head,
        "webPages": {
            "webSearchUrl": f"{base}v7.0/search?{urlencode({'q': query})}",
            "totalEstimatedMatches": len(articles),
            "value": pages,
        },
        "rankingResponse": {"mainline": {"items": items}},
    }


def _number(parameters: QueryParams, name: str, default: int, lowest: int, highest: int) -> int:
    text = parameters.get(name)
    if text is None:
        return default
    if not re.fullmatch(r"[0-9]{1,9}", text) or not lowest <= int(text) <= highest:
        raise _Invalid("ParameterInvalidValue", f"Expected a whole number from {lowest} to {highest}.", name, text)
    return int(text)


def _check_market(parameters: QueryParams) -> None:
    market = parameters.get("mkt")
    if market is not None and not _MARKET.fullmatch(market):
        raise _Invalid("ParameterInvalidValue", "Expected a market such as en-US.", "mkt", market)
    level = parameters.get("safeSearch")
    if level is not None and level.casefold() not in ("off", "moderate", "strict"):
        raise _Invalid("ParameterInvalidValue", "Expected Off, Moderate or Strict.", "safeSearch", level)
