import asyncio
import random
import time

import httpx
import openai
import pytest
from emulator_clients import API_VERSION, azure

from src.emulator.errors import ServiceError
from src.emulator.faults import Fault, FaultPlan, parse_fault

USER = [{"role": "user", "content": "The quick brown fox jumps over the lazy dog every day."}]


def order(fault: str) -> dict[str, dict[str, str]]:
    return {"extra_headers": {"x-emulator-fault": fault}}


@pytest.mark.parametrize(
    "fault, expected, code",
    [
        ("401", openai.AuthenticationError, "401"),
        ("408", openai.APIStatusError, "Timeout"),
        ("429", openai.RateLimitError, "RateLimitReached"),
        ("500", openai.InternalServerError, "InternalServerError"),
        ("503;retry_after=2", openai.InternalServerError, "ServiceUnavailable"),
        ("content_filter", openai.BadRequestError, "content_filter"),
    ],
)
def test_a_fault_raises_the_clients_own_exception(ask, fault, expected, code):
    with pytest.raises(expected) as error:
        ask(**order(fault))
    assert error.value.code == code


def test_the_content_filter_tells_what_it_found(ask):
    with pytest.raises(openai.BadRequestError) as error:
        ask(**order("content_filter"))
    inner = error.value.body["innererror"]
    assert inner["code"] == "ResponsibleAIPolicyViolation"
    assert inner["content_filter_result"]["violence"] == {"filtered": True, "severity": "medium"}


def test_an_answer_can_be_filtered_too(ask):
    choice = ask(**order("filtered_answer")).choices[0]
    assert choice.finish_reason == "content_filter" and not choice.message.content


def test_the_clients_retry_waits_as_long_as_retry_after_says(emulator):
    client = azure(emulator, max_retries=2)
    start = time.monotonic()
    answer = client.chat.completions.create(
        model="gpt-4.1", messages=[{"role": "user", "content": "Retry me."}], **order("429;times=1;retry_after=0.6")
    )
    assert answer.choices
    assert 0.6 <= time.monotonic() - start < 3


def test_too_many_requests_tell_whole_seconds_and_milliseconds(emulator):
    response = httpx.post(
        f"{emulator.endpoint}/v1/chat/completions",
        headers={"api-key": "k", "x-emulator-fault": "429;retry_after=1.5"},
        json={"model": "gpt-4.1", "messages": USER},
    )
    assert (response.headers["retry-after"], response.headers["retry-after-ms"]) == ("2", "1500")


def test_a_slow_answer_runs_into_the_clients_timeout(emulator):
    with pytest.raises(openai.APITimeoutError):
        azure(emulator, timeout=0.2).chat.completions.create(
            model="gpt-4.1", messages=USER, **order("slow;delay_ms=1500")
        )


def test_a_slow_stream_spreads_its_events_over_the_delay(client):
    start, arrivals = time.monotonic(), []
    for _ in client.chat.completions.create(model="gpt-4.1", messages=USER, stream=True, **order("slow;delay_ms=600")):
        arrivals.append(time.monotonic() - start)
    assert arrivals[0] < 0.3 < 0.5 < arrivals[-1] < 3


def test_latency_comes_by_header_and_does_not_block_others(emulator):
    with httpx.Client(base_url=emulator.endpoint, headers={"api-key": "k"}) as client:
        start = time.monotonic()
        client.post(
            "/v1/chat/completions",
            json={"model": "gpt-4.1", "messages": USER},
            headers={"x-emulator-latency-ms": "300"},
        )
        assert time.monotonic() - start >= 0.3

    async def many():
        async with httpx.AsyncClient(base_url=emulator.endpoint, headers={"api-key": "k"}) as client:
            await asyncio.gather(
                *(
                    client.post(
                        "/v1/chat/completions",
                        json={"model": "gpt-4.1", "messages": USER, "user": str(number)},
                        headers={"x-emulator-latency-ms": "500"},
                    )
                    for number in range(20)
                )
            )

    start = time.monotonic()
    asyncio.run(many())
    assert time.monotonic() - start < 4


@pytest.mark.parametrize("fault", ["cut", "cut;after=0", "cut;after=0.9"])
@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_that_is_cut_off_is_a_connection_error(client, fault, stream):
    with pytest.raises(openai.APIConnectionError):
        answer = client.chat.completions.create(model="gpt-4.1", messages=USER, stream=stream, **order(fault))
        for _ in answer if stream else ():
            continue


def test_a_cut_stream_gives_its_beginning_first(client):
    received = []
    with pytest.raises(openai.APIConnectionError):
        for chunk in client.chat.completions.create(model="gpt-4.1", messages=USER, stream=True, **order("cut")):
            received.extend(choice.delta.content or "" for choice in chunk.choices)
    assert "".join(received).startswith("This is")


def test_a_timeout_answers_nothing(emulator):
    with pytest.raises(openai.APITimeoutError):
        azure(emulator, timeout=0.3).chat.completions.create(model="gpt-4.1", messages=USER, **order("timeout"))
    with pytest.raises(openai.APIConnectionError):
        azure(emulator).chat.completions.create(model="gpt-4.1", messages=USER, **order("timeout;seconds=0.1"))


def test_faults_hit_embeddings_too(client):
    with pytest.raises(openai.InternalServerError):
        client.embeddings.create(model="text-embedding-3-small", input="x", **order("500"))
    with pytest.raises(openai.APIConnectionError):
        client.embeddings.create(model="text-embedding-3-small", input="x", **order("cut"))


@pytest.mark.parametrize(
    "headers",
    [{"x-emulator-fault": "418"}, {"x-emulator-fault": "429;retry_after=soon"}, {"x-emulator-latency-ms": "long"}],
)
def test_a_header_that_can_not_be_read_is_refused_by_name(ask, headers):
    with pytest.raises(openai.BadRequestError) as error:
        ask(extra_headers=headers)
    assert error.value.param == next(iter(headers))


async def _statuses(emulator, shuffled_by: int) -> dict[int, list[int]]:
    """The statuses of three attempts at each of some bodies, sent all at once in some order."""
    statuses = {}
    async with httpx.AsyncClient(base_url=emulator.endpoint, headers={"api-key": "k"}, timeout=30) as client:

        async def line(number):
            body = {"messages": [{"role": "user", "content": f"Line {number}"}]}
            path = f"/openai/deployments/gpt-4.1/chat/completions?api-version={API_VERSION}"
            statuses[number] = [(await client.post(path, json=body)).status_code for _ in range(3)]

        numbers = list(range(25))
        random.Random(shuffled_by).shuffle(numbers)
        await asyncio.gather(*map(line, numbers))
    return statuses


async def test_every_attempt_meets_the_same_fate_under_a_seed_whatever_the_order(start):
    faults = (Fault("429", 0.3), Fault("500", 0.2))
    first, second, other = [
        await _statuses(start(seed=seed, faults=faults), shuffled_by) for seed, shuffled_by in ((7, 1), (7, 2), (8, 1))
    ]
    assert first == second
    assert first != other
    assert {status for line in first.values() for status in line} == {200, 429, 500}


def test_rates_are_kept():
    plan = FaultPlan(1, (Fault("429", 0.2), Fault("500", 0.1)), 0)
    kinds = [
        decision.fault and decision.fault.kind for decision in (plan.draw("/", str(n).encode()) for n in range(5_000))
    ]
    assert 0.17 < kinds.count("429") / 5_000 < 0.23
    assert 0.08 < kinds.count("500") / 5_000 < 0.12


def test_latency_is_drawn_from_its_range_and_repeats():
    drawn = [[FaultPlan(3, (), (20, 200)).draw("/", str(n).encode()).latency_ms for n in range(200)] for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert min(drawn[0]) >= 20 and max(drawn[0]) <= 200 and max(drawn[0]) - min(drawn[0]) > 150


def test_the_header_none_spares_a_request(start):
    emulator = start(faults=(Fault("500"),))
    assert azure(emulator).chat.completions.create(model="gpt-4.1", messages=USER, **order("none")).choices


@pytest.mark.parametrize(
    "text",
    ["418", "429:2", "429:-1", "429:nan", "429:0.1:x=1", "429:0.1:0.2", "slow:1:delay_ms=x", "cut:1:after=2", ""],
)
def test_a_fault_that_can_not_be_read_is_refused_with_its_text(text):
    with pytest.raises(ValueError, match="'"):
        parse_fault(text)


def test_rates_over_one_are_refused():
    with pytest.raises(ValueError, match="1.2"):
        FaultPlan(0, (Fault("429", 0.6), Fault("500", 0.6)), 0)
    assert ServiceError(500, {"message": "x"}).headers == {}
