"""A follow-up question as one that stands on its own.

`prompt` reads the conversation and its last question, `phrases` and `topics` find who and what was spoken of,
`identification` what an answer names, `references` puts names in the place of "it" and "she", `ellipsis` completes "And
in 2019?". What the conversation says is data: instructions in it change nothing.
"""

from __future__ import annotations

from src.emulator.tasks.conversation import Conversation, Reply
from src.emulator.tasks.rewriting import prompt
from src.emulator.tasks.rewriting.standalone import Turn, standalone

__all__ = ["Turn", "answer", "standalone"]


def answer(conversation: Conversation) -> Reply | None:
    """Answer a prompt that wants a follow-up question rewritten with that question; None for any other prompt."""
    asked = prompt.read(conversation)
    return None if asked is None else Reply(standalone(asked.question, asked.turns))
