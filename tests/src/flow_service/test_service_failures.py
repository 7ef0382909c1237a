"""What callers are told when the model, or the service, can't do its work."""

import threading
import time

import httpx
import pytest
from model_server import KEY, Answer, ModelServer, completion, failure, listed
from running_service import BASIC, HANDBOOK, RECORD, STREAM, answering, events_of, running, settings_for

SECRETS = (KEY, "nurse", "Traceback", ".py")


@pytest.fixture(scope="module")
def models():
    with ModelServer() as server:
        yield server


@pytest.fixture(scope="module")
def limited(models, tmp_path_factory):
    """A service that runs two requests at a time, lets one wait, and gives up after a second."""
    settings = settings_for(
        models.endpoint,
        tmp_path_factory.mktemp("limited"),
        serving={"seconds": 1.0},
        limits={"running": 2, "waiting": 1},
    )
    with running(settings) as client:
        yield client


def ask(client, flow="class_basic_flow"):
    answer = client.post(f"/flows/{flow}", json=RECORD)
    if answer.status_code != 200:
        assert answer.headers["content-type"] == "application/problem+json"
        assert {"type", "title", "status", "detail", "code"} <= set(answer.json())
        assert not any(secret in answer.text for secret in SECRETS)
    return answer


@pytest.mark.parametrize("flow", BASIC)
@pytest.mark.parametrize(
    "made, status, code",
    [
        (failure(429, f"{KEY} nurse: slow down", retry_after="37"), 429, "model_rate_limited"),
        (failure(400, f"{KEY} nurse: held back", "content_filter"), 400, "content_filter"),
        (failure(400, f"{KEY} nurse: too long", "context_length_exceeded"), 422, "too_long"),
        (failure(400, f"{KEY} nurse: temperature is not supported", "unsupported_value"), 502, "model_refused"),
        (failure(401, f"{KEY} nurse: wrong key"), 502, "model_refused"),
        (failure(404, "DeploymentNotFound"), 502, "model_refused"),
        (Answer(completion(None)), 502, "unusable_answer"),
        (Answer(completion(None, finish_reason="content_filter")), 400, "content_filter"),
    ],
)
def test_errors_of_the_model_keep_their_meaning_and_tell_nothing_else(limited, models, flow, made, status, code):
    models.answer = lambda request: made
    answer = ask(limited, flow)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers.get("retry-after") == ("37" if status == 429 else None)


def nurse(request):
    return listed(request, "nurse")


def test_a_short_pause_that_the_model_asks_for_is_kept_and_nobody_notices(limited, models):
    answers = [lambda request: failure(429, "slow down", retry_after="0.1"), nurse]
    models.answer = lambda request: answers.pop(0)(request)
    assert ask(limited).json()["outputs"] == {"answer": ["nurse"]}


def slow(seconds):
    def answer(request):
        time.sleep(seconds)
        return nurse(request)

    return answer


def test_a_model_that_takes_too_long_is_a_time_out(limited, models):
    models.answer = slow(2)
    start = time.monotonic()
    answer = ask(limited)
    assert (answer.status_code, answer.json()["code"]) == (504, "timeout")
    assert time.monotonic() - start < 1.9


def test_what_is_too_much_is_refused_at_once(limited, models):
    models.answer = slow(0.6)
    statuses, times = [], []

    def one():
        start = time.monotonic()
        answer = ask(limited)
        statuses.append(answer.status_code)
        if answer.status_code == 503:
            times.append(time.monotonic() - start)
            assert answer.headers["retry-after"] == "1"

    threads = [threading.Thread(target=one) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert statuses.count(503) >= 5 and statuses.count(200) >= 2
    assert min(times) < 0.5


def test_a_client_that_leaves_frees_its_place(limited, models):
    models.answer = slow(0.8)
    for _ in range(4):
        with pytest.raises(httpx.ReadTimeout), httpx.Client(base_url=limited.base_url, timeout=0.05) as client:
            client.post("/flows/class_basic_flow", json=RECORD)
    models.answer = nurse
    deadline = time.monotonic() + 5
    while "flow_requests_running 0.0" not in limited.get("/metrics").text:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert ask(limited).status_code == 200


@pytest.mark.parametrize("flow", BASIC)
def test_a_request_that_ends_before_its_flow_ends_the_flow_and_never_the_process(limited, models, flow):
    """Prompt flow would start a thread that ends the process half a minute after a DAG was cancelled."""
    models.answer = slow(1.5)
    with pytest.raises(httpx.ReadTimeout), httpx.Client(base_url=limited.base_url, timeout=0.3) as client:
        client.post(f"/flows/{flow}", json=RECORD)
    assert ask(limited, flow).json()["code"] == "timeout"
    time.sleep(0.3)
    targets = [str(getattr(thread, "_target", "")) for thread in threading.enumerate()]
    assert [target for target in targets if "after_cancellation" in target] == []


def test_an_error_before_the_first_event_has_a_status_of_its_own(limited, models):
    models.answer = lambda request: failure(429, "slow down", retry_after="9")
    answer = limited.post("/flows/class_plan_and_execute", json={"question": "x?"}, headers=STREAM)
    assert answer.status_code == 429 and answer.headers["retry-after"] == "9"
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_error_in_the_middle_of_a_stream_is_its_last_event(tmp_path):
    from src.emulator.faults import Fault

    cut = Fault("cut", options={"after": 0.5, "times": 1})  # the first attempt at each body; embeddings are tried again
    with answering(faults=(cut,)) as emulator:
        with running(settings_for(emulator.endpoint, tmp_path)) as client:
            events = events_of(client.post("/flows/chat_with_pdf", json=HANDBOOK, headers=STREAM))
    assert events[0][0] == "delta" and events[-1][0] == "error"
    assert events[-1][1]["status"] == 502 and ".py" not in str(events[-1])


def test_without_a_model_endpoint_it_lives_but_is_not_ready(tmp_path):
    with ModelServer() as gone:
        settings = settings_for(gone.endpoint, tmp_path, limits={"model_retries": 1})
    with running(settings) as client:
        assert client.get("/healthz").status_code == 200
        ready = client.get("/readyz")
        assert ready.status_code == 503 and ready.json()["status"] == "not ready"
        for flow in BASIC:
            start = time.monotonic()
            answer = ask(client, flow)
            assert (answer.status_code, answer.json()["code"]) == (502, "model_unavailable")
            assert time.monotonic() - start < 5  # it is tried again once, not as often as a client of its own would
        assert 'flow_model_retries_total{flow="yaml_basic_flow"} 1.0' in client.get("/metrics").text


def test_it_is_not_ready_when_the_endpoint_refuses_it_or_the_end_has_begun(models, tmp_path):
    models.models = failure(401, f"wrong key {KEY}")
    try:
        with running(settings_for(models.endpoint, tmp_path)) as client:
            ready = client.get("/readyz")
            assert ready.status_code == 503 and KEY not in ready.text
            client.app.state.drain.started = True
            answer = client.get("/readyz")
            assert answer.json()["reason"] == "the service is shutting down"
            assert answer.headers["connection"] == "close"
    finally:
        models.models = Answer({"object": "list", "data": []})


def test_a_failed_request_is_logged_without_its_text(limited, models, caplog):
    models.answer = lambda request: failure(401, f"{KEY} nurse")
    ask(limited)
    assert "AuthenticationError" in caplog.text
    assert not any(secret in caplog.text for secret in (KEY, "nurse"))
