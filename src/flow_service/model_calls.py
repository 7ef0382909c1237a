"""Instruments the model calls of flows: counts tokens and retries, and keeps retries within the request's deadline.

Flows create their own clients, one per process. The methods that all their calls go through are wrapped once; a context
variable, which asyncio copies to tasks, links each call to its request.
"""

from __future__ import annotations

import functools
import time
from collections.abc import AsyncIterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

CONTENT_FILTER = "content_filter"


@dataclass
class Calls:
    """The model calls of one request so far.

    Attributes:
        deadline: when the request has to be answered, on the clock of `time.monotonic`.
        retries: how often a call may be retried.
        prompt_tokens: the tokens of all prompts.
        completion_tokens: the tokens of all answers.
        retried: how many retries there were.
        filtered: whether the content filter blocked an answer.
    """

    deadline: float
    retries: int
    prompt_tokens: int = 0
    completion_tokens: int = 0
    retried: int = 0
    filtered: bool = False

    def add(self, usage: Any) -> None:
        """Add the usage of a response."""
        if usage is not None:
            self.prompt_tokens += getattr(usage, "prompt_tokens", 0) or 0
            self.completion_tokens += getattr(usage, "completion_tokens", 0) or 0

    def add_choices(self, choices: Any) -> None:
        """Note whether the content filter blocked an answer."""
        self.filtered |= any(choice.finish_reason == CONTENT_FILTER for choice in choices or ())


CALLS: ContextVar[Calls | None] = ContextVar("calls", default=None)


@functools.cache
def instrument_model_calls() -> None:
    """Wrap the methods of the OpenAI client, once per process; calls outside a request are unchanged."""
    from openai._base_client import AsyncAPIClient
    from openai.resources.chat.completions import AsyncCompletions
    from openai.resources.embeddings import AsyncEmbeddings

    AsyncCompletions.create = _counted(AsyncCompletions.create)
    AsyncEmbeddings.create = _counted(AsyncEmbeddings.create)
    AsyncAPIClient.request = _limit_retries(AsyncAPIClient.request)
    AsyncAPIClient._should_retry = _retry_in_time(AsyncAPIClient._should_retry)
    AsyncAPIClient._sleep_for_retry = _count_retry(AsyncAPIClient._sleep_for_retry)


def _counted(create: Any) -> Any:
    @functools.wraps(create)
    async def counted(self: Any, *args: Any, **kwargs: Any) -> Any:
        calls = CALLS.get()
        if calls is None:
            return await create(self, *args, **kwargs)
        streaming = kwargs.get("stream") is True
        if streaming:  # a stream has no usage otherwise
            kwargs.setdefault("stream_options", {"include_usage": True})
        answer = await create(self, *args, **kwargs)
        if streaming:
            return _counted_stream(answer, calls)
        calls.add(getattr(answer, "usage", None))
        calls.add_choices(getattr(answer, "choices", None))
        return answer

    return counted


async def _counted_stream(chunks: Any, calls: Calls) -> AsyncIterator[Any]:
    async with chunks:
        async for chunk in chunks:
            calls.add(chunk.usage)
            calls.add_choices(chunk.choices)
            yield chunk


def _limit_retries(request: Any) -> Any:
    """Limit the retries of a call, whether they are due to a response, the connection, or a timeout."""

    @functools.wraps(request)
    async def limited(self: Any, cast_to: Any, options: Any, **kwargs: Any) -> Any:
        calls = CALLS.get()
        if calls is not None:
            options.max_retries = min(calls.retries, options.get_max_retries(self.max_retries))
        return await request(self, cast_to, options, **kwargs)

    return limited


def _retry_in_time(should_retry: Any) -> Any:
    """Retry only if the request's deadline is later than the delay that the model asks for."""

    @functools.wraps(should_retry)
    def in_time(self: Any, response: Any) -> bool:
        calls = CALLS.get()
        too_late = calls is not None and time.monotonic() + retry_after(response.headers) >= calls.deadline
        return not too_late and should_retry(self, response)

    return in_time


def _count_retry(sleep: Any) -> Any:
    """Count retries, by the sleeps before them."""

    @functools.wraps(sleep)
    async def counted_sleep(self: Any, **kwargs: Any) -> None:
        calls = CALLS.get()
        if calls is not None:
            calls.retried += 1
        await sleep(self, **kwargs)

    return counted_sleep


def retry_after(headers: Any) -> float:
    """Return the seconds that a response asks to wait before a retry; 0 if it does not say."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) / unit
        except ValueError:
            continue
        if 0 <= seconds < 86_400:
            return seconds
    return 0.0
