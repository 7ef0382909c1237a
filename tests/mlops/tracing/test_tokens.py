"""Token counts, taken from what the endpoint reports to the official clients."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import openai
import pytest
from model_server import Answer, ModelServer, completion, failure
from openai.resources import AsyncEmbeddings, Embeddings
from openai.resources.chat import AsyncCompletions, Completions

from mlops.tracing.tokens import count_tokens

CHAT = {"model": "gpt-4.1-mini", "messages": [{"role": "user", "content": "The harbour of Hamburg is old."}]}
OPTIONS = {"api_key": "k", "api_version": "2024-10-21", "max_retries": 0}


@pytest.fixture
def client(emulator):
    with openai.AzureOpenAI(azure_endpoint=emulator.endpoint, **OPTIONS) as client:
        yield client


@pytest.fixture
def own():
    """A server of the test's own, and a client for it."""
    with ModelServer() as server, openai.AzureOpenAI(azure_endpoint=server.endpoint, **OPTIONS) as client:
        yield server, client


def test_prompts_and_answers_are_counted_as_the_endpoint_counts_them(client):
    with count_tokens() as tokens:
        usage = [client.chat.completions.create(**CHAT).usage for _ in range(2)]
    assert tokens.prompt == sum(u.prompt_tokens for u in usage) > 0
    assert tokens.completion == sum(u.completion_tokens for u in usage) > 0
    assert tokens.total == tokens.prompt + tokens.completion


def test_embeddings_count_as_prompts(client):
    with count_tokens() as tokens:
        usage = client.embeddings.create(model="text-embedding-3-small", input=["a few words", "more"]).usage
    assert (tokens.prompt, tokens.completion) == (usage.prompt_tokens, 0)
    assert tokens.prompt > 0


async def test_asynchronous_calls_count(emulator):
    async with openai.AsyncAzureOpenAI(azure_endpoint=emulator.endpoint, **OPTIONS) as client:
        with count_tokens() as tokens:
            answers = await asyncio.gather(*(client.chat.completions.create(**CHAT) for _ in range(5)))
            embedded = await client.embeddings.create(model="text-embedding-3-small", input="words")
    total = sum(answer.usage.total_tokens for answer in answers) + embedded.usage.total_tokens
    assert tokens.total == total > 0


def test_calls_in_many_threads_all_count(client):
    with count_tokens() as tokens, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.chat.completions.create(**CHAT), range(40)))
    assert tokens.total == sum(answer.usage.total_tokens for answer in answers)


def test_a_stream_is_passed_on_untouched(client):
    with count_tokens():
        chunks = list(client.chat.completions.create(**CHAT, stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


def test_a_failing_call_raises_as_before_and_counts_nothing(own):
    server, client = own
    server.answer = lambda request: failure(400, "no")
    with count_tokens() as tokens, pytest.raises(openai.BadRequestError):
        client.chat.completions.create(**CHAT)
    assert tokens.total == 0


async def test_a_failing_asynchronous_call_raises_as_before_and_counts_nothing(own):
    server, _ = own
    server.answer = lambda request: failure(400, "no")
    async with openai.AsyncAzureOpenAI(azure_endpoint=server.endpoint, **OPTIONS) as client:
        with count_tokens() as tokens, pytest.raises(openai.BadRequestError):
            await client.chat.completions.create(**CHAT)
    assert tokens.total == 0


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": None, "completion_tokens": None}])
def test_an_answer_without_a_usable_count_is_still_an_answer(own, usage):
    server, client = own
    server.answer = lambda request: Answer(completion("fine", usage))
    with count_tokens() as tokens:
        assert client.chat.completions.create(**CHAT).choices[0].message.content == "fine"
    assert tokens.total == 0


def test_what_is_outside_the_block_does_not_count(client):
    client.chat.completions.create(**CHAT)
    with count_tokens() as tokens:
        pass
    client.chat.completions.create(**CHAT)
    assert tokens.total == 0


def test_blocks_inside_blocks_count_both(client):
    with count_tokens() as outer:
        client.chat.completions.create(**CHAT)
        with count_tokens() as inner:
            client.chat.completions.create(**CHAT)
    assert outer.total == 2 * inner.total > 0


def test_the_clients_are_restored_also_after_an_error():
    kinds = (Completions, AsyncCompletions, Embeddings, AsyncEmbeddings)
    before = [kind.create for kind in kinds]
    with pytest.raises(RuntimeError), count_tokens():
        assert all(kind.create is not create for kind, create in zip(kinds, before))
        raise RuntimeError
    assert [kind.create for kind in kinds] == before
