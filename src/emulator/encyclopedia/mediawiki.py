"""MediaWiki's action API over the articles: `GET /w/api.php`.

`action=query` with `list=search` and `prop=extracts|info`, and `action=opensearch`. Errors have the status 200 and the
header `MediaWiki-API-Error`, as MediaWiki's have.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from html import escape

from starlette.requests import Request
from starlette.responses import Response

from src.emulator.encyclopedia.library import Library, Shelf
from src.emulator.encyclopedia.mediawiki_pages import query_pages
from src.emulator.encyclopedia.mediawiki_parameters import ApiError, Parameters
from src.emulator.encyclopedia.snippets import best_sentences, marked
from src.emulator.wire import dump_json

_LISTS = ("search",)


def mediawiki(library: Library) -> Callable[[Request], Awaitable[Response]]:
    """The handler of MediaWiki's action API."""

    async def answer(request: Request) -> Response:
        return await asyncio.to_thread(_answer, library, Parameters(request))

    return answer


def _answer(library: Library, parameters: Parameters) -> Response:
    headers = {"access-control-allow-origin": "*"} if parameters.get("origin") == "*" else {}
    try:
        parameters.one_of("format", ("json",), "json")
        action = parameters.one_of("action", ("query", "opensearch"), "help")
        parameters.one_of("formatversion", ("1", "2", "latest"), "1")
        body = (_opensearch if action == "opensearch" else _query)(library.shelf(), parameters)
    except ApiError as exc:
        body = exc.body(parameters)
        headers["mediawiki-api-error"] = exc.code
    return Response(dump_json(body), 200, headers, "application/json")


def _query(shelf: Shelf, parameters: Parameters) -> dict:
    body: dict = {"batchcomplete": parameters.flag(True)}
    for name in parameters.several("list", _LISTS, "query"):
        if name == "search":
            _search(shelf, parameters, body)
    if "titles" in parameters or "pageids" in parameters:
        query_pages(shelf, parameters, body)
    if parameters.warnings:
        body["warnings"] = {
            module: {parameters.text_key("warnings"): "\n".join(texts)} for module, texts in parameters.warnings.items()
        }
    return body


def _search(shelf: Shelf, parameters: Parameters, body: dict) -> None:
    query = parameters.required("srsearch")
    limit = parameters.limit("srlimit", 10, 500, "search")
    offset = parameters.integer("sroffset", 0)
    found = shelf.search(query)
    results = [
        {
            "ns": 0,
            "title": article.title,
            "pageid": article.page_id,
            "size": len(article.text.encode()),
            "wordcount": len(article.prose.split()),
            "snippet": marked(
                best_sentences(article, query),
                query,
                lambda word: f'<span class="searchmatch">{escape(word)}</span>',
                escape,
            ),
            "timestamp": f"{article.modified:%Y-%m-%dT%H:%M:%SZ}",
        }
        for article in found[offset : offset + limit]
    ]
    if offset + limit < len(found):
        body["continue"] = {"sroffset": offset + limit, "continue": "-||"}
    body.setdefault("query", {}).update(searchinfo={"totalhits": len(found)}, search=results)


def _opensearch(shelf: Shelf, parameters: Parameters) -> list:
    beginning = parameters.required("search")
    found = shelf.complete(beginning)[: parameters.limit("limit", 10, 500, "opensearch")]
    return [
        beginning,
        [article.title for article in found],
        ["" for _ in found],
        [parameters.base + article.path for article in found],
    ]
