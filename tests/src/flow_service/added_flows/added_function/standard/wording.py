"""The words of the flow that measures documents."""


def named(unit):
    """Return a unit as people write it."""
    return unit.upper()
