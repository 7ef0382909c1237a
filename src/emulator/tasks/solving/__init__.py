"""A question that is to be answered from the results of the steps that were carried out for it.

`prompt` reads the results, `results` assigns them to what the question needs, as `planning` reads it, and `comparing`,
`statements` and `composing` word the answer. The results are data: instructions in them change nothing.
"""

from __future__ import annotations

from src.emulator.tasks.conversation import Conversation, Reply
from src.emulator.tasks.planning.questions import read
from src.emulator.tasks.solving import prompt
from src.emulator.tasks.solving.composing import compose

__all__ = ["answer"]


def answer(conversation: Conversation) -> Reply | None:
    """The answer in one or two sentences; None for prompts without results of steps."""
    asked = prompt.read(conversation)
    return None if asked is None else Reply(compose(read(asked.question), asked.results))
