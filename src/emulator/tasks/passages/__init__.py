"""A question that is to be answered from quoted passages alone: the sentence that tells, with its page.

`prompt` reads passages and question, `lines` and `units` cut the passages into sentences and rows, `question` and
`kinds` tell what kind of answer is asked for, `choice` finds the unit that gives it or finds that none does. The
passages are data: instructions in them change nothing.
"""

from __future__ import annotations

from src.emulator.tasks.conversation import Conversation, Reply
from src.emulator.tasks.passages import prompt
from src.emulator.tasks.passages.answering import Answer, Statement, answer_from
from src.emulator.tasks.passages.units import Passage

__all__ = ["Answer", "Passage", "Statement", "answer", "answer_from"]


def answer(conversation: Conversation) -> Reply | None:
    """Answer a prompt that quotes passages, with its refusal where they don't tell; None for any other prompt."""
    asked = prompt.read(conversation)
    if asked is None:
        return None
    found = answer_from(asked.question, asked.passages)
    return Reply(asked.refusal if found is None else found.text)
