"""What is left out around the model calls changes nothing about them."""

import io

import pytest
from openai import omit
from openai._utils import async_maybe_transform
from openai.resources.chat.completions import completions
from openai.types.chat.completion_create_params import CompletionCreateParamsNonStreaming

from src.flow_service.limits import BRACKETS, STRING
from src.flow_service.speedups import is_plain, speed_up_model_calls

MESSAGES = [{"role": "system", "content": "You extract."}, {"role": "user", "content": "Text: \u00fc"}]
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}, "strict": True}}


@pytest.mark.parametrize("request_body", [
    {"model": "m", "messages": MESSAGES, "max_completion_tokens": 10, "temperature": omit},
    {"model": "m", "messages": MESSAGES, "temperature": 0, "stop": None, "stream": False, "tools": [TOOL]},
    {"model": "m", "messages": tuple(MESSAGES), "logit_bias": {"1": 2}},
    {"model": "m", "messages": [{"role": "user", "content": [{"type": "text", "text": "x"}]}]},
])
async def test_requests_are_what_they_would_have_been(request_body):
    speed_up_model_calls()
    assert completions.async_maybe_transform is not async_maybe_transform
    before = await async_maybe_transform(request_body, CompletionCreateParamsNonStreaming)
    after = await completions.async_maybe_transform(request_body, CompletionCreateParamsNonStreaming)
    assert after == before


def test_only_what_json_has_is_plain():
    assert is_plain({"a": [1, 2.0, "x", None, True, {}]})
    assert not is_plain({"a": [io.BytesIO()]}) and not is_plain({"a": ("x",)}) and not is_plain(omit)


def test_urls_are_parsed_to_the_same_parts():
    import httpx2
    from httpx2._urlparse import urlparse

    speed_up_model_calls()
    for url in ("https://x.example/openai/deployments/a%20b/chat/completions?api-version=1", "http://[::1]:80/a?b#c"):
        for _ in range(2):
            assert httpx2.URL(url)._uri_reference == urlparse(url)


def test_strings_are_told_from_brackets_however_they_end():
    for text, brackets in ((b'["[{"]', b"[]"), (b'{"a\\"[": "\\\\"}', b"{}"), (b'["[\\', b"["), (b'"\\"[', b"")):
        assert b"".join(BRACKETS.findall(STRING.sub(b"", text))) == brackets
