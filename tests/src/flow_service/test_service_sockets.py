"""Clients that are slow, that leave, or that send what is hardly HTTP: over bare sockets, as they would."""

import json
import re
import socket
import threading
import time
from contextlib import contextmanager

import pytest
from model_server import ModelServer, failure
from running_service import HANDBOOK, RECORD, running, settings_for

from src.flow_service import server
from src.flow_service.server import raise_connection_limit

BODY = json.dumps(RECORD).encode()
MEGABYTE = 2**20
PDF = b"%PDF-1.7\n" + bytes(24 * MEGABYTE)


@pytest.fixture(scope="module")
def plain(world, tmp_path_factory):
    """A service that waits for bodies for a second."""
    with running(settings_for(world.endpoint, tmp_path_factory.mktemp("plain"), limits={"body_seconds": 1})) as client:
        yield client


@contextmanager
def connection(client, receive_buffer=None, wait=10):
    with socket.socket() as made:
        if receive_buffer:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        made.settimeout(wait)
        made.connect(("127.0.0.1", client.port))
        yield made


def read_all(made, pause=0.0):
    """What comes until the service ends the connection."""
    pieces = []
    try:
        while piece := made.recv(MEGABYTE):
            pieces.append(piece)
            time.sleep(pause)
    except ConnectionResetError:
        pass  # what came before counts
    return b"".join(pieces)


def post(body=BODY, path="/flows/class_basic_flow", *headers):
    lines = [f"POST {path} HTTP/1.1", "host: x", "content-type: application/json", f"content-length: {len(body)}"]
    return "\r\n".join([*lines, *headers]).encode() + b"\r\n\r\n" + body


def still_answers(client):
    return client.post("/flows/class_basic_flow", json=RECORD).status_code == 200


def statuses(answer):
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]


@pytest.fixture(scope="module")
def large(plain):
    """A document that no buffer of the kernel holds."""
    return plain.post("/documents", content=PDF).json()["pdf_url"]


def test_a_client_that_reads_nothing_of_a_file_is_cut_off(plain, large, monkeypatch):
    monkeypatch.setattr(server, "READ_S", 0.4)
    with connection(plain, receive_buffer=4096) as made:
        made.sendall(f"GET /{large} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
        time.sleep(1.2)
        assert len(read_all(made)) < len(PDF)
    assert still_answers(plain)


def test_a_client_that_reads_slowly_but_reads_gets_everything(plain, large, monkeypatch):
    monkeypatch.setattr(server, "READ_S", 1.5)
    with connection(plain) as made:
        made.sendall(f"GET /{large} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode())
        assert read_all(made, pause=0.05).endswith(PDF)


def test_a_client_that_asks_on_and_on_and_reads_nothing_is_cut_off(plain, monkeypatch):
    monkeypatch.setattr(server, "READ_S", 0.4)
    with connection(plain, receive_buffer=4096, wait=3) as made:
        with pytest.raises(OSError):  # it takes no more, and then ends
            for _ in range(200_000):
                made.sendall(b"GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n" * 20)
    assert still_answers(plain)


def test_requests_sent_one_after_the_other_are_answered_in_order(plain):
    second = post(json.dumps({**RECORD, "text": "A judge came." + " The bird sang." * 2_000}).encode())
    with connection(plain) as made:
        made.sendall((post() + second) * 3 + b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        answer = read_all(made)
    assert statuses(answer) == [200] * 7
    assert re.findall(rb'"answer":\["(\w+)"', answer) == [b"nurse", b"judge"] * 3


def test_the_end_of_a_large_body_is_not_taken_for_a_large_head(plain):
    large = post(json.dumps({**RECORD, "text": "The nurse." + " The bird sang." * 6_000}).encode())
    with connection(plain) as made:
        made.sendall(large[:-60_000])
        time.sleep(0.1)
        made.sendall(large[-60_000:] + b"GET /healthz HTTP/1.1\r\n")
        time.sleep(0.1)
        made.sendall(b"host: x\r\nconnection: close\r\n\r\n")
        assert statuses(read_all(made)) == [200, 200]


@pytest.mark.parametrize("line", [b"content-length: 200\r\n\r\n", b"transfer-encoding: chunked\r\n\r\n"])
def test_a_body_that_comes_byte_by_byte_is_not_waited_for(plain, line):
    start = time.monotonic()
    with connection(plain) as made:
        made.sendall(b"POST /flows/class_basic_flow HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n" + line)
        stop = threading.Event()

        def drip():
            while not stop.wait(0.05):
                try:
                    made.sendall(b"1\r\n{\r\n" if b"chunked" in line else b"{")
                except OSError:
                    return

        thread = threading.Thread(target=drip)
        thread.start()
        answer = read_all(made)
        stop.set()
        thread.join()
    assert statuses(answer) == [408] and time.monotonic() - start < 5


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /healthz HTTP/9.9\r\nhost: x\r\n\r\n",
        b"NONSENSE /healthz HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nhost: x\r\na\0b: c\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nhost: x\r\nx: " + b"y" * 40_000,
        b"POST /documents HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST /documents HTTP/1.1\r\nhost: x\r\ncontent-length: " + b"9" * 400 + b"\r\n\r\n",
        b"POST /documents HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\nabc",
        b"POST /documents HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\nabc\r\n0\r\n\r\n",
        b"GET /documents/%zz%00%ff HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        b"GET /documents/\xff\xfe HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        b"GET //flows/../../etc/passwd HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        b"GET http://elsewhere.example/nope HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        b"GET /nope HTTP/1.1\r\nhost: x\r\nconnection: Upgrade, close\r\nupgrade: websocket\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        post(b"", "/flows/class_basic_flow", "expect: 100-continue", "connection: close"),
    ],
)
def test_what_is_hardly_a_request_is_refused(plain, sent):
    with connection(plain, wait=5) as made:
        made.sendall(sent)
        if b"\r\n\r\n" not in sent and sent.startswith(b"GET"):
            time.sleep(0.1)
        answer = read_all(made)
    final = [status for status in statuses(answer) if status != 100]
    assert final and all(400 <= status < 500 for status in final)
    assert b"Traceback" not in answer


@pytest.mark.parametrize("flow, inputs", [("chat_with_pdf", HANDBOOK), ("class_plan_and_execute", {"question": "x?"})])
def test_a_client_of_a_stream_that_leaves_stops_the_flow(tmp_path, flow, inputs):
    with ModelServer() as models:
        models.answer = lambda request: time.sleep(3) or failure(503, "busy")
        settings = settings_for(models.endpoint, tmp_path, limits={"running": 1, "waiting": 0})
        with running(settings) as client:
            with connection(client) as made:
                made.sendall(post(json.dumps(inputs).encode(), f"/flows/{flow}", "accept: text/event-stream"))
                wait_for(lambda: b"running 1.0" in client.get("/metrics").content)
            wait_for(lambda: b"running 0.0" in client.get("/metrics").content, seconds=2.8)
            assert f'{{flow="{flow}",status="499"}} 1.0' in client.get("/metrics").text


def wait_for(true, seconds=5.0):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_thousand_idle_connections_leave_room_for_others(plain):
    raise_connection_limit()
    idle = []
    try:
        for _ in range(1_000):
            made = socket.create_connection(("127.0.0.1", plain.port), timeout=5)
            made.sendall(b"GET /healthz HTTP/1.1\r\n")
            idle.append(made)
        start = time.monotonic()
        assert still_answers(plain) and time.monotonic() - start < 3
    finally:
        for made in idle:
            made.close()


def test_probes_may_be_asked_for_their_head_alone(plain):
    answer = plain.head("/healthz")
    assert answer.status_code == 200 and answer.content == b"" and int(answer.headers["content-length"]) > 0
    assert plain.head("/nope").status_code == 404 and plain.head("/flows/class_basic_flow").status_code == 405
