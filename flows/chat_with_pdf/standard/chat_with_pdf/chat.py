"""Answers of the chat model, whole or as a stream."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from openai import AsyncAzureOpenAI

from .settings import Settings

REASONS = {
    "length": "the model's answer is cut off: raise max_completion_tokens, which hidden reasoning counts against too",
    "content_filter": "the service's content filter held the model's answer back",
}


class IncompleteAnswer(ValueError):
    """An answer that is not there as a whole; the text says why."""


async def complete(client: AsyncAzureOpenAI, settings: Settings, messages: list[dict[str, Any]]) -> str:
    """Return the model's answer to some messages.

    Raises:
        IncompleteAnswer: it is empty, cut off or held back.
    """
    completion = await client.chat.completions.create(
        model=settings.chat_deployment, messages=messages, **settings.parameters()
    )
    choice = completion.choices[0]
    _check(choice.finish_reason, choice.message.content)
    return choice.message.content.strip()


async def stream(
    client: AsyncAzureOpenAI, settings: Settings, messages: list[dict[str, Any]]
) -> AsyncIterator[str]:
    """Yield the model's answer piece by piece.

    Raises:
        IncompleteAnswer: in the end, if it is empty, cut off or held back.
    """
    chunks = await client.chat.completions.create(
        model=settings.chat_deployment, messages=messages, stream=True, **settings.parameters()
    )
    reason, whole = None, ""
    async for chunk in chunks:
        for choice in chunk.choices:
            reason = choice.finish_reason or reason
            if choice.delta.content:
                whole += choice.delta.content
                yield choice.delta.content
    if whole and reason is None:
        raise IncompleteAnswer("the model's answer is cut off: the connection ended before it did")
    _check(reason, whole)


def _check(finish_reason: str | None, text: str | None) -> None:
    if finish_reason in REASONS:
        raise IncompleteAnswer(REASONS[finish_reason])
    if not (text or "").strip():
        raise IncompleteAnswer("the model's answer is empty")
