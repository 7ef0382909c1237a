"""A question with the conversation before it, as one that stands on its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from src.emulator.tasks.rewriting.ellipsis import completed
from src.emulator.tasks.rewriting.references import resolved
from src.emulator.tasks.rewriting.topics import Exchange

_MOST_EXCHANGES = 6
_LONGEST_QUESTION = 600


@dataclass(frozen=True)
class Turn:
    """What the assistant or the user said, in one line."""

    by_assistant: bool
    text: str


def standalone(question: str, turns: Sequence[Turn]) -> str:
    """A question with names in the place of references and with what it leaves out; unchanged where it needs neither.

    Args:
        question: the last question.
        turns: what was said before, the oldest first. Its own references are resolved first, six questions back.
    """
    exchanges: list[Exchange] = []
    for asked, answered in _exchanges(turns)[-_MOST_EXCHANGES:]:
        exchanges.append(Exchange(_rewritten(asked, exchanges), answered))
    return _rewritten(question, exchanges)


def _exchanges(turns: Sequence[Turn]) -> list[tuple[str, str]]:
    """Each question with the answer to it; an empty one where there was none."""
    found: list[tuple[str, str]] = []
    for turn in turns:
        if not turn.by_assistant:
            found.append((turn.text, ""))
        elif found:
            found[-1] = (found[-1][0], f"{found[-1][1]} {turn.text}".strip())
    return found


def _rewritten(question: str, exchanges: Sequence[Exchange]) -> str:
    if not exchanges or len(question) > _LONGEST_QUESTION or "\n" in question:
        return question
    return completed(question, exchanges) or resolved(question, exchanges)
