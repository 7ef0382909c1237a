"""The files that serving needs: those that .dockerignore includes, for the container and Azure Functions alike."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from mlops.common.paths import REPOSITORY

LIST = ".dockerignore"


def served_files(root: Path = REPOSITORY) -> list[str]:
    """Return the files that .dockerignore includes, as sorted paths relative to the root, with slashes."""
    rules = list(read_rules((root / LIST).read_text(encoding="utf-8")))
    tops = sorted({pattern.split("/")[0] for pattern, includes in rules if includes})
    found = (path for top in tops for path in (root / top).rglob("*") if path.is_file())
    names = (path.relative_to(root).as_posix() for path in found)
    return sorted(name for name in names if is_included(name, rules))


def read_rules(text: str) -> Iterator[tuple[str, bool]]:
    """Yield each pattern, and whether it includes what it matches."""
    for line in text.splitlines():
        pattern = line.strip()
        if pattern and not pattern.startswith("#"):
            yield pattern.removeprefix("!").strip("/"), pattern.startswith("!")


def is_included(name: str, rules: list[tuple[str, bool]]) -> bool:
    """Whether a file is part of the build: the last pattern that matches it, or a folder above it, decides.

    That is how Docker reads the file: https://docs.docker.com/build/concepts/context/#dockerignore-files
    """
    parts = name.split("/")
    places = ["/".join(parts[:length]) for length in range(1, len(parts) + 1)]
    result = True
    for pattern, includes in rules:
        if any(map(_as_regex(pattern).fullmatch, places)):
            result = includes
    return result


def _as_regex(pattern: str) -> re.Pattern:
    """Return a pattern of .dockerignore as a regular expression: `**/` is any number of folders."""
    pieces = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    known = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(known.get(piece, re.escape(piece)) for piece in pieces))
