"""The prompts, which are files, and quotations in them that cannot be left."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from jinja2 import StrictUndefined, Template

FOLDER = Path(__file__).with_name("prompts")
FENCE = re.compile(r"<(?=[^\w<>]*(?:context|steps?)\b)", re.IGNORECASE)


@lru_cache
def read_prompt(name: str) -> str:
    """Return the text of a prompt file, read once."""
    return (FOLDER / name).read_text(encoding="utf-8").strip()


def rendered_prompt(name: str, **values: object) -> str:
    """Return a prompt file with values in the places of their names."""
    return Template(read_prompt(name), undefined=StrictUndefined).render(**values).strip()


def fenced(text: str) -> str:
    """Return a text that can't end the quotation in which it stands."""
    return FENCE.sub("‹", text)
