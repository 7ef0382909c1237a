"""The command, as a process: how it starts, how it refuses to, and how it ends."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import httpx
import pytest
from running_service import HANDBOOK

from flows import find_flow
from mlops.common.errors import UserError
from mlops.common.paths import REPOSITORY
from src.flow_service.local import with_emulator_endpoint
from src.flow_service.settings import load_settings

FLOW = "/flows/function_basic_flow"
NUMBERS = find_flow("function_basic_flow").sample
CLIENTS = 8


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def command(*options, **variables):
    return subprocess.Popen(
        [sys.executable, "-m", "src.flow_service", *options],
        cwd=REPOSITORY,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **variables},
    )


@contextmanager
def process(tmp_path, **variables):
    port = free_port()
    started = command(
        "--environment_name", "local", "--port", str(port), FLOW_SERVICE_DOCUMENTS=str(tmp_path), **variables
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            deadline = time.monotonic() + 90
            while True:
                try:
                    assert client.get("/readyz").status_code == 200
                    break
                except httpx.TransportError:
                    assert started.poll() is None and time.monotonic() < deadline
                    time.sleep(0.1)
        yield started, f"http://127.0.0.1:{port}"
    finally:
        started.kill()
        started.communicate()


def load(address, stop, outcomes):
    """Ask again and again, until the service takes no more; a request that was sent and not answered is lost."""
    with httpx.Client(base_url=address, timeout=30) as client:
        while not stop.is_set():
            try:
                outcomes.append(client.post(FLOW, json=NUMBERS).status_code)
            except httpx.ConnectError:
                return  # nothing had begun
            except httpx.TransportError as error:
                outcomes.append(repr(error))
                return


@pytest.mark.parametrize("drain", ["0.2", "1"])
def test_sigterm_under_load_loses_no_request_that_had_begun(tmp_path, drain):
    variables = {"EMULATOR_LATENCY_MS": "200", "FLOW_SERVICE_DRAIN_SECONDS": drain}
    with process(tmp_path, **variables) as (started, address):
        stop, outcomes = threading.Event(), []
        threads = [threading.Thread(target=load, args=(address, stop, outcomes)) for _ in range(CLIENTS)]
        [thread.start() for thread in threads]
        while len(outcomes) < 2 * CLIENTS:
            assert started.poll() is None
            time.sleep(0.05)
        before = len(outcomes)
        started.send_signal(signal.SIGTERM)
        if drain == "1":
            assert httpx.get(f"{address}/readyz").status_code == 503
        assert started.wait(30) == 0
        stop.set()
        [thread.join(30) for thread in threads]
    assert len(outcomes) >= before + CLIENTS / 2
    assert set(outcomes) == {200}


class Caller(threading.Thread):
    """Asks on a connection that stays open, or on a new one each time, or for streams, until no connection is had.

    `lost` has what became of requests that were sent and got no whole answer.
    """

    def __init__(self, port, kind):
        super().__init__(daemon=True)
        self.port, self.kind, self.answered, self.lost = port, kind, 0, []

    def run(self):
        stream, headers = self.kind == "stream", {"Content-Type": "application/json"}
        if stream:
            headers["Accept"] = "text/event-stream"
        path, body = ("/flows/chat_with_pdf", HANDBOOK) if stream else (FLOW, NUMBERS)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        while True:
            try:
                if connection.sock is None:
                    connection.connect()
            except ConnectionRefusedError:
                return  # nothing had begun
            try:
                connection.request("POST", path, json.dumps(body), headers)
                answer = connection.getresponse()
                content = answer.read()
                whole = content.rstrip().startswith(b"{") or b"\nevent: result\n" in content
                if answer.status != 200 or not whole:
                    self.lost.append((answer.status, content[-200:]))
            except (OSError, http.client.HTTPException) as error:
                self.lost.append(repr(error))
                connection.close()
                continue
            self.answered += 1
            if self.kind == "new" or answer.will_close:
                connection.close()


def test_sigterm_loses_none_of_the_requests_of_many_clients(tmp_path):
    with process(tmp_path, EMULATOR_LATENCY_MS="100", FLOW_SERVICE_DRAIN_SECONDS="0.5") as (started, address):
        port = int(address.rsplit(":", 1)[1])
        log = threading.Thread(target=lambda: list(started.stderr))  # a pipe that is full would stop the service
        log.start()
        callers = [Caller(port, kind) for kind in ("kept", "new", "stream") for _ in range(12)]
        [caller.start() for caller in callers]
        deadline = time.monotonic() + 60
        while not all(caller.answered > 1 for caller in callers):
            assert started.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        begun = sum(caller.answered for caller in callers)
        started.send_signal(signal.SIGTERM)
        assert started.wait(60) == 0
        log.join()
        [caller.join(60) for caller in callers]
    assert not any(caller.is_alive() for caller in callers)
    assert [caller.lost for caller in callers if caller.lost] == []
    assert sum(caller.answered for caller in callers) >= begun + len(callers) / 2


def test_a_killed_service_starts_again_at_once_on_the_same_port_with_its_documents(tmp_path):
    content = (REPOSITORY / "data" / "documents" / "larkmoor_handbook.pdf").read_bytes()
    with process(tmp_path) as (started, address):
        pdf_url = httpx.post(f"{address}/documents", content=content).json()["pdf_url"]
        started.kill()
        started.wait(30)
    with process(tmp_path) as (started, address):
        assert httpx.get(f"{address}/{pdf_url}").content == content


@pytest.mark.parametrize(
    "environment, variables, said",
    [
        ("pr", {"AOAI_BASE_ENDPOINT": "https://x.example"}, "anybody could call"),
        ("pr", {"FLOW_SERVICE_API_KEYS": "k" * 32}, "AOAI_BASE_ENDPOINT"),
        ("nope", {}, "class_basic_flow_nope"),
    ],
)
def test_what_keeps_it_from_starting_is_reported_in_one_line(environment, variables, said):
    ended = command("--environment_name", environment, **variables)
    out, err = ended.communicate(timeout=60)
    assert ended.returncode == 2 and out == ""
    assert err.startswith("error: ") and said in err and err.count("\n") == 1


def test_where_there_is_no_emulator_as_in_a_container_local_is_refused_in_words(monkeypatch):
    monkeypatch.setitem(sys.modules, "mlops.endpoint.emulator", None)
    monkeypatch.delattr("mlops.endpoint.emulator", raising=False)
    with pytest.raises(UserError, match="local needs the emulator, which is not installed here"):
        with with_emulator_endpoint(load_settings("local", variables={})):
            pass


def test_every_sample_is_recorded_and_other_input_gets_an_error_that_says_so(tmp_path):
    with process(tmp_path) as (_, address):
        for flow in httpx.get(f"{address}/flows").json():
            answer = httpx.post(f"{address}/flows/{flow['name']}", json=flow["sample"], timeout=60)
            assert answer.status_code == 200, answer.text
            changed = {"text": "Nobody has asked this."} if "text" in flow["sample"] else {"question": "What is new?"}
            answer = httpx.post(f"{address}/flows/{flow['name']}", json={**flow["sample"], **changed}, timeout=60)
            assert (answer.status_code, answer.json()["code"]) == (422, "not_recorded")
            detail = answer.json()["detail"]
            assert "is recorded" in detail and "mlops.record" in detail and "--environment_name laptop" in detail


def test_a_port_that_is_taken_is_reported_in_one_line():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = command("--environment_name", "local", "--port", str(taken.getsockname()[1]))
        out, err = ended.communicate(timeout=60)
    assert ended.returncode == 2 and "Traceback" not in err
    assert re.search(r"^error: .*--port", err, re.MULTILINE)


def test_it_says_where_the_page_is_and_nothing_of_what_it_is_asked(tmp_path):
    with process(tmp_path) as (started, address):
        for flow in ("yaml_basic_flow", "class_basic_flow"):
            assert httpx.post(f"{address}/flows/{flow}", json=find_flow(flow).sample).status_code == 200
        started.send_signal(signal.SIGTERM)
        out, err = started.communicate(timeout=30)
    assert out == "" and f"{address}/" in err and "officer" not in err
    assert "Recorded answers are played back at" in err and "no model is asked" in err
    assert re.search(r"2 answers played back \(2 by .*\); no model was asked", err)
    assert "SIGTERM: draining" in err and "the service has stopped" in err
