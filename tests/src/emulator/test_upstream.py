import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import openai
import pytest
from emulator_clients import azure

from src.emulator.answers import Recordings, Upstream, write_recordings
from src.emulator.conversation import Reply, ToolCall, Usage
from src.emulator.errors import ServiceError
from src.emulator.server import Emulator
from src.emulator.settings import EmulatorSettings

KEY = "secret-of-the-endpoint"
PARAMETERS = {"max_tokens": 1000, "temperature": 0}


def asking(endpoint, model="gpt-4.1", **options):
    """What an `Upstream` asks with: the official client, a model's name and its parameters."""
    client = openai.AsyncOpenAI(base_url=f"{endpoint}/v1", api_key=KEY, max_retries=0, **options)

    async def ask(deployment, request):
        return await client.chat.completions.create(model=model, **PARAMETERS, **request)

    return ask


@pytest.fixture
def record(start):
    """Start an endpoint that answers with a function, and an emulator that records it; gives its client, and both."""

    def run(answer, **settings):
        endpoint = start(answer, **settings)
        upstream = Upstream(asking(endpoint.endpoint), "openai")
        return azure(start(answerer=upstream)), upstream, endpoint

    return run


def counting(seconds=0.0):
    """A function that answers with how often it was asked, and the list of what it was asked."""
    seen = []

    async def answer(conversation):
        seen.append(conversation)
        await asyncio.sleep(seconds)
        return f"Answer {len(seen)}"

    return answer, seen


def asked(client, question="Hi", **options):
    return client.chat.completions.create(
        **{"model": "gpt-5.4-mini", "messages": [{"role": "user", "content": question}], **options}
    )


def test_an_answer_from_upstream_is_passed_on_and_kept(record):
    client, upstream, _ = record(lambda conversation: Reply("Hello.", (), "stop", Usage(7, 2)))
    answer = asked(client, max_completion_tokens=10)
    assert (answer.choices[0].message.content, answer.usage.total_tokens) == ("Hello.", 9)
    assert answer.system_fingerprint == "fp_upstream"
    (kept,) = upstream.recordings
    assert (kept.question, kept.endpoint) == ("Hi", "openai")
    assert kept.reply == Reply("Hello.", (), "stop", Usage(7, 2), "gpt-4.1-2025-04-14")
    assert upstream.counts == {"gpt-4.1-2025-04-14": 1}


def test_what_the_answer_depends_on_is_forwarded_and_nothing_else(record):
    answer, seen = counting()
    client, *_ = record(answer)
    tool = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}
    form = {"type": "json_schema", "json_schema": {"name": "form", "schema": {"type": "object"}}}
    asked(
        client,
        model="gpt-4.1-mini",
        tools=[tool],
        tool_choice="auto",
        response_format=form,
        stop=["x"],
        top_p=0.5,
        n=2,
        user="me",
        max_tokens=3,
        stream=False,
    )
    assert seen[0].body == {
        "model": "gpt-4.1",
        "messages": [{"role": "user", "content": "Hi"}],
        "tools": [tool],
        "tool_choice": "auto",
        "response_format": form,
        "stop": ["x"],
        **PARAMETERS,
    }


@pytest.mark.parametrize("stream", [False, True])
def test_a_request_is_asked_upstream_once_a_round_even_at_the_same_time(record, stream):
    answer, seen = counting(0.2)
    client, upstream, _ = record(answer)

    def text(_):
        answer = asked(client, stream=stream)
        if not stream:
            return answer.choices[0].message.content
        return "".join(chunk.choices[0].delta.content or "" for chunk in answer if chunk.choices)

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(text, range(6))) == {"Answer 1"}
    assert text(0) == "Answer 1" and len(seen) == 1
    upstream.next_round()
    assert text(0) == text(0) == "Answer 2" and len(seen) == 2
    assert [kept.reply.text for kept in upstream.recordings] == ["Answer 1", "Answer 2"]
    assert len({kept.key for kept in upstream.recordings}) == 1


def test_a_recording_plays_back_what_was_recorded(record, start, tmp_path):
    def answer(conversation):
        if "call" in conversation.user:
            return Reply("", (ToolCall("look", '{"at": "http://127.0.0.1:1234/x"}'),))
        return f"You said: {conversation.user}"

    client, upstream, _ = record(answer)
    tool = {"type": "function", "function": {"name": "look"}}
    requests = [
        {"question": "See http://127.0.0.1:1234/x"},
        {"question": "Please call.", "tools": [tool]},
        {"question": "Größe?\nAnd more.", "model": "gpt-4.1"},
    ]
    before = [asked(client, **request) for request in requests]
    write_recordings(tmp_path / "a.jsonl", upstream.recordings)
    player = azure(start(answerer=Recordings([tmp_path / "a.jsonl"])))
    after = [asked(player, **request) for request in requests]
    assert [answer.usage for answer in after] == [answer.usage for answer in before]
    assert [answer.choices[0].message.content for answer in after] == [
        answer.choices[0].message.content for answer in before
    ]
    assert after[1].choices[0].message.tool_calls[0].function.name == "look"


def test_neither_keys_nor_hosts_get_into_a_recording(start, tmp_path):
    async def ask(deployment, request):
        return {
            "model": r"/home/ada/models\quantised/SmolLM2-135M.gguf",
            "choices": [{"finish_reason": "eos", "message": {"content": "See http://localhost:8080/x."}}],
            "id": KEY,
            "usage": None,
        }

    upstream = Upstream(ask, "openai")
    answer = asked(azure(start(answerer=upstream)), "What about http://127.0.0.1:8080/y?")
    assert answer.choices[0].finish_reason == "stop" and answer.usage.completion_tokens > 0
    write_recordings(tmp_path / "a.jsonl", upstream.recordings)
    text = (tmp_path / "a.jsonl").read_text()
    assert '"by": "SmolLM2-135M.gguf"' in text
    assert not [secret for secret in (KEY, "ada", "8080") if secret in text]


def test_who_answers_can_be_given_by_name(start):
    async def ask(deployment, request):
        return {"model": "gpt-4.1", "choices": [{"message": {"content": deployment}}]}

    upstream = Upstream(ask, by="stand-in")
    asked(azure(start(answerer=upstream)))
    assert (upstream.recordings[0].reply.source, upstream.recordings[0].endpoint) == ("stand-in", "")
    assert upstream.recordings[0].reply.text == "gpt-5.4-mini"


@pytest.mark.parametrize(
    "status, code, expected",
    [
        (429, "RateLimitReached", openai.RateLimitError),
        (400, "content_filter", openai.BadRequestError),
        (400, "context_length_exceeded", openai.BadRequestError),
        (401, "401", openai.AuthenticationError),
        (404, "DeploymentNotFound", openai.NotFoundError),
        (503, "ServiceUnavailable", openai.InternalServerError),
    ],
)
def test_a_fault_of_the_endpoint_reaches_the_client_and_is_not_kept(record, status, code, expected):
    faults = [ServiceError(status, {"code": code, "message": f"It is {code}."}, {"retry-after": "7"})]

    def answer(conversation):
        if faults:
            raise faults.pop()
        return "Well again."

    client, upstream, _ = record(answer)
    with pytest.raises(expected) as error:
        asked(client)
    assert (error.value.status_code, error.value.code) == (status, code)
    assert f"It is {code}." in error.value.message
    assert error.value.response.headers["retry-after"] == "7"
    assert not upstream.recordings and not upstream.counts
    assert asked(client).choices[0].message.content == "Well again."


@pytest.mark.parametrize(
    "body, told",
    [
        (
            b'{"error": {"code": 400, "message": "the request exceeds the available context size", "n_ctx": 512}}',
            "exceeds the available context size",
        ),
        (b"<html>Bad proxy</html>", "Bad proxy"),
        (b'{"detail": "no such model"}', "no such model"),
        (b"", "400"),
    ],
)
def test_a_fault_in_another_servers_form_keeps_its_text(start, body, told):
    async def ask(deployment, request):
        transport = httpx.MockTransport(lambda request: httpx.Response(400, content=body))
        async with openai.AsyncOpenAI(
            base_url="http://model/v1", api_key=KEY, http_client=httpx.AsyncClient(transport=transport)
        ) as client:
            return await client.chat.completions.create(model="m", **request)

    with pytest.raises(openai.BadRequestError) as error:
        asked(azure(start(answerer=Upstream(ask))))
    assert told in error.value.message


def test_an_endpoint_that_is_not_there_is_a_bad_gateway(start):
    client = azure(start(answerer=Upstream(asking("http://127.0.0.1:9"))))
    with pytest.raises(openai.InternalServerError, match="could not be reached: Connect") as error:
        asked(client)
    assert (error.value.status_code, error.value.code) == (502, "BadGateway")


def test_an_endpoint_that_is_too_slow_is_a_gateway_timeout(start):
    endpoint = start(latency_ms=2_000)
    client = azure(start(answerer=Upstream(asking(endpoint.endpoint, timeout=0.2))))
    with pytest.raises(openai.InternalServerError) as error:
        asked(client)
    assert (error.value.status_code, error.value.code) == (504, "GatewayTimeout")


@pytest.mark.parametrize("answer", [{}, {"choices": []}, {"choices": [{"message": {"tool_calls": [{}]}}]}, None, "Hi"])
def test_an_answer_that_is_no_chat_completion_is_a_bad_gateway(start, answer):
    async def ask(deployment, request):
        return answer

    with pytest.raises(openai.InternalServerError, match="not a chat completion") as error:
        asked(azure(start(answerer=Upstream(ask))))
    assert error.value.status_code == 502


def test_a_client_that_leaves_takes_no_answer_from_the_others(record):
    answer, seen = counting(0.5)
    client, *_ = record(answer)
    with pytest.raises(openai.APITimeoutError):
        asked(client, timeout=0.1)
    assert asked(client).choices[0].message.content == "Answer 1" and len(seen) == 1


def test_an_emulator_stops_while_upstream_is_asked():
    is_asked = threading.Event()

    async def never(deployment, request):
        is_asked.set()
        await asyncio.Event().wait()

    with Emulator(EmulatorSettings(api_key=None, answerer=Upstream(never))) as emulator:
        thread = threading.Thread(target=lambda: pytest.raises(openai.APIConnectionError, asked, azure(emulator)))
        thread.start()
        assert is_asked.wait(5)
    thread.join(5)
    assert not thread.is_alive()
