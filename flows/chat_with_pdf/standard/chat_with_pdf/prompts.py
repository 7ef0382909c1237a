"""The messages to the chat model, cut to fit its limit."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from .errors import SettingsError
from .passages import fits

Turn = tuple[str, str]  # a question and its answer
FOLDER = Path(__file__).parents[1]
FENCE = re.compile(r"<(?=\s*/?\s*(?:passages?|conversation)\b)", re.IGNORECASE)
TOKENS_AROUND = 8  # of a message: its role and borders, with room to spare


@lru_cache
def read_prompt(name: str) -> str:
    """Return the text of a prompt file of this flow, read once."""
    return (FOLDER / name).read_text(encoding="utf-8").strip()


def read_history(chat_history: Sequence[dict[str, Any]] | None) -> list[Turn]:
    """Return the turns of a conversation in the usual form, [{"inputs": {...}, "outputs": {...}}, ...].

    Raises:
        SettingsError: it has another form.
    """
    try:
        turns = [(turn["inputs"]["question"], turn["outputs"]["answer"]) for turn in chat_history or []]
    except (TypeError, KeyError):
        turns = [(None, None)]
    if not all(isinstance(text, str) for turn in turns for text in turn):
        raise SettingsError(
            'chat_history has to be a list of {"inputs": {"question": text}, "outputs": {"answer": text}}'
        )
    return turns


def rewriting_messages(question: str, turns: Sequence[Turn], limit: int) -> list[dict[str, str]]:
    """Return the messages that ask for a question to be rewritten, with as many of the last turns as fit.

    Raises:
        SettingsError: not even the question fits.
    """

    def messages(first: int) -> list[dict[str, str]]:
        # A text is on one line: no line of it is taken for another speaker's.
        lines = [(" ".join(asked.split()), " ".join(answered.split())) for asked, answered in turns[first:]]
        conversation = "\n".join(f"User: {asked}\nAssistant: {answered}" for asked, answered in lines)
        return [
            {"role": "system", "content": read_prompt("rewrite_question.md")},
            {
                "role": "user",
                "content": f"<conversation>\n{_fenced(conversation)}\n</conversation>\n\n"
                f"Question: {question}\nStandalone question:",
            },
        ]

    return _longest_that_fits(messages, [(first,) for first in range(len(turns) + 1)], limit)


def answering_messages(
    question: str, context: Sequence[dict[str, Any]], turns: Sequence[Turn], limit: int
) -> list[dict[str, str]]:
    """Return the messages that ask for the answer.

    What doesn't fit is left out: first the least relevant passages but one, then the oldest turns, then that passage.

    Args:
        question: the question, which can be understood on its own.
        context: passages as {"page": number, "text": ...}, the most relevant first.
        turns: the conversation so far, the oldest first.
        limit: the most tokens of the prompt.

    Raises:
        SettingsError: not even the question fits.
    """

    def messages(passages: int, first: int) -> list[dict[str, str]]:
        quoted = "\n".join(
            f'<passage page="{passage["page"]}">\n{_fenced(passage["text"])}\n</passage>'
            for passage in context[:passages]
        )
        history = [
            {"role": role, "content": text} for turn in turns[first:] for role, text in zip(("user", "assistant"), turn)
        ]
        return [
            {"role": "system", "content": read_prompt("answer_question.md")},
            *history,
            {"role": "user", "content": f"<passages>\n{quoted}\n</passages>\n\nQuestion: {question}"},
        ]

    sizes = [(count, 0) for count in range(len(context), 1, -1)]
    sizes += [(min(1, len(context)), first) for first in range(len(turns) + 1)] + [(0, len(turns))]
    return _longest_that_fits(messages, sizes, limit)


def _longest_that_fits(
    messages: Callable[..., list[dict[str, str]]], sizes: Sequence[tuple[int, ...]], limit: int
) -> list[dict[str, str]]:
    """Return the messages of the first size that fits; the sizes go from the longest prompt to the shortest."""

    def fit(size: tuple[int, ...]) -> bool:
        contents = [message["content"] for message in messages(*size)]
        return fits("\n".join(contents), limit - TOKENS_AROUND * len(contents))

    # In growing steps from the shortest: counting tokens takes time, so what is far too long is not counted.
    step = 1
    while step < len(sizes) and fit(sizes[-step]):
        step *= 2
    place = bisect_left(sizes, True, lo=max(0, len(sizes) - step), key=fit)
    if place == len(sizes):
        raise SettingsError(f"the question is too long for a prompt_token_limit of {limit} tokens")
    return messages(*sizes[place])


def _fenced(text: str) -> str:
    """Return a text that can't end the quotation in which it stands."""
    return FENCE.sub("‹", text)
