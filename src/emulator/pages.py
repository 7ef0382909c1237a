"""The web sites that the emulator stands in for besides the models: their paths and handlers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from src.emulator.documents import documents
from src.emulator.encyclopedia.articles import SHIPPED, load_articles
from src.emulator.encyclopedia.library import Library
from src.emulator.encyclopedia.mediawiki import mediawiki
from src.emulator.encyclopedia.web_pages import web_pages
from src.emulator.encyclopedia.web_search import web_search
from src.emulator.settings import EmulatorSettings


def page_handlers(settings: EmulatorSettings) -> list[tuple[str, Callable[[Request], Awaitable[Response]]]]:
    """The paths, each with its handler of GET and HEAD.

    Raises:
        ValueError: if a folder of the settings does not exist, or one of its articles can't be read.
    """
    if settings.articles and settings.articles.is_dir():
        load_articles(settings.articles)
    library = Library(settings.articles or SHIPPED)
    search = web_search(library, settings.api_key)
    return [
        ("/documents/{name}", documents(settings.documents)),
        ("/v7.0/search", search),
        ("/bing/v7.0/search", search),
        ("/wiki/{title:path}", web_pages(library)),
        ("/w/api.php", mediawiki(library)),
    ]
