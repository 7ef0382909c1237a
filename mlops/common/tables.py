"""Tables of text for a terminal."""

from __future__ import annotations

from collections.abc import Collection, Sequence


def aligned(rows: Sequence[Sequence[str]], left: Collection[int] = (0,)) -> str:
    """Return rows as lines with aligned columns.

    Args:
        rows: the header first; all of the same length.
        left: the columns whose cells stand on the left; numbers stand on the right.
    """
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        sides = [str.ljust if column in left else str.rjust for column in range(len(row))]
        lines.append("  ".join(side(cell, width) for side, cell, width in zip(sides, row, widths)).rstrip())
    return "\n".join(lines)
