"""Counts."""

from promptflow.core import tool


@tool
async def count(lines: list) -> int:
    """Return the number of lines."""
    return len(lines)
