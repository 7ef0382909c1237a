"""All articles of a folder, found by their titles and by their words."""

from __future__ import annotations

import logging
import os
import re
import threading
import time
from itertools import pairwise
from pathlib import Path

from src.emulator.encyclopedia.articles import Article, load_articles
from src.emulator.text import content_words, words

# A word in the title counts as often as so many in the text.
_TITLE_WEIGHT = 4
# An article that the query names counts so much more.
_NAMED_WEIGHT = 2.0
# Files that come or go show in the folder's own time; changes within files are looked for so often, in seconds.
_LOOK_EVERY_S = 0.5


class Library:
    """A folder of articles.

    It is read at the first request, and again when files were added or taken away, or, half a second later at most,
    changed. Methods may be called from several threads.

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
        self._look_at = 0.0
        self._shelf: Shelf | None = None

    def shelf(self) -> Shelf:
        """The articles as they are now.

        Raises:
            ValueError: if a file is no article.
        """
        with self._lock:
            folder_time = self._folder.stat().st_mtime_ns
            if self._shelf is None or folder_time != self._folder_time or time.monotonic() >= self._look_at:
                files = _state(self._folder)
                if self._shelf is None or files != self._files:
                    self._shelf, self._files = Shelf(load_articles(self._folder)), files
                self._folder_time, self._look_at = folder_time, time.monotonic() + _LOOK_EVERY_S
            return self._shelf


class Shelf:
    """Articles with their index: BM25 as Lucene computes it, over stems and pairs of them.

    Words of the title count more. A pair is two words next to each other, so that names of several words are found.
    """

    def __init__(self, articles: list[Article]):
        from bm25s import BM25

        logging.getLogger("bm25s").setLevel(logging.WARNING)  # it sets itself to tell of every index
        self.articles = articles
        self.by_title = {article.title: article for article in articles}
        self._by_folded = {_folded(article.title): article for article in articles}
        stems = [_terms(article.title) * _TITLE_WEIGHT + _terms(article.prose) for article in articles]
        self._names = [frozenset(content_words(re.sub(r"\(.*?\)", "", article.title))) for article in articles]
        self._known = frozenset(stem for document in stems for stem in document)
        self._index = BM25()
        if self._known:
            self._index.index(stems, show_progress=False)

    def search(self, query: str) -> list[Article]:
        """The articles that share a word with the query, the best first; one with that very title before all."""
        stems = [stem for stem in _terms(query) if stem in self._known]
        named = self._by_folded.get(_folded(query))
        scores = self._index.get_scores(stems) if stems else []
        given = set(stems)
        ranked = sorted((-score * (_NAMED_WEIGHT if self._names[place] <= given else 1.0), place)
                        for place, score in enumerate(scores) if score > 0)
        found = [self.articles[place] for _, place in ranked]
        return found if named is None else [named, *(article for article in found if article is not named)]

    def find(self, title: str) -> Article | None:
        """The article of a title, in whatever case."""
        return self.by_title.get(title) or self._by_folded.get(_folded(title))

    def complete(self, beginning: str) -> list[Article]:
        """The articles whose title begins so; then those with a later word that does."""
        start = beginning.strip().casefold()
        first = [article for article in self.articles if article.title.casefold().startswith(start)]
        later = [article for article in self.articles
                 if article not in first and re.search(rf"\b{re.escape(start)}", article.title.casefold())]
        return first + later


def normal_title(title: str) -> str:
    """A title as MediaWiki normalizes it: underscores are spaces, and the first letter is a capital."""
    title = re.sub(r"[_\s]+", " ", title).strip()
    return title[:1].upper() + title[1:]


def _state(folder: Path) -> list[tuple[str, int, int]]:
    """What tells whether files have changed: names, times and sizes."""
    with os.scandir(folder) as entries:
        stats = [(entry.name, entry.stat()) for entry in entries if entry.name.endswith(".md")]
    return sorted((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats)


def _terms(text: str) -> list[str]:
    stems = content_words(text)
    return stems + [f"{first} {second}" for first, second in pairwise(stems)]


def _folded(title: str) -> str:
    return " ".join(words(title))
