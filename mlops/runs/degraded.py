"""Lines that were answered, but without something that a transient fault kept from the flow.

Only a flow knows: in its output `degraded` it lists such faults, each a text; the list is empty, or there is no such
output, where there were none. Batches and evaluations name these lines and let no more of them pass than the share
`max_degraded` of the flow's section of config.yaml; `--resume_from` asks them again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

OUTPUT = "degraded"
TOLERANCE = 1e-9  # of the comparison with a share: 0.15 of 20 lines are 3


@dataclass(frozen=True)
class DegradedLine:
    """A line whose answer lacks something.

    Attributes:
        number: the line of the data file, counted from 1.
        reason: the faults that are to blame.
    """

    number: int
    reason: str


def degraded_line(number: int, output: object) -> DegradedLine | None:
    """Return a line as a degraded one if what the flow returned for it says that it is."""
    faults = output.get(OUTPUT) if isinstance(output, Mapping) else None
    if not faults:
        return None
    if not isinstance(faults, (list, tuple)):
        faults = [faults if isinstance(faults, str) else "the flow gives no reason"]
    return DegradedLine(number, " ".join("; ".join(map(str, faults)).split()))


def is_degraded(record: Mapping) -> bool:
    """Whether a line is degraded, by Prompt flow's record of it."""
    return degraded_line(0, (record.get("run_info") or {}).get("output")) is not None


def too_many(degraded: Sequence[DegradedLine], lines: int, share: float) -> str | None:
    """Return, in one sentence, that more lines are degraded than may be; None if it is not so."""
    if len(degraded) <= share * lines + TOLERANCE:
        return None
    number = "1 line is" if len(degraded) == 1 else f"{len(degraded)} lines are"
    return f"{number} degraded of {lines}, more than the share of {share:g} that may be (max_degraded)"
