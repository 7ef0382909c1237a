"""Answers of the chat model, whole or as a stream."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from openai import AsyncOpenAI

from model_endpoint import IncompleteAnswer, check_complete, whole_answer

from .settings import Settings


async def complete(client: AsyncOpenAI, settings: Settings, messages: list[dict[str, Any]]) -> str:
    """Return the model's answer to some messages.

    Raises:
        IncompleteAnswer: it is empty, cut off or filtered.
    """
    completion = await client.chat.completions.create(**_request(settings, messages))
    return whole_answer(completion)


async def stream(client: AsyncOpenAI, settings: Settings, messages: list[dict[str, Any]]) -> AsyncIterator[str]:
    """Yield the model's answer piece by piece.

    Raises:
        IncompleteAnswer: in the end, if it is empty, cut off or filtered.
    """
    chunks = await client.chat.completions.create(stream=True, **_request(settings, messages))
    reason, whole = None, ""
    async for chunk in chunks:
        for choice in chunk.choices:
            reason = choice.finish_reason or reason
            if choice.delta.content:
                whole += choice.delta.content
                yield choice.delta.content
    if whole and reason is None:
        raise IncompleteAnswer("the model's answer is cut off: the connection ended before it did")
    check_complete(reason, whole)


async def followed_by(pieces: AsyncIterator[str], end: str) -> AsyncIterator[str]:
    """Yield the pieces of a text, and its end where there is one."""
    async for piece in pieces:
        yield piece
    if end:
        yield end


def _request(settings: Settings, messages: list[dict[str, Any]]) -> dict[str, Any]:
    return {"model": settings.chat_deployment, "messages": messages, **settings.parameters()}
