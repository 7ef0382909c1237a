"""Embeddings: many texts in few requests, over a real connection."""

import asyncio
import time

import numpy as np
import pytest
from chat_with_pdf.embedding import MOST_INPUTS, MOST_TOKENS, batches, embed
from embedding_server import vector_of
from hypothesis import given
from hypothesis import strategies as st
from model_server import KEY, endpoint_at, failure

from model_endpoint import shared_client


@pytest.fixture
def embedded(to_models):
    def run(texts, most_tokens_each=300):
        async def embed_all():
            return await embed(await shared_client(to_models), "embedder", texts, most_tokens_each)

        return asyncio.run(embed_all())

    return run


@given(st.integers(1, 9000), st.integers(1, 400_000))
def test_no_batch_is_beyond_the_limits_and_there_are_no_more_than_needed(count, tokens):
    texts = [str(number) for number in range(count)]
    found = list(batches(texts, tokens))
    assert [text for batch in found for text in batch] == texts
    assert all(len(batch) <= MOST_INPUTS and (len(batch) * tokens <= MOST_TOKENS or len(batch) == 1) for batch in found)
    assert all(len(batch) == len(found[0]) for batch in found[:-1])


def test_vectors_are_of_unit_length_in_the_order_of_the_texts(models, embedded):
    texts = [f"text {number} of {number % 7}" for number in range(2100)]
    vectors = embedded(texts, 100)
    expected = np.stack([np.frombuffer(vector_of(text), "<f4") for text in texts])
    expected = expected / np.linalg.norm(expected, axis=1, keepdims=True)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, expected, rtol=1e-5)
    assert sorted(map(len, models.inputs)) == [52, 2048]
    assert all("/deployments/embedder/embeddings" in path for path in models.paths)
    assert {headers["api-key"] for headers in models.headers} == {KEY}


def test_several_requests_are_under_way_at_a_time_but_few(models, embedded):
    models.seconds = 0.1
    embedded([f"text {number}" for number in range(10)], MOST_TOKENS)
    assert len(models.inputs) == 10
    assert 2 <= models.most <= 4


def test_a_service_that_is_busy_is_asked_again(models, embedded):
    models.refusals = [failure(429, "slow down", retry_after="0"), failure(503, "out of order", retry_after="0")]
    assert embedded(["one", "two"]).shape[0] == 2
    assert len(models.paths) == 3


def test_the_service_says_how_long_to_wait(models, embedded):
    models.refusals = [failure(429, "slow down", retry_after="1")]
    start = time.monotonic()
    embedded(["one"])
    assert time.monotonic() - start > 0.9


def test_an_error_that_lasts_is_raised(models, embedded):
    import openai

    models.refusals = [failure(400, "too long")] * 9
    with pytest.raises(openai.BadRequestError, match="too long"):
        embedded(["one"])
    assert len(models.refusals) == 8


def test_the_emulator_is_asked_in_the_same_way(emulator):
    async def run():
        client = await shared_client(endpoint_at(emulator.endpoint))
        return await embed(client, "text-embedding-3-small", ["library fees", "fees of the library", "harbour"], 300)

    vectors = asyncio.run(run())
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
