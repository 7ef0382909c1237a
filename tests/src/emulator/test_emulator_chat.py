import asyncio
import json

import httpx
import openai
import pytest
from emulator_clients import API_VERSION

TEXT = "The harbour of Hamburg is old. Ships leave the harbour of Hamburg every hour."


def test_an_answer_is_what_the_function_returns_and_says_so(client):
    raw = client.chat.completions.with_raw_response.create(
        model="gpt-4.1-mini", messages=[{"role": "user", "content": TEXT}]
    )
    completion = raw.parse()
    assert raw.headers["x-emulator"] == completion.system_fingerprint.removeprefix("fp_") == "function"
    assert completion.choices[0].message.content == f"This is an echo. You said: {TEXT}"
    assert completion.choices[0].finish_reason == "stop"
    assert completion.model == "gpt-4.1-mini-2025-04-14"


def test_usage_adds_up_and_grows_with_the_prompt(ask):
    short, long = ask("Hello.").usage, ask("Hello. " * 100).usage
    assert short.total_tokens == short.prompt_tokens + short.completion_tokens
    assert long.prompt_tokens > short.prompt_tokens + 90


def test_azure_answers_carry_content_filter_results_and_plain_ones_do_not(ask, plain_client):
    assert ask().model_extra["prompt_filter_results"][0]["content_filter_results"]["hate"]["filtered"] is False
    completion = plain_client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "Hi"}])
    assert "prompt_filter_results" not in completion.model_extra


def test_the_undated_azure_paths_take_the_openai_client(emulator):
    with openai.OpenAI(base_url=f"{emulator.endpoint}/openai/v1", api_key="any", max_retries=0) as client:
        completion = client.chat.completions.create(model="gpt-4.1", messages=[{"role": "user", "content": "Hi"}])
    assert completion.model_extra["prompt_filter_results"]


def test_n_gives_that_many_choices(ask):
    completion = ask(n=3)
    assert [choice.index for choice in completion.choices] == [0, 1, 2]
    assert completion.usage.completion_tokens == 3 * ask().usage.completion_tokens


def test_max_tokens_cuts_the_answer_for_its_length(ask):
    completion = ask(TEXT, max_tokens=5)
    assert completion.choices[0].finish_reason == "length"
    assert completion.usage.completion_tokens == 5
    assert ask(TEXT).choices[0].message.content.startswith(completion.choices[0].message.content)


def test_an_answer_ends_before_the_first_stop_string(ask):
    completion = ask(TEXT, stop=["You said", "echo"])
    assert completion.choices[0].message.content == "This is an "
    assert completion.choices[0].finish_reason == "stop"


def test_text_parts_are_read_like_a_string(ask):
    parts = [{"type": "text", "text": TEXT}]
    assert ask([{"role": "user", "content": parts}]).choices[0].message.content == ask(TEXT).choices[0].message.content


def test_logprobs_come_for_every_token(ask):
    completion = ask(logprobs=True, top_logprobs=2)
    tokens = completion.choices[0].logprobs.content
    assert "".join(token.token for token in tokens) == completion.choices[0].message.content
    assert tokens[0].top_logprobs[0].token == tokens[0].token


@pytest.mark.parametrize(
    "options",
    [
        {"max_tokens": 5},
        {"temperature": 0},
        {"top_p": 0.5},
        {"presence_penalty": 1},
        {"frequency_penalty": 1},
        {"logprobs": True},
        {"stop": "x"},
    ],
)
def test_reasoning_models_refuse_parameters_of_sampling(ask, options):
    with pytest.raises(openai.BadRequestError) as error:
        ask(model="gpt-5-mini", **options)
    assert error.value.param == next(iter(options))
    assert error.value.code in ("unsupported_parameter", "unsupported_value")


def test_reasoning_models_take_neutral_values_and_count_their_reasoning(ask):
    completion = ask(model="o4-mini", temperature=1, top_p=1, max_completion_tokens=1_000, reasoning_effort="low")
    assert completion.usage.completion_tokens_details.reasoning_tokens == 64
    assert completion.usage.completion_tokens > 64


def test_reasoning_that_uses_up_the_limit_leaves_an_empty_answer(ask):
    completion = ask(model="gpt-5", max_completion_tokens=100, reasoning_effort="high")
    assert completion.choices[0].message.content == ""
    assert completion.choices[0].finish_reason == "length"


def test_chat_models_take_max_completion_tokens_but_no_effort(ask):
    assert ask(max_completion_tokens=3).usage.completion_tokens == 3
    with pytest.raises(openai.BadRequestError, match="reasoning_effort"):
        ask(reasoning_effort="low")


def test_a_stream_gives_the_same_text_as_a_whole_answer(client, ask):
    whole = ask(TEXT)
    chunks = list(ask(TEXT, stream=True, stream_options={"include_usage": True}))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content
    assert chunks[0].choices == [] and chunks[0].model_extra["prompt_filter_results"]
    assert chunks[1].choices[0].delta.role == "assistant"
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].usage == whole.usage


def test_the_clients_own_stream_helper_accumulates_it(client):
    with client.chat.completions.stream(model="gpt-4.1", messages=[{"role": "user", "content": TEXT}]) as stream:
        stream.until_done()
        assert "Hamburg" in stream.get_final_completion().choices[0].message.content


def test_a_plain_stream_starts_with_the_role_and_ends_with_done(emulator):
    body = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "Hi"}], "stream": True, "n": 2}
    response = httpx.post(f"{emulator.endpoint}/v1/chat/completions", json=body, headers={"api-key": "k"})
    lines = [line for line in response.text.split("\n\n") if line]
    assert response.headers["content-type"].startswith("text/event-stream")
    assert json.loads(lines[0].removeprefix("data: "))["choices"][0]["delta"]["role"] == "assistant"
    assert lines[-1] == "data: [DONE]"
    assert {json.loads(line[6:])["choices"][0]["index"] for line in lines[:-1]} == {0, 1}


async def test_many_requests_at_once_each_get_their_own_answer(emulator):
    cities = [f"Oldtown{number} is a city." for number in range(60)]
    async with openai.AsyncAzureOpenAI(azure_endpoint=emulator.endpoint, api_key="k", api_version=API_VERSION) as many:
        answers = await asyncio.gather(
            *(
                many.chat.completions.create(model="gpt-4.1-mini", messages=[{"role": "user", "content": city}])
                for city in cities
            )
        )
    assert all(city in answer.choices[0].message.content for city, answer in zip(cities, answers))


async def test_the_asynchronous_plain_client_streams(emulator):
    async with openai.AsyncOpenAI(base_url=f"{emulator.endpoint}/v1", api_key="k") as client:
        stream = await client.chat.completions.create(
            model="gpt-4.1-mini", messages=[{"role": "user", "content": TEXT}], stream=True
        )
        text = "".join([chunk.choices[0].delta.content or "" async for chunk in stream])
    assert "Hamburg" in text


def test_models_are_listed_with_their_capabilities(client, plain_client):
    models = {model.id: model for model in client.models.list()}
    assert models["text-embedding-3-small"].model_extra["capabilities"]["embeddings"]
    assert plain_client.models.retrieve("gpt-4.1").id == "gpt-4.1"
    with pytest.raises(openai.NotFoundError):
        plain_client.models.retrieve("gpt-99")


def test_every_answer_has_the_services_identifiers(emulator):
    response = httpx.get(f"{emulator.endpoint}/v1/models", headers={"api-key": "k", "x-ms-client-request-id": "mine"})
    assert response.headers["apim-request-id"] and response.headers["x-ms-region"]
    assert response.headers["x-ms-client-request-id"] == "mine"
    assert "no language model" in response.headers["x-emulator"]
