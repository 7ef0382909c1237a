"""Sizes of files."""


def size_of(path):
    """Return a file's size."""
    return path.stat().st_size
