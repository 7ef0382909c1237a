"""Articles: Markdown files with a title, paragraphs and headings, one article a file."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from src.emulator.text import sentences

SHIPPED = Path(__file__).parent / "articles"
_HEADING = re.compile(r"#{1,6}\s+(.*\S)")


@dataclass(frozen=True)
class Article:
    """One article.

    Attributes:
        title: its title, unique among the articles.
        sections: heading and paragraphs of each section; the introduction comes first, with an empty heading.
        modified: when its file was changed last, in UTC.
    """

    title: str
    sections: tuple[tuple[str, tuple[str, ...]], ...]
    modified: datetime

    @property
    def page_id(self) -> int:
        """A number that depends on the title alone, so that it stays when articles are added."""
        return zlib.crc32(self.title.encode()) % 100_000_000 + 1

    @property
    def path(self) -> str:
        """The path of its page: `/wiki/Port_Halsen`."""
        return "/wiki/" + quote(self.title.replace(" ", "_"), safe="/:(),'")

    @cached_property
    def intro(self) -> str:
        """What comes before the first heading."""
        return "\n".join(self.sections[0][1])

    @cached_property
    def text(self) -> str:
        """All of it in plain text, with headings as MediaWiki writes them."""
        parts = [
            "\n".join(([f"\n\n== {heading} =="] if heading else []) + list(paragraphs))
            for heading, paragraphs in self.sections
        ]
        return "\n".join(parts)

    @cached_property
    def prose(self) -> str:
        """All paragraphs without the headings."""
        return "\n".join(paragraph for _, paragraphs in self.sections for paragraph in paragraphs)

    @cached_property
    def sentences(self) -> list[str]:
        """The sentences of all paragraphs."""
        return sentences(self.prose)


def parse_article(text: str, modified: datetime) -> Article:
    """An article from Markdown: `# Title`, paragraphs with empty lines between, `## Heading`.

    Raises:
        ValueError: if it has no title.
    """
    title, lines = "", []
    sections: list[tuple[str, list[str]]] = [("", [])]
    for line in [*text.splitlines(), ""]:
        heading = _HEADING.fullmatch(line.strip())
        if line.strip() and not heading:
            lines.append(line.strip())
            continue
        if lines:
            sections[-1][1].append(" ".join(lines))
            lines = []
        if heading and not title:
            title = heading.group(1)
        elif heading:
            sections.append((heading.group(1), []))
    if not title:
        raise ValueError("it does not start with a line such as '# Title'")
    return Article(title, tuple((heading, tuple(paragraphs)) for heading, paragraphs in sections), modified)


def load_articles(folder: Path) -> list[Article]:
    """The articles of a folder's files `*.md` without the hidden ones, sorted by their titles.

    Raises:
        ValueError: if a file is not an article in UTF-8, or two have the same title; the text names the file.
    """
    articles: dict[str, Article] = {}
    for path in sorted(folder.glob("*.md")):
        if path.name.startswith("."):
            continue
        try:
            modified = datetime.fromtimestamp(int(path.stat().st_mtime), timezone.utc)
            article = parse_article(path.read_text(encoding="utf-8-sig"), modified)
        except ValueError as exc:
            raise ValueError(f"'{path}' is not an article: {exc}.") from exc
        if article.title in articles:
            raise ValueError(f"'{path}' has the title of another article: {article.title}.")
        articles[article.title] = article
    return sorted(articles.values(), key=lambda article: article.title)
