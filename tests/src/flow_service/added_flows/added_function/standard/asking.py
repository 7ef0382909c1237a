"""Measures documents."""

from pathlib import Path

from wording import named


def measure(report: str, folder: str, unit: str):
    """Return the size of a document, with an import that waits for the first call."""
    from added_measuring import size_of

    path = Path(report)
    return {"size": size_of(Path(folder) / path.relative_to(path.parts[0])), "unit": named(unit)}
