"""The words of the flow that writes poems."""


def lines_of(text, separator):
    """Return the lines of a poem."""
    return text.split(separator)
