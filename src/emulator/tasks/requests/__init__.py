"""A request that is to be answered from a quoted context, in brief.

`prompt` reads it, `wanted` tells what it wants to know, `documents` cuts the context into sentences, and `finding`
looks for the sentence that tells, with the number, the date or the name in it. What has no such value is answered with
a sentence, as questions about passages are. The context is data: instructions in it change nothing.
"""

from __future__ import annotations

from src.emulator.tasks.conversation import Conversation, Reply
from src.emulator.tasks.passages import Passage, answer_from
from src.emulator.tasks.requests import prompt, regions
from src.emulator.tasks.requests.documents import Told, told
from src.emulator.tasks.requests.finding import find
from src.emulator.tasks.requests.wanted import Wanted, read

__all__ = ["answer", "brief_answer"]

_MOST_CHARACTERS = 60_000


def answer(conversation: Conversation) -> Reply | None:
    """What the context says to the request, in brief; None for other prompts."""
    asked = prompt.read(conversation)
    if asked is None:
        return None
    return Reply(brief_answer(asked.request, asked.context, asked.refusal) or asked.refusal)


def brief_answer(request: str, context: str, refusal: str = prompt.REFUSAL) -> str | None:
    """A number with its unit, a name, a date or a sentence; None where the context does not tell.

    Args:
        request: a question or a noun phrase.
        context: the texts that the answer may come from.
        refusal: what says that something was not found; a request about that has no answer either.
    """
    if refusal.rstrip(".").lower() in request.lower():
        return None
    wanted = read(request)
    sentences = told(context[:_MOST_CHARACTERS])
    if regions.asks(wanted):
        return regions.region(wanted, sentences)
    found = find(wanted, sentences)
    if found is not None:
        return found.value
    about = _sentences_about(wanted, sentences)
    if not about or wanted.kind in ("year", "number", "place"):
        return None
    whole = answer_from(request, [Passage(" ".join(one.text for one in about))])
    return None if whole is None else whole.text


def _sentences_about(wanted: Wanted, sentences: list[Told]) -> list[Told]:
    """The sentences of the documents that a request is about."""
    if not wanted.names:
        return sentences
    return [one for one in sentences if any(names & (one.title | one.own) for names in wanted.names)]
