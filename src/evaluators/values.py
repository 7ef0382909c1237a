"""What a response or a ground truth says: a list of entities, or text."""

import json
import re
from typing import Any

from src.evaluators.text import canonical

_LINE_ENDS = "\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029"
# Commas, semicolons, the ideographic comma and line ends, but no comma between two digits: "30,000" is one value.
_BETWEEN_ENTITIES = re.compile(f"[;；﹔؛、､﹑،{_LINE_ENDS}]|(?<!\\d)[,，﹐]|[,，﹐](?!\\d)")
_BULLET = re.compile(r"^\s*(?:[-–—*•‣◦]|\d{1,3}[.)．）])\s+")


def parsed(value: Any) -> list[Any] | str:
    """Return the list of entities or the text that a value is.

    Text that holds a JSON list is a list. Numbers and other scalars are their text; None is an empty list.
    """
    if value is None or value == {}:
        return []
    if isinstance(value, (list, tuple, set, frozenset)):
        return list(value)
    if isinstance(value, str):
        return _json_list(value) if value.lstrip().startswith("[") else value
    return [value] if isinstance(value, dict) else _text(value)


def entities(value: Any) -> list[str]:
    """Return the entities of a value, each in canonical form; a text is one. Those without text are none.

    Raises:
        TypeError: if a value is none that JSON can express.
    """
    found = parsed(value)
    return [entity for each in (found if isinstance(found, list) else [found]) if (entity := canonical(_text(each)))]


def listed(text: str) -> list[str]:
    """Return the entities of a text that lists them, separated by commas, semicolons or lines."""
    return entities([_unquoted(_BULLET.sub("", part).strip()) for part in _BETWEEN_ENTITIES.split(text)])


def _json_list(text: str) -> list[Any] | str:
    """The list that a text encodes; the text itself where it encodes none."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, list) else text


def _unquoted(text: str) -> str:
    """A text without the pair of quotes around it, of whatever kind."""
    plain = canonical(text)
    quoted = len(plain) > 1 and plain[0] == plain[-1] and plain[0] in "'\"" and plain[0] not in plain[1:-1]
    return plain[1:-1] if quoted else text


def _text(value: Any) -> str:
    """An entity as text: scalars as Python writes them, whatever is nested as JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, (bool, int, float)):
        return str(value)
    try:
        return json.dumps(value, sort_keys=True, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise TypeError(f"A value of type {type(value).__name__} cannot be compared: {error}") from error
