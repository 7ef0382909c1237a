import time

import openai
import pytest
from emulator_clients import azure
from hypothesis import given
from hypothesis import strategies as st

from src.emulator.errors import ServiceError
from src.emulator.limits import RateLimiter

USER = [{"role": "user", "content": "Hi"}]


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_the_remaining_quota_is_reported_with_every_answer(start):
    client = azure(start(rpm=60, tpm=100_000))
    headers = client.chat.completions.with_raw_response.create(model="gpt-4.1", messages=USER, max_tokens=500).headers
    assert headers["x-ratelimit-limit-requests"] == "60"
    assert headers["x-ratelimit-remaining-requests"] == "59"
    assert 99_000 < int(headers["x-ratelimit-remaining-tokens"]) < 99_500


def test_too_many_requests_are_refused_and_the_clients_retry_gets_through(start):
    emulator = start(rpm=120)
    client = azure(emulator)
    for _ in range(120):
        client.chat.completions.create(model="gpt-4.1", messages=USER, max_tokens=1)
    with pytest.raises(openai.RateLimitError) as error:
        for _ in range(120):
            client.chat.completions.create(model="gpt-4.1", messages=USER, max_tokens=1)
    assert error.value.code == "RateLimitReached"
    assert 0 < int(error.value.response.headers["retry-after-ms"]) <= 500
    started = time.monotonic()
    assert azure(emulator, max_retries=3).chat.completions.create(model="gpt-4.1", messages=USER).choices
    assert time.monotonic() - started < 3


def test_deployments_have_quotas_of_their_own(start):
    client = azure(start(rpm=1))
    client.chat.completions.create(model="gpt-4.1", messages=USER)
    client.chat.completions.create(model="gpt-4.1-mini", messages=USER)
    with pytest.raises(openai.RateLimitError):
        client.chat.completions.create(model="gpt-4.1", messages=USER)


def test_tokens_are_limited_for_embeddings_too(start):
    client = azure(start(tpm=100))
    client.embeddings.create(model="text-embedding-3-small", input="word " * 90)
    with pytest.raises(openai.RateLimitError, match="token"):
        client.embeddings.create(model="text-embedding-3-small", input="word " * 90)


@given(
    st.integers(1, 1_000),
    st.integers(1, 10_000),
    st.lists(st.tuples(st.integers(0, 5_000), st.floats(0, 30)), max_size=30),
)
def test_a_caller_that_waits_as_long_as_retry_after_says_is_admitted(rpm, tpm, requests):
    clock = Clock()
    limiter = RateLimiter(rpm, tpm, clock)
    for tokens, pause in requests:
        clock.now += pause
        try:
            limiter.admit(tokens)
        except ServiceError as refusal:
            clock.now += int(refusal.headers["retry-after-ms"]) / 1000
            try:
                limiter.admit(tokens)
            except ServiceError as second:
                # Requests and tokens are checked one after the other: the second quota may have its own wait.
                clock.now += int(second.headers["retry-after-ms"]) / 1000
                limiter.admit(tokens)


def test_an_answer_shorter_than_reserved_gives_tokens_back():
    limiter = RateLimiter(None, 100, Clock())
    limiter.admit(100)
    limiter.settle(100, 30)
    assert limiter.admit(70)["x-ratelimit-remaining-tokens"] == "0"
