import logging
import signal
import socket
import subprocess
import sys
import threading
import time

import httpx
import openai
import pytest

from src.emulator.__main__ import main
from src.emulator.deployments import parse_deployment
from src.emulator.faults import Fault
from src.emulator.server import Emulator, EmulatorError
from src.emulator.settings import EmulatorSettings

COMMAND = [sys.executable, "-m", "src.emulator"]


def test_several_run_in_one_process_on_ports_of_their_own():
    with Emulator() as first, Emulator() as second:
        assert first.port != second.port
        assert all(httpx.get(f"{emulator.endpoint}/healthz").is_success for emulator in (first, second))


def test_it_stops_at_once_and_the_port_is_closed():
    with Emulator() as emulator:
        httpx.get(f"{emulator.endpoint}/healthz")
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{emulator.endpoint}/healthz")
    assert not [thread for thread in threading.enumerate() if thread.name == f"emulator-{emulator.port}"]


def test_it_stops_while_requests_hang():
    with Emulator(EmulatorSettings(faults=(Fault("timeout"),), api_key=None)) as emulator:
        outcome = []

        def hang():
            client = openai.OpenAI(base_url=f"{emulator.endpoint}/v1", api_key="k", max_retries=0, timeout=20)
            try:
                client.chat.completions.create(model="gpt-4.1", messages=[{"role": "user", "content": "x"}])
            except openai.APIConnectionError as exc:
                outcome.append(exc)

        thread = threading.Thread(target=hang)
        thread.start()
        time.sleep(0.4)
        start = time.monotonic()
    assert time.monotonic() - start < 2
    thread.join(5)
    assert outcome


def test_it_sets_no_signal_handlers_and_logs_nothing(caplog):
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with caplog.at_level(logging.DEBUG), Emulator(EmulatorSettings(api_key=None)) as emulator:
        with socket.create_connection(("127.0.0.1", emulator.port)) as connection:
            connection.sendall(b"no http at all\r\n\r\n")
            assert b"400" in connection.recv(100)
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.post(
                f"{emulator.endpoint}/v1/embeddings",
                headers={"api-key": "k", "x-emulator-fault": "cut"},
                json={"model": "text-embedding-3-small", "input": "x"},
            )
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers
    assert not [record for record in caplog.records if record.name.startswith(("uvicorn", "src."))]


def test_a_port_that_is_taken_is_reported():
    with Emulator() as emulator, pytest.raises(EmulatorError, match=str(emulator.port)):
        Emulator(EmulatorSettings(port=emulator.port)).__enter__()


def test_it_has_no_address_before_it_starts():
    with pytest.raises(EmulatorError, match="with Emulator"):
        print(Emulator().endpoint)


def test_a_deployment_takes_the_family_or_model_it_is_given(start):
    extract, search = parse_deployment("extract=reasoning"), parse_deployment("search=text-embedding-3-large")
    client = openai.OpenAI(base_url=f"{start(deployments=(extract, search)).endpoint}/v1", api_key="k", max_retries=0)
    assert len(client.embeddings.create(model="search", input="x").data[0].embedding) == 3072
    with pytest.raises(openai.BadRequestError, match="max_tokens"):
        client.chat.completions.create(model="extract", messages=[{"role": "user", "content": "x"}], max_tokens=5)


@pytest.mark.parametrize("text", ["x", "x=", "=chat", "a/b=chat", "x=poem"])
def test_a_deployment_that_can_not_be_read_is_refused(text):
    with pytest.raises(ValueError, match="'"):
        parse_deployment(text)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_shows_a_banner_and_ends_in_peace(number):
    arguments = ["--port", "0", "--fault", "429:0.2", "--latency_ms", "1:2", "--seed", "3"]
    with subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        first = process.stderr.readline()
        assert httpx.get(first.split()[-1] + "/healthz").is_success
        process.send_signal(number)
        assert process.wait(timeout=10) == 0
        out, err = process.stdout.read(), first + process.stderr.read()
    assert out == ""
    assert "not a language model" in err and "429 20%" in err and "Traceback" not in err


@pytest.mark.parametrize(
    "arguments, told",
    [
        (["--fault", "418"], "418"),
        (["--fault", "429:0.7", "--fault", "500:0.7"], "1.4"),
        (["--latency_ms", "x"], "x"),
        (["--rpm", "0"], "0"),
        (["--deployment", "x=poem"], "poem"),
        (["--port", "99999"], "99999"),
    ],
)
def test_the_command_refuses_what_it_can_not_do_with_status_2(arguments, told, capsys):
    try:
        status = main(arguments)
    except SystemExit as exc:
        status = exc.code
    assert status == 2
    assert told in capsys.readouterr().err


def test_the_command_reports_a_port_in_use_in_one_sentence():
    with Emulator() as emulator:
        result = subprocess.run([*COMMAND, "--port", str(emulator.port)], capture_output=True, text=True, timeout=20)
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1 and "--port" in result.stderr
