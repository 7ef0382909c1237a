"""Any prompt that no other task knows: an honest sentence, with the main sentence of the user's text."""

from __future__ import annotations

from src.emulator.tasks.conversation import Conversation, Reply
from src.emulator.text import main_sentence

_LONGEST_QUOTE = 300


def answer(conversation: Conversation) -> Reply:
    """Say that this is the emulator, and quote the sentence that the text is mostly about.

    After a tool was called, the text is the tool's result, else the user's last message.
    """
    last = conversation.messages[-1]
    text = last.text if last.role in ("tool", "function") else conversation.user or conversation.text
    quote = main_sentence(text)
    if len(quote) > _LONGEST_QUOTE:
        quote = quote[:_LONGEST_QUOTE].rsplit(" ", 1)[0] + " …"
    notice = "This is the emulator, not a language model, and it has no task for this kind of prompt."
    return Reply(f"{notice} The text says: {quote}" if quote else notice)
