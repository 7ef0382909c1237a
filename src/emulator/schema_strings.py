"""A string that satisfies a JSON schema: its length, its format, its pattern."""

from __future__ import annotations

import re
import uuid

from src.emulator.patterns import matching_string
from src.emulator.text import main_sentence

_LONGEST_SENTENCE = 300

# What to look for in the text, and what stands in where the text has no such thing (addresses of RFC 2606, RFC 5737).
_FORMATS = {
    "date-time": (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)", "2000-01-01T00:00:00Z"),
    "date": (r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])", "2000-01-01"),
    "time": (r"\b(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:Z|[+-]\d\d:\d\d)", "00:00:00Z"),
    "duration": (r"\bP(?:\d+[YMWD])+(?:T(?:\d+[HMS])+)?\b", "P1D"),
    "email": (r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", "someone@example.com"),
    "hostname": (r"\b[a-z0-9-]+(?:\.[a-z0-9-]+)+\b", "example.com"),
    "ipv4": (r"\b(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\b", "192.0.2.1"),
    "ipv6": (r"\b(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}\b", "2001:db8::1"),
    "uri": (r"https?://[^\s<>\"]+", "https://example.com/"),
    "uuid": (r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", ""),
}


def string_instance(schema: dict, near: str, text: str) -> str:
    """A string for a schema.

    Args:
        schema: the schema, of the type string.
        near: what the text gives under the property's name; empty for nothing.
        text: the whole text.
    """
    if schema.get("format") in _FORMATS:
        return _formatted(schema["format"], near, text)
    if "pattern" in schema:
        return _patterned(schema["pattern"], near, text)
    value = near or main_sentence(text)[:_LONGEST_SENTENCE]
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    if len(value) < least:
        value = (value + " " if value else "") + "." * least
        value = value[:max(least, len(value) - least)]
    return value if most is None else value[:most]


def _formatted(kind: str, near: str, text: str) -> str:
    pattern, otherwise = _FORMATS[kind]
    found = re.search(pattern, near, re.IGNORECASE) or re.search(pattern, text, re.IGNORECASE)
    if found:
        return found.group()
    return otherwise or str(uuid.uuid5(uuid.NAMESPACE_OID, text.encode(errors="replace").decode()))


def _patterned(pattern: str, near: str, text: str) -> str:
    """What stands under the name if it matches, else the first part of the text that does, else a made-up string."""
    for candidate in (near, text):
        found = re.search(pattern, candidate) if candidate else None
        if found and found.group() and re.search(pattern, found.group()):
            return found.group()
    for word in text.split():
        if re.search(pattern, word.strip(".,;:!?")):
            return word.strip(".,;:!?")
    return matching_string(pattern)
