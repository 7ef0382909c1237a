"""Answers that a function returns, for tests."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Union

from src.emulator.conversation import Conversation, Reply

Function = Callable[[Conversation], Union[str, Reply, Awaitable[Union[str, Reply]]]]


class FunctionAnswerer:
    """Answers with what a function returns.

    Replies are sent as they are: a function may break the request's schema, as a model may.

    Args:
        function: takes a `Conversation` and returns a text or a `Reply`, at once or awaited. It runs on the emulator's
            event loop: one that waits has to be async. A `ServiceError` becomes its response, any other error a 500.
    """

    kind = "function"

    def __init__(self, function: Function):
        self.counts: Counter[str] = Counter()
        self._function = function

    async def answer(self, conversation: Conversation) -> Reply:
        """Ask the function."""
        reply = self._function(conversation)
        if inspect.isawaitable(reply):
            reply = await reply
        if isinstance(reply, str):
            reply = Reply(reply, source="function")
        self.counts[reply.source] += 1
        return reply
