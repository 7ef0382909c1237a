"""What the service does around every call that a flow makes of a model: it counts tokens, and keeps to the time left.

The flows make their own clients, each one for the process. Here the methods that all their calls go through are
wrapped once; what a request has to do with a call is known through a context variable, which asyncio hands on to tasks.
"""

from __future__ import annotations

import functools
import time
from collections.abc import AsyncIterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

HELD_BACK = "content_filter"


@dataclass
class Calls:
    """The calls of one request so far.

    Attributes:
        deadline: when the request has to be answered, on the clock of `time.monotonic`.
        retries: how often a call may be tried again.
        prompt_tokens: read by models.
        completion_tokens: written by models.
        retried: how often a call was tried again.
        held_back: whether the content filter held an answer back.
    """

    deadline: float
    retries: int
    prompt_tokens: int = 0
    completion_tokens: int = 0
    retried: int = 0
    held_back: bool = False

    def add(self, usage: Any) -> None:
        """Count what an answer says that it took."""
        if usage is not None:
            self.prompt_tokens += getattr(usage, "prompt_tokens", 0) or 0
            self.completion_tokens += getattr(usage, "completion_tokens", 0) or 0

    def add_choices(self, choices: Any) -> None:
        """Remember whether an answer was held back."""
        self.held_back |= any(choice.finish_reason == HELD_BACK for choice in choices or ())


CALLS: ContextVar[Calls | None] = ContextVar("calls", default=None)


@functools.cache
def watch_model_calls() -> None:
    """Wrap the methods of the OpenAI client, once for the process; without a request they do what they always did."""
    from openai._base_client import AsyncAPIClient
    from openai.resources.chat.completions import AsyncCompletions
    from openai.resources.embeddings import AsyncEmbeddings

    AsyncCompletions.create = _counted(AsyncCompletions.create)
    AsyncEmbeddings.create = _counted(AsyncEmbeddings.create)
    AsyncAPIClient.request = _a_few_times(AsyncAPIClient.request)
    AsyncAPIClient._should_retry = _in_time(AsyncAPIClient._should_retry)
    AsyncAPIClient._sleep_for_retry = _noted(AsyncAPIClient._sleep_for_retry)


def _counted(create: Any) -> Any:
    @functools.wraps(create)
    async def counted(self: Any, *args: Any, **kwargs: Any) -> Any:
        calls = CALLS.get()
        if calls is None:
            return await create(self, *args, **kwargs)
        streaming = kwargs.get("stream") is True
        if streaming:  # else a stream does not tell
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


def _a_few_times(request: Any) -> Any:
    """Let a call be tried again only so often, whatever it fails of: an answer, the connection, or time."""

    @functools.wraps(request)
    async def limited(self: Any, cast_to: Any, options: Any, **kwargs: Any) -> Any:
        calls = CALLS.get()
        if calls is not None:
            options.max_retries = min(calls.retries, options.get_max_retries(self.max_retries))
        return await request(self, cast_to, options, **kwargs)

    return limited


def _in_time(should_retry: Any) -> Any:
    """Let a call be tried again only if the request can still be answered after the pause that the model asks for."""

    @functools.wraps(should_retry)
    def in_time(self: Any, response: Any) -> bool:
        calls = CALLS.get()
        in_vain = calls is not None and time.monotonic() + retry_after(response.headers) >= calls.deadline
        return not in_vain and should_retry(self, response)

    return in_time


def _noted(sleep: Any) -> Any:
    """Count the pauses between attempts."""

    @functools.wraps(sleep)
    async def noted(self: Any, **kwargs: Any) -> None:
        calls = CALLS.get()
        if calls is not None:
            calls.retried += 1
        await sleep(self, **kwargs)

    return noted


def retry_after(headers: Any) -> float:
    """Return the seconds after which a model wants to be asked again; 0 if it does not say."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) / unit
        except ValueError:
            continue
        if 0 <= seconds < 86_400:
            return seconds
    return 0.0
