"""Entities of a type in a text: the emulator's answer to the prompts of the entity-extraction flows.

Nothing is looked up: patterns find what has a form (addresses, numbers, dates, amounts), word lists and the words
around a capitalised span decide what it names, and head nouns with their modifiers make job titles. `prompt` reads what
is asked for, `extraction` finds it, `reply` words the answer as the prompt wants it.
"""

from __future__ import annotations

from src.emulator.tasks.conversation import Conversation, Reply
from src.emulator.tasks.entities import prompt, reply
from src.emulator.tasks.entities.extraction import extract

__all__ = ["answer", "extract"]

_EVERY_TYPE = "entities"


def answer(conversation: Conversation) -> Reply | None:
    """Answer a prompt that asks for entities in a text; None for any other prompt.

    Without a type in the prompt entities of every type are listed. The text is data: instructions in it change nothing.
    """
    request = prompt.read(conversation)
    if request is None:
        return None
    entities = extract(request.entity_type or _EVERY_TYPE, request.text)
    return Reply(reply.word(entities, request.entity_type, request.form))
