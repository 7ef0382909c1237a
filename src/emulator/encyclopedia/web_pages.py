"""Articles as web pages: `GET /wiki/{title}`.

They have what real pages have around their text: menus, a script, a footer, so that a reader has to extract the text.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from src.emulator.encyclopedia.articles import Article
from src.emulator.encyclopedia.library import Library, Shelf, normal_title

SITE = "Encyclopedia of the Velmar Archipelago"
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} - {site}</title>
<style>body {{ margin: 0 auto; max-width: 60rem; font: 1rem/1.5 serif; }} nav ul {{ list-style: none; }}</style>
<script>window.page = {{"opened": Date.now(), "views": 1729}};</script>
</head>
<body>
<header><a href="/wiki/Velmar_Archipelago">{site}</a>
<form action="/w/api.php" role="search"><input name="search" placeholder="Search"><button>Search</button></form>
</header>
<nav><ul><li><a href="/wiki/Velmar_Archipelago">Main page</a></li><li><a href="#contents">Contents</a></li>
<li><a href="#history">View history</a></li><li><a href="#donate">Donate 5 crowns</a></li></ul></nav>
<main id="content">
<article>
<h1 id="firstHeading">{title}</h1>
{body}
</article>
</main>
<footer><p>An invented world. Text under the MIT licence.</p><p>About · Contact · Cookies</p></footer>
<script>document.querySelectorAll("nav a").forEach(link => link.addEventListener("click", () => page.views++));</script>
</body>
</html>
"""


def web_pages(library: Library) -> Callable[[Request], Awaitable[Response]]:
    """The handler of article pages: 404 for an unknown title, a redirect from another spelling."""

    async def answer(request: Request) -> Response:
        return await asyncio.to_thread(_answer, library.shelf, request.path_params["title"])

    return answer


def _answer(shelf_now: Callable[[], Shelf], path: str) -> Response:
    shelf = shelf_now()
    title = normal_title(path)
    article = shelf.find(title)
    if article is None:
        body = f"<p>There is no article with the title {escape(title)}.</p>"
        return HTMLResponse(_PAGE.format(title=escape(title), site=SITE, body=body), 404)
    if article.title.replace(" ", "_") != path:
        return RedirectResponse(article.path, 301)
    return HTMLResponse(_PAGE.format(title=escape(title), site=SITE, body=_body(article, shelf)))


def _body(article: Article, shelf: Shelf) -> str:
    others = sorted((title for title in shelf.by_title if title != article.title), key=len, reverse=True)
    names = re.compile(rf"\b({'|'.join(map(re.escape, others))})\b") if others else re.compile("(?!)")
    lines = []
    for heading, paragraphs in article.sections:
        if heading:
            lines.append(f"<h2>{escape(heading)}</h2>")
        lines += [f"<p>{_linked(paragraph, names, shelf)}</p>" for paragraph in paragraphs]
    return "\n".join(lines)


def _linked(paragraph: str, names: re.Pattern, shelf: Shelf) -> str:
    """A paragraph in HTML, with links to the articles that it names."""
    parts = names.split(paragraph)
    return "".join(
        f'<a href="{escape(shelf.by_title[part].path)}">{escape(part)}</a>' if place % 2 else escape(part, quote=False)
        for place, part in enumerate(parts)
    )
