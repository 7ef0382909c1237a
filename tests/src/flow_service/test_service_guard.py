"""What reaches the flows of what clients send, in good faith or not."""

import json
import socket
import time

import pytest
from running_service import RECORD, running, settings_for

LIMITS = {"body_kilobytes": 64, "document_megabytes": 1, "json_depth": 8, "body_seconds": 0.5}


@pytest.fixture(scope="module")
def strict(world, tmp_path_factory):
    settings = settings_for(world.endpoint, tmp_path_factory.mktemp("strict"), limits=LIMITS)
    with running(settings) as client:
        yield client


def send(client, content, path="/flows/class_basic_flow"):
    return client.post(path, content=content, headers={"Content-Type": "application/json"})


@pytest.mark.parametrize(
    "content, status, code",
    [
        (b"x" * 10_000_000, 413, "too_large"),
        (b'{"entity_type": "' + b"x" * 66_000 + b'"}', 413, "too_large"),
        (b"[" * 9 + b"]" * 9, 400, "too_deep"),
        (b"[" * 60_000, 400, "too_deep"),
        (b'{"a":' * 9 + b"1" + b"}" * 9, 400, "too_deep"),
        (b'{"entity_type": "job title", "text": "caf\xe9"}', 400, "not_utf8"),
        (b"\xff\xfe{\x00}\x00", 400, "not_utf8"),
        (b'{"entity_type": "job', 400, "invalid_json"),
        (b"", 422, "invalid_request"),
        (b"null", 422, "invalid_request"),
        (b'{"entity_type": "job title", "text": "\\ud83d"}', 422, "invalid_request"),
        (b'{"entity_type": "job title", "text": NaN}', 422, "invalid_request"),
        (b"1" * 5_000, 400, "invalid_json"),
        (b'{"entity_type": "job title", "text": Infinity}', 422, "invalid_request"),
        (b'{"entity_type": "job title", "text": 1e999}', 422, "invalid_request"),
        (b'{"entity_type": "job title", "text": "The nurse.", "\\u0000": 1}', 422, "invalid_request"),
        (b'{"entity_type": "job title", "text": "The nurse."} trailing', 400, "invalid_json"),
        (b'{"entity_type": "job title", "text": "raw \n"}', 400, "invalid_json"),
        ('{"entity_type": "job title", "text": "The nurse."}'.encode("utf-16-le"), 400, "not_utf8"),
    ],
)
def test_bodies_that_are_not_right_are_refused(strict, content, status, code):
    answer = send(strict, content)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "content",
    [
        b'{"entity_type": "job title", "text": "A judge.", "text": "The nurse."}',
        b'{"entity_type": "job title", "text": "The nurse. \\u0000"}',
        b'\xef\xbb\xbf{"entity_type": "job title", "text": "The nurse."}',
    ],
)
def test_json_that_is_odd_but_right_is_taken(strict, content):
    assert send(strict, content).json()["outputs"] == {"answer": ["nurse"]}


@pytest.mark.parametrize("media_type", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_body_that_is_not_said_to_be_json_is_refused(strict, media_type):
    headers = {"Content-Type": media_type} if media_type else {}
    answer = strict.post("/flows/class_basic_flow", content=json.dumps(RECORD).encode(), headers=headers)
    assert answer.status_code == 422 and answer.json()["code"] == "invalid_request"


def test_brackets_in_a_text_are_no_depth(strict):
    text = "The nurse wrote " + "[{" * 500 + '\\"[['
    assert send(strict, json.dumps({**RECORD, "text": text})).status_code == 200


def test_quotes_without_end_cost_no_time(strict):
    start = time.monotonic()
    assert send(strict, b"[" * 9 + b'"' + b'\\"' * 30_000).status_code == 400
    assert time.monotonic() - start < 2


def test_a_body_in_chunks_is_measured_too(strict):
    def chunks():
        for _ in range(200):
            yield b"x" * 1024

    answer = strict.post("/flows/class_basic_flow", content=chunks())
    assert answer.status_code == 413


def test_a_document_that_is_too_large_is_refused(strict):
    answer = strict.post("/documents", content=b"%PDF-1.7" + b"x" * 2**20)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def raw(client, *parts, pause=0.0, wait=10):
    with socket.create_connection(("127.0.0.1", client.port), timeout=wait) as connection:
        for part in parts:
            connection.sendall(part)
            time.sleep(pause)
        answer = b""
        try:
            while piece := connection.recv(65536):
                answer += piece
        except ConnectionResetError:
            pass  # what was received before counts
        return answer


HEAD = b"POST /flows/class_basic_flow HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnection: close\r\n"


def test_a_slow_body_is_not_waited_for(strict):
    start = time.monotonic()
    answer = raw(strict, HEAD + b"content-length: 100\r\n\r\n{", b'"')
    assert answer.startswith(b"HTTP/1.1 408") and b"slow_request" in answer
    assert time.monotonic() - start < 5


def test_a_slow_document_is_not_waited_for_either(strict):
    answer = raw(strict, b"POST /documents HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n%PDF-1.7")
    assert answer.startswith(b"HTTP/1.1 408") and b"slow_request" in answer and b"connection: close" in answer


def test_a_slow_head_ends_the_connection(strict, monkeypatch):
    monkeypatch.setattr("src.flow_service.server.HEADERS_S", 0.3)
    start = time.monotonic()
    assert raw(strict, b"POST /flows/class_basic_flow HTTP/1.1\r\nhost:") == b""
    assert time.monotonic() - start < 5


def test_a_head_that_is_too_large_is_refused(strict):
    assert raw(strict, b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * 10_000).startswith(b"HTTP/1.1 400")
    whole = b"GET /healthz HTTP/1.1\r\nconnection: close\r\nx: " + b"y" * 50_000 + b"\r\n\r\n"
    assert raw(strict, whole).startswith(b"HTTP/1.1 400")


def test_half_a_request_hurts_nobody(strict):
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", strict.port)) as connection:
            connection.sendall(HEAD + b"content-length: 1000\r\n\r\n{")
    assert send(strict, json.dumps(RECORD)).status_code == 200


def test_every_answer_has_the_headers_that_keep_browsers_safe(strict):
    for answer in (strict.get("/healthz"), strict.get("/nope"), send(strict, b"x" * 100_000)):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "content-security-policy" in answer.headers and "server" not in answer.headers
    assert "access-control-allow-origin" not in strict.get("/flows", headers={"Origin": "https://a.example"}).headers


def test_pages_that_are_named_may_call_from_elsewhere(world, tmp_path):
    origin = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}
    key = "k" * 32
    variables = {"FLOW_SERVICE_CORS_ORIGINS": "https://app.example", "FLOW_SERVICE_API_KEYS": key}
    with running(settings_for(world.endpoint, tmp_path, "pr", variables)) as client:
        preflight = client.options("/flows/class_basic_flow", headers=origin)
        assert preflight.headers["access-control-allow-origin"] == "https://app.example"
        assert (
            "access-control-allow-origin"
            not in client.options("/flows", headers={**origin, "Origin": "https://b.example"}).headers
        )


def test_a_caller_who_asks_too_often_has_to_wait_and_others_do_not(world, tmp_path):
    keys = {"FLOW_SERVICE_API_KEYS": f"{'a' * 32},{'b' * 32}"}
    limits = {"requests_per_minute": 30, "burst": 3}
    with running(settings_for(world.endpoint, tmp_path, "pr", keys, limits=limits)) as client:
        answers = [client.get("/flows", headers={"X-API-Key": "a" * 32}) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert answers[-1].json()["code"] == "caller_rate_limited" and 1 <= int(answers[-1].headers["retry-after"]) <= 2
        assert client.get("/flows", headers={"X-API-Key": "b" * 32}).status_code == 200


def test_methods_and_paths_that_are_not_there_are_problems_too(strict):
    assert strict.get("/flows/class_basic_flow").status_code == 405
    for answer in (strict.get("/flows/class_basic_flow"), strict.get("/nope")):
        assert answer.headers["content-type"] == "application/problem+json"
