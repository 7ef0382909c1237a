"""What a check finds: whether something is there, what it looks like, and the command that mends it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class State(str, Enum):
    """Whether something is as it has to be; unknown where that could not be checked."""

    OK = "ok"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """What a check found.

    Attributes:
        what: what was checked.
        state: whether it is as it has to be.
        found: what there is instead, or why it could not be checked.
        remedy: the command that mends it; empty where nothing has to be mended.
    """

    what: str
    state: State
    found: str
    remedy: str = ""


def ok(what: str, found: str) -> Finding:
    """Return that something is as it has to be."""
    return Finding(what, State.OK, found)


def missing(what: str, found: str, remedy: str) -> Finding:
    """Return that something is not as it has to be, and the command that mends it."""
    return Finding(what, State.MISSING, found, remedy)


def unknown(what: str, why: str, remedy: str = "") -> Finding:
    """Return that something could not be checked, and why."""
    return Finding(what, State.UNKNOWN, why, remedy)
