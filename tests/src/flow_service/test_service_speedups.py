"""What is left out around the model calls changes nothing about them."""

import copy
import gc
import io
import json

import httpx2
import pytest
from openai import NOT_GIVEN, AsyncOpenAI, omit
from openai._models import construct_type
from openai._utils import async_maybe_transform
from openai.resources.chat.completions import completions
from openai.types.chat import ChatCompletion
from openai.types.chat.completion_create_params import CompletionCreateParamsNonStreaming

from src.flow_service.limits import BRACKETS, STRING
from src.flow_service.speedups import freeze_gc, is_plain, speed_up_model_calls

MESSAGES = [{"role": "system", "content": "You extract."}, {"role": "user", "content": "Text: \u00fc"}]
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}, "strict": True}}


@pytest.mark.parametrize(
    "request_body",
    [
        {"model": "m", "messages": MESSAGES, "max_completion_tokens": 10, "temperature": omit},
        {"model": "m", "messages": MESSAGES, "temperature": 0, "stop": None, "stream": False, "tools": [TOOL]},
        {"model": "m", "messages": tuple(MESSAGES), "logit_bias": {"1": 2}},
        {"model": "m", "messages": [{"role": "user", "content": [{"type": "text", "text": "x"}]}]},
    ],
)
async def test_requests_are_what_they_would_have_been(request_body):
    speed_up_model_calls()
    assert completions.async_maybe_transform is not async_maybe_transform
    before = await async_maybe_transform(request_body, CompletionCreateParamsNonStreaming)
    after = await completions.async_maybe_transform(request_body, CompletionCreateParamsNonStreaming)
    assert after == before


def test_only_what_json_has_is_plain():
    assert is_plain({"a": [1, 2.0, "x", None, True, {}]})
    assert not is_plain({"a": [io.BytesIO()]}) and not is_plain({"a": ("x",)}) and not is_plain(omit)


@pytest.mark.parametrize(
    "url",
    [
        "https://x.example/openai/deployments/a%20b/chat/completions?api-version=1",
        "http://[::1]:80/a?b#c",
        "/a b?c=d",
    ],
)
def test_urls_are_parsed_to_the_same_parts(url):
    from httpx2 import _urlparse

    speed_up_model_calls()
    plain = _urlparse.urlparse.__wrapped__
    for _ in range(2):
        assert httpx2.URL(url)._uri_reference == plain(url)
        assert plain(url).copy_with(path="/b c", query="d=e") == plain(
            "",
            **{
                "scheme": plain(url).scheme,
                "authority": plain(url).authority,
                "path": "/b c",
                "query": "d=e",
                "fragment": plain(url).fragment,
            },
        )
    with pytest.raises(httpx2.InvalidURL):
        httpx2.URL("https://x.example:port/")


def test_the_mark_of_no_value_stays_one():
    speed_up_model_calls()
    assert copy.deepcopy({"a": [NOT_GIVEN]}) == {"a": [NOT_GIVEN]} and not copy.deepcopy(NOT_GIVEN)


MESSAGE = {"role": "assistant", "content": "nurse \U0001f600", "refusal": None, "annotations": []}
CHOICE = {"index": 0, "message": MESSAGE, "logprobs": None, "finish_reason": "stop", "content_filter_results": {"x": 1}}
COMPLETION = {
    "id": "c",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [CHOICE],
    "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
    "prompt_filter_results": [{}],
}
CALL = {"id": "i", "type": "function", "function": {"name": "f", "arguments": "{}"}}


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(completion)
        for completion in (
            COMPLETION,
            {**COMPLETION, "choices": []},
            {**COMPLETION, "created": "1", "usage": {"prompt_tokens": "3"}},
            {**COMPLETION, "created": 1.0, "model": None},
            {**COMPLETION, "choices": [{**CHOICE, "finish_reason": "of another kind"}]},
            {**COMPLETION, "choices": [{**CHOICE, "message": {**MESSAGE, "content": None, "tool_calls": [CALL]}}]},
            {**COMPLETION, "choices": [{**CHOICE, "message": {**MESSAGE, "content": "half of one: \ud83d"}}]},
            {**COMPLETION, "choices": None},
            {"error": "none of it"},
        )
    ]
    + ['{"id": "twice", "id": "c", "created": NaN}', "[]"],
)
def test_completions_are_read_as_they_were_built(body):
    speed_up_model_calls()
    client = AsyncOpenAI(api_key="k")
    response = httpx2.Response(200, content=body.encode(), headers={"content-type": "application/json"})
    data = response.json()
    read = client._process_response_data(data=data, cast_to=ChatCompletion, response=response)
    built = construct_type(type_=ChatCompletion, value=data)
    assert type(read) is type(built) and repr(read) == repr(built)
    if isinstance(built, ChatCompletion):
        assert read.to_dict(warnings=False) == built.to_dict(warnings=False)


def test_what_is_loaded_is_left_out_of_garbage_collection():
    gc.unfreeze()
    freeze_gc()
    try:
        assert gc.get_freeze_count() > 10_000 and gc.isenabled()
    finally:
        gc.unfreeze()


def test_strings_are_distinguished_from_brackets_however_they_end():
    for text, brackets in ((b'["[{"]', b"[]"), (b'{"a\\"[": "\\\\"}', b"{}"), (b'["[\\', b"["), (b'"\\"[', b"")):
        assert b"".join(BRACKETS.findall(STRING.sub(b"", text))) == brackets
