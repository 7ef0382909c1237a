"""Where a run stands relative to the baseline of its line: on it, raised above it, or lowered below it."""

import re
from collections.abc import Sequence

from .runs import Run

SAME_BASE = 0.12  # of the font's size, between baselines that are one
SMALL = 0.87  # of the line's size: what is smaller and off the baseline is an index, a power, or the mark of a note
HIGHEST, LOWEST = 0.9, -0.5  # in units of the size, from the line's baseline to that of such a mark
ATTACHED = 1.0  # the same, between such a mark and what it belongs to
WORD_GAP = 0.2  # the same, where two runs have no space between them but a space that one sees
LONGEST_MARK = 20  # characters
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")


def main_of(line: Sequence[Run]) -> Run:
    """Return the run that has the line's baseline: the longest of the largest ones."""
    if len(line) == 1:
        return line[0]
    largest = max(run.size for run in line)
    return max((run for run in line if run.size > 0.95 * largest), key=lambda run: len(run.text.strip()))


def offset(run: Run, main: Run) -> float:
    """Return how far a run is above the baseline of its line, in units of the line's size; 0 if it is no mark."""
    shift = (run.base - main.base) / main.size
    if run is main or run.direction != main.direction or len(run.text.strip()) > LONGEST_MARK:
        return 0.0
    small = run.size <= SMALL * main.size and abs(shift) > SAME_BASE / 2
    lifted = shift > 2 * SAME_BASE and run.text.strip().isdigit()
    return shift if (small or lifted) and LOWEST < shift < HIGHEST else 0.0
