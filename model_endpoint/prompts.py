"""The messages of a prompt into which texts are put, and in which they stay texts."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

# A NUL is in no template. `str.strip()` leaves it where it is.
MARK = re.compile("\0(\\w+)\0")


def literal_messages(template: str, variables: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Return the messages of a template of Prompt flow with its variables put in, or None if it is not that simple.

    Prompt flow puts them in first, and then searches the whole for roles, names and pictures. For a text of blank lines
    that takes minutes, and "name:" in a text passes for the author of the message. Here the template alone is searched.

    Args:
        template: the text of a Jinja2 template with lines such as "system:" and "user:".
        variables: by their names in the template.

    Returns:
        What Prompt flow makes of harmless texts. None if the template does more than to insert variables, or inserts
        one that is no text: roles may then come of it that are meant.
    """
    names = tuple(name for name, value in variables.items() if type(value) is str)
    messages = _marked_messages(template, names)
    if messages is None:
        return None

    def filled(content: str) -> str:
        return MARK.sub(lambda mark: variables[mark[1]], content).strip()

    return [{**message, "content": filled(message["content"])} for message in messages]


@functools.lru_cache(maxsize=64)
def _marked_messages(template: str, names: tuple[str, ...]) -> list[dict[str, Any]] | None:
    """Return the messages of a template with marks for the variables; None if it does more than to insert them."""
    from jinja2 import Environment, TemplateSyntaxError, nodes
    from promptflow.core._prompty_utils import build_messages

    try:
        body = Environment().parse(template).body
    except TemplateSyntaxError:  # Prompt flow explains it
        return None
    inserted = [part for node in body for part in getattr(node, "nodes", [node])]
    if not all(isinstance(part, nodes.TemplateData) or getattr(part, "name", "") in names for part in inserted):
        return None
    messages = build_messages(template, **{name: f"\0{name}\0" for name in names})
    return messages if all(isinstance(message.get("content"), str) for message in messages) else None
