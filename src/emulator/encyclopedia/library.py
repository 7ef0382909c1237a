"""All articles of a folder, found by their titles and by their words."""

from __future__ import annotations

import math
import os
import re
import threading
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

from src.emulator.encyclopedia.articles import Article, load_articles
from src.emulator.text import content_words, words

# A word in the title counts as this many words in the text.
_TITLE_WEIGHT = 4
# The factor for an article that the query names.
_NAMED_WEIGHT = 2.0
# BM25: saturation of repeated terms, and normalization by the article's length.
_K1 = 1.5
_B = 0.75
# Added and removed files change the folder's mtime; changes inside files are checked at this interval.
_CHECK_EVERY_S = 0.5


class Library:
    """A folder of articles.

    It is read at the first request, and again when files were added or removed or, within half a second, changed.
    Methods may be called from several threads.

    Raises:
        ValueError: if there is no such folder.
    """

    def __init__(self, folder: Path):
        if not folder.is_dir():
            raise ValueError(f"The folder of articles '{folder}' does not exist.")
        self._folder = folder
        self._lock = threading.Lock()
        self._files: list[tuple[str, int, int]] | None = None
        self._folder_time = 0
        self._next_check = 0.0
        self._shelf: Shelf | None = None

    def shelf(self) -> Shelf:
        """The articles as they are now.

        Raises:
            ValueError: if a file is not an article.
        """
        with self._lock:
            folder_time = self._folder.stat().st_mtime_ns
            if self._shelf is None or folder_time != self._folder_time or time.monotonic() >= self._next_check:
                files = _state(self._folder)
                if self._shelf is None or files != self._files:
                    self._shelf, self._files = Shelf(load_articles(self._folder)), files
                self._folder_time, self._next_check = folder_time, time.monotonic() + _CHECK_EVERY_S
            return self._shelf


class Shelf:
    """Articles with an index of their stems and of pairs of neighbouring stems.

    They are ranked by BM25 with the parameters and the formula of Lucene (Kamphuis et al., 2020, "Which BM25 Do You
    Mean?"). Words of the title count more. The pairs find names of several words.
    """

    def __init__(self, articles: list[Article]):
        self.articles = articles
        self.by_title = {article.title: article for article in articles}
        self._by_folded = {_folded(article.title): article for article in articles}
        self._names = [frozenset(content_words(re.sub(r"\(.*?\)", "", article.title))) for article in articles]
        # By term: the positions of the articles that have it, and what it adds to their scores.
        self._index: dict[str, list[tuple[int, float]]] = {}
        terms = [Counter(_terms(article.title) * _TITLE_WEIGHT + _terms(article.prose)) for article in articles]
        average = sum(count.total() for count in terms) / (len(terms) or 1)
        articles_with = Counter(term for count in terms for term in count)
        for place, count in enumerate(terms):
            norm = _K1 * (1 - _B + _B * count.total() / average)
            for term, times in count.items():
                rarity = math.log(1 + (len(terms) - articles_with[term] + 0.5) / (articles_with[term] + 0.5))
                self._index.setdefault(term, []).append((place, rarity * times / (times + norm)))

    def search(self, query: str) -> list[Article]:
        """The articles that share a word with the query, the best first; one with that very title before all."""
        scores: dict[int, float] = {}
        terms = [term for term in _terms(query) if term in self._index]
        for term in terms:
            for place, score in self._index[term]:
                scores[place] = scores.get(place, 0.0) + score
        given = set(terms)
        ranked = sorted(
            (-score * (_NAMED_WEIGHT if self._names[place] <= given else 1.0), place) for place, score in scores.items()
        )
        found = [self.articles[place] for _, place in ranked]
        named = self._by_folded.get(_folded(query))
        return found if named is None else [named, *(article for article in found if article is not named)]

    def find(self, title: str) -> Article | None:
        """The article of a title, in whatever case."""
        return self.by_title.get(title) or self._by_folded.get(_folded(title))

    def complete(self, beginning: str) -> list[Article]:
        """The articles whose title begins so; then those with a later word that does."""
        start = beginning.strip().casefold()
        first = [article for article in self.articles if article.title.casefold().startswith(start)]
        later = [
            article
            for article in self.articles
            if article not in first and re.search(rf"\b{re.escape(start)}", article.title.casefold())
        ]
        return first + later


def normal_title(title: str) -> str:
    """A title as MediaWiki normalizes it: underscores are spaces, and the first letter is a capital."""
    title = re.sub(r"[_\s]+", " ", title).strip()
    return title[:1].upper() + title[1:]


def _state(folder: Path) -> list[tuple[str, int, int]]:
    """Names, times and sizes of the files, which show whether they have changed."""
    with os.scandir(folder) as entries:
        stats = [(entry.name, entry.stat()) for entry in entries if entry.name.endswith(".md")]
    return sorted((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats)


def _terms(text: str) -> list[str]:
    stems = content_words(text)
    return stems + [f"{first} {second}" for first, second in pairwise(stems)]


def _folded(title: str) -> str:
    return " ".join(words(title))
