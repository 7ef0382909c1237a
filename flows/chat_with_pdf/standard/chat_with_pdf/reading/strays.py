"""Runs that were not drawn in the order of reading: marks that came after all else, and large initials."""

from .baselines import ATTACHED, LONGEST_MARK, RIGHT_TO_LEFT, SMALL, WORD_GAP, main_of, offset
from .runs import Run

MOST_TRIED = 200_000  # lines for marks: a map or a drawing has thousands of small texts, and no notes
INITIAL = 1.8  # times the size of the text: what is larger, one letter, and hangs below the line is its initial


def with_late_marks(lines: list[list[Run]]) -> list[list[Run]]:
    """Return the lines with marks that were drawn after all else put into the gaps that were left for them."""
    mains = [main_of(line) for line in lines]
    usual = max(mains, key=lambda run: len(run.text)).size if mains else 0.0
    late = sum(run.size <= SMALL * usual for run in mains)
    if late * len(lines) > MOST_TRIED:
        return lines
    kept = []
    for line, own in zip(lines, mains):
        if own.size > SMALL * usual or any(len(run.text.strip()) > LONGEST_MARK for run in line):
            kept.append(line)
            continue
        homes = [home for run in line if (home := _home(run, lines, mains))]
        if len(homes) == len(line):
            for run, home in zip(line, homes):
                home[:] = sorted([*home, run._replace(before="")], key=lambda run: run.start)
        else:
            kept.append(line)
    return kept


def _home(mark: Run, lines: list[list[Run]], mains: list[Run]) -> list[Run] | None:
    """Return the line that has left a gap, or its end, for a mark."""
    for line, main in zip(lines, mains):
        if mark.size > SMALL * main.size or not offset(mark, main) or RIGHT_TO_LEFT.search(line[0].text):
            continue
        slack = WORD_GAP * main.size
        before = [run for run in line if run.start < mark.start]
        after = [run for run in line if run.start >= mark.start]
        fits = before and before[-1].end < mark.start + slack and (not after or mark.end < after[0].start + slack)
        if fits and mark.start - before[-1].end < ATTACHED * main.size:
            return line
    return None


def with_initials(lines: list[list[Run]]) -> list[list[Run]]:
    """Return the lines with each large initial on the line whose first letter it is."""
    joined: list[list[Run]] = []
    for line in lines:
        before, first = joined[-1] if joined else [], line[0]
        if len(before) == 1 and _is_initial(before[0], first):
            between = "" if first.text[0].islower() else " "
            letter = before[0]._replace(size=first.size, base=first.base)
            joined[-1] = [letter, first._replace(before=between), *line[1:]]
        else:
            joined.append(line)
    return joined


def _is_initial(run: Run, first: Run) -> bool:
    """Whether a run is the initial of a paragraph whose first line goes on with another run."""
    letter = run.text.strip()
    return (
        len(letter) == 1
        and letter.isalpha()
        and run.size > INITIAL * first.size
        and run.direction == first.direction
        and 0 < first.base - run.base < run.size
        and abs(first.start - run.end) < first.size
    )
