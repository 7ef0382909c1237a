"""Divides poems."""

from promptflow.core import tool
from wording import lines_of


@tool
def divide(text: str, separator: str) -> list:
    """Return the lines of a poem."""
    return lines_of(text, separator)
