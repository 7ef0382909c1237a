"""Embeddings of many texts with few requests."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator, Sequence

import numpy as np
from openai import AsyncOpenAI

# The limits of one request: https://learn.microsoft.com/azure/ai-services/openai/reference#embeddings
MOST_INPUTS, MOST_TOKENS = 2_048, 300_000
REQUESTS_AT_A_TIME = 4


async def embed(client: AsyncOpenAI, deployment: str, texts: Sequence[str], most_tokens_each: int) -> np.ndarray:
    """Return the embeddings of texts, one row of unit length for each, as float32.

    Args:
        client: the client of the service.
        deployment: the embedding model's deployment.
        texts: at least one, none of them empty.
        most_tokens_each: no text has more tokens; each is counted as that many.
    """
    limit = asyncio.Semaphore(REQUESTS_AT_A_TIME)

    async def request(batch: Sequence[str]) -> np.ndarray:
        async with limit:
            # base64 is a third of the bytes of decimal numbers, and is read without making a float object of each.
            answer = await client.embeddings.create(model=deployment, input=list(batch), encoding_format="base64")
        rows = [vector_of(item.embedding) for item in sorted(answer.data, key=lambda item: item.index)]
        if len(rows) != len(batch):
            raise ValueError(f"the service returned {len(rows)} embeddings of {len(batch)} texts")
        return np.stack(rows)

    vectors = np.concatenate(await asyncio.gather(*map(request, batches(texts, most_tokens_each))))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def vector_of(embedding: str | list[float]) -> np.ndarray:
    """Return an embedding as float32, in base64 as requested, or as numbers from servers that know no base64."""
    if isinstance(embedding, str):
        return np.frombuffer(base64.b64decode(embedding), dtype="<f4")
    return np.asarray(embedding, dtype=np.float32)


def batches(texts: Sequence[str], most_tokens_each: int) -> Iterator[Sequence[str]]:
    """Yield the texts in as few batches as the service's limits allow."""
    size = max(1, min(MOST_INPUTS, MOST_TOKENS // most_tokens_each))
    for start in range(0, len(texts), size):
        yield texts[start : start + size]
