"""Counts the tokens that this process's calls of the OpenAI client use, as the model endpoint reports them."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class TokenCount:
    """Tokens so far.

    Attributes:
        prompt: tokens of prompts and of embedded texts.
        completion: tokens of answers, hidden reasoning included.
    """

    prompt: int = 0
    completion: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def total(self) -> int:
        """Prompts and answers together."""
        return self.prompt + self.completion

    def add(self, answer: object) -> None:
        """Add the usage that an answer reports, if it does."""
        usage = getattr(answer, "usage", None)
        if usage is not None:
            with self._lock:
                self.prompt += getattr(usage, "prompt_tokens", None) or 0
                self.completion += getattr(usage, "completion_tokens", None) or 0


@contextmanager
def count_tokens() -> Iterator[TokenCount]:
    """Count the tokens of all chat completions and embeddings that end inside the block, in any thread.

    Prompt flow's own count comes with full traces, which double the time of a batch.
    """
    from openai.resources import AsyncEmbeddings, Embeddings
    from openai.resources.chat import AsyncCompletions, Completions

    count = TokenCount()
    originals = {kind: kind.create for kind in (Completions, Embeddings, AsyncCompletions, AsyncEmbeddings)}
    for kind, create in originals.items():
        counting = _counting_async if kind in (AsyncCompletions, AsyncEmbeddings) else _counting
        kind.create = counting(create, count)
    try:
        yield count
    finally:
        for kind, create in originals.items():
            kind.create = create


def _counting(create, count: TokenCount):
    @functools.wraps(create)
    def counted(*args, **kwargs):
        answer = create(*args, **kwargs)
        count.add(answer)
        return answer

    return counted


def _counting_async(create, count: TokenCount):
    @functools.wraps(create)
    async def counted(*args, **kwargs):
        answer = await create(*args, **kwargs)
        count.add(answer)
        return answer

    return counted
