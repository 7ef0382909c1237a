"""Pages by their titles or numbers, with extracts, in MediaWiki's action API."""

from __future__ import annotations

import re
from html import escape

from src.emulator.encyclopedia.articles import Article
from src.emulator.encyclopedia.library import Shelf, normal_title
from src.emulator.encyclopedia.mediawiki_parameters import ApiError, Parameters

_PROPERTIES = ("extracts", "info")
_MAX_TITLES = 50
_INVALID = re.compile(r"[\[\]{}|<>#]")


def query_pages(shelf: Shelf, parameters: Parameters, body: dict) -> None:
    """Put the pages that a query names into its answer.

    Raises:
        ApiError: `toomanyvalues` or `badinteger`.
    """
    articles, unknown = _named(shelf, parameters, body) if "titles" in parameters else _numbered(shelf, parameters)
    properties = parameters.several("prop", _PROPERTIES, "query")
    pages = {article.page_id: {"pageid": article.page_id, "ns": 0, "title": article.title} for article in articles}
    if "info" in properties:
        for article in articles:
            pages[article.page_id].update(_info(article, parameters))
    if "extracts" in properties:
        for article in _with_extract(articles, parameters, body):
            pages[article.page_id]["extract"] = _extract(article, parameters)
    entries = [*unknown, *pages.values()]
    if not entries:
        return
    numbers = iter(range(1, len(entries) + 1))
    body.setdefault("query", {})["pages"] = (
        entries
        if parameters.modern
        else {
            str(page.get("pageid") if "missing" not in page and "invalid" not in page else -next(numbers)): page
            for page in entries
        }
    )


def _named(shelf: Shelf, parameters: Parameters, body: dict) -> tuple[list[Article], list[dict]]:
    """The articles of the titles, and entries for unknown ones; the response lists normalized titles and redirects."""
    articles, normalized, redirects = {}, [], []
    unknown: dict[str, dict[str, object]] = {}
    for given in _values(parameters, "titles"):
        if invalid := _INVALID.search(given):
            reason = f'The requested page title contains invalid characters: "{invalid.group()}".'
            unknown[given] = {"title": given, "invalidreason": reason, "invalid": parameters.flag(True)}
            continue
        title = normal_title(given)
        if title != given:
            normalized.append({**({"fromencoded": False} if parameters.modern else {}), "from": given, "to": title})
        article = shelf.by_title.get(title)
        if article is None and "redirects" in parameters and (found := shelf.find(title)):
            article = found
            redirects.append({"from": title, "to": article.title})
        if article is None:
            unknown[title] = {"ns": 0, "title": title, "missing": parameters.flag(True)}
        else:
            articles[article.title] = article
    for name, changes in (("normalized", normalized), ("redirects", redirects)):
        if changes:
            body.setdefault("query", {})[name] = changes
    return list(articles.values()), list(unknown.values())


def _numbered(shelf: Shelf, parameters: Parameters) -> tuple[list[Article], list[dict]]:
    by_id = {str(article.page_id): article for article in shelf.articles}
    given = _values(parameters, "pageids")
    for text in given:
        if not re.fullmatch(r"[0-9]{1,15}", text):
            raise ApiError("badinteger", f'Invalid value "{text}" for integer parameter "pageids".')
    missing = [{"pageid": int(text), "missing": parameters.flag(True)} for text in given if text not in by_id]
    return [by_id[text] for text in given if text in by_id], missing


def _values(parameters: Parameters, name: str) -> list[str]:
    values = [value for value in dict.fromkeys(parameters.get(name).split("|")) if value.strip("_ ")]
    if len(values) > _MAX_TITLES:
        raise ApiError("toomanyvalues", f'Too many values supplied for parameter "{name}". The limit is {_MAX_TITLES}.')
    return values


def _info(article: Article, parameters: Parameters) -> dict:
    url = parameters.base + article.path
    facts = {
        "contentmodel": "wikitext",
        "pagelanguage": "en",
        "touched": f"{article.modified:%Y-%m-%dT%H:%M:%SZ}",
        "lastrevid": article.page_id,
        "length": len(article.text.encode()),
    }
    if "url" in parameters.get("inprop").split("|"):
        facts |= {"fullurl": url, "canonicalurl": url}
    return facts


def _with_extract(articles: list[Article], parameters: Parameters, body: dict) -> list[Article]:
    """The articles whose extract goes into this answer: introductions of twenty, or one whole article."""
    limit = parameters.limit("exlimit", 20, 20, "extracts")
    if limit > 1 and "exintro" not in parameters and "exsentences" not in parameters and "exchars" not in parameters:
        if "exlimit" in parameters:
            parameters.warn("extracts", '"exlimit" was too large for a whole article extracts request, lowered to 1.')
        limit = 1
    start = parameters.integer("excontinue", 0)
    if start + limit < len(articles):
        body["continue"] = {"excontinue": start + limit, "continue": "||"}
        body.pop("batchcomplete", None)
    return articles[start : start + limit]


def _extract(article: Article, parameters: Parameters) -> str:
    plain = "explaintext" in parameters
    if "exsentences" in parameters:
        text = " ".join(article.sentences[: parameters.limit("exsentences", 1, 10, "extracts")])
    elif "exchars" in parameters:
        most = parameters.limit("exchars", 1_200, 1_200, "extracts")
        text = article.prose if len(article.prose) <= most else article.prose[:most].rsplit(" ", 1)[0] + "..."
    elif plain:
        return article.intro if "exintro" in parameters else article.text
    else:
        sections = article.sections[:1] if "exintro" in parameters else article.sections
        return "\n".join(
            line
            for heading, paragraphs in sections
            for line in (
                *([f"<h2>{escape(heading)}</h2>"] if heading else []),
                *(f"<p>{escape(part)}</p>" for part in paragraphs),
            )
        )
    return text if plain else f"<p>{escape(text)}</p>"
