"""Going on with a batch that failed part-way, or that was killed."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path

import pytest
from answers import answer
from commands import Command
from model_server import FLOWS, failure, listed, text_of

from mlops.common.paths import REPOSITORY
from mlops.configuration.config import Configuration
from mlops.runs import session as session_module
from mlops.runs.batch_report import RUNS
from src.emulator.answers import FunctionAnswerer

PR = ("--environment_name", "pr")
SECTIONS = """
{flow}_pr:
  flow_path: flows/{flow}/standard
  data_path: data/basic_flow_data.jsonl
  eval_data_path: data/basic_flow_eval_data.jsonl
  column_mapping: {{entity_type: "${{data.entity_type}}", text: "${{data.text}}"}}
  model: {{deployment: distinctive-deployment, family: chat, max_output_tokens: 77, temperature: 0.25}}
aoai_config:
  connection: distinctive_connection
  endpoint: ${{AOAI_BASE_ENDPOINT}}
  api_key: ${{AOAI_API_KEY}}
  api_version: distinctive-version
aistudio_config:
"""


def outputs(run: str) -> dict[int, list[str]]:
    path = RUNS / run / "flow_outputs" / "output.jsonl"
    return {row["line_number"]: row["answer"] for row in map(json.loads, path.read_text().splitlines())}


def lines_asked(server, texts: list[str]) -> list[str]:
    """The texts of the data that the server was asked about, without the runner's own records."""
    return sorted(text for text in server.texts() if text in texts)


@pytest.mark.parametrize("flow", FLOWS)
def test_a_resumed_batch_repeats_the_failed_lines_alone_and_as_they_were(
    flow, server, write_data, run_flow, monkeypatch, tmp_path
):
    config = tmp_path / "config.yaml"
    config.write_text(SECTIONS.format(flow=flow))
    monkeypatch.setattr(session_module, "Configuration", lambda environment: Configuration(environment, config))
    texts = [f"text {i}" for i in range(6)]
    data = write_data(texts)
    refused = failure(400, "not today")
    server.answer = lambda chat: refused if text_of(chat) in ("text 1", "text 4") else listed(chat, text_of(chat))
    first = run_flow(flow, "--data", data)
    assert [(line.number, "not today" in line.reason) for line in first.failed] == [(2, True), (5, True)]
    assert lines_asked(server, texts) == texts
    asked = {text_of(chat): chat for chat in server.chats}

    server.chats.clear()
    server.paths.clear()
    server.answer = lambda chat: listed(chat, f"now {text_of(chat)}")
    second = run_flow(flow, "--resume_from", first.run)
    assert lines_asked(server, texts) == ["text 1", "text 4"]
    assert [asked[text] for text in ("text 1", "text 4")] == [
        next(chat for chat in server.chats if text_of(chat) == text) for text in ("text 1", "text 4")
    ]
    chats = [path for path in server.paths if "chat" in path]
    assert all("/deployments/distinctive-deployment/" in p and p.endswith("=distinctive-version") for p in chats)
    assert (second.lines, second.failed) == (6, ())
    assert outputs(second.run) == {i: [f"now text {i}" if i in (1, 4) else f"text {i}"] for i in range(6)}
    assert outputs(first.run).keys() == {0, 2, 3, 5}
    assert second.tokens == 20


@pytest.mark.parametrize("flow", FLOWS)
def test_a_killed_batch_is_resumed_and_repeats_no_finished_line(flow, server, write_data, run_flow, status_of, capsys):
    texts = [f"text {i}" for i in range(8)]
    slow, released = texts[5:], threading.Event()

    def answer_slowly(chat):
        if text_of(chat) in slow:
            released.wait(600)
        return listed(chat, text_of(chat))

    server.answer = answer_slowly
    build = uuid.uuid4().hex
    run = f"{flow}_pr_{build}"
    with Command(
        f"mlops.run_{flow}", [*PR, "--data", write_data(texts)], {**os.environ, "BUILD_BUILDID": build}
    ) as command:
        artifacts = wait_for_lines(run, 5, command)
        assert status_of(f"mlops.run_{flow}", "--environment_name", "pr", "--resume_from", run) == 2
        assert f"run {run} is still going in another process" in capsys.readouterr().err
        command.signal(signal.SIGKILL)
        assert command.ended().status == -signal.SIGKILL
    released.set()
    half_written = artifacts[2]
    half_written.write_text(half_written.read_text()[:-100])
    empty = artifacts[0].with_name("000000007_000000007.jsonl")
    empty.write_bytes(b"")

    server.chats.clear()
    report = run_flow(flow, "--resume_from", run)
    assert lines_asked(server, texts) == ["text 2", *slow]
    assert report.failed == ()
    assert outputs(report.run) == {i: [f"text {i}"] for i in range(8)}


def wait_for_lines(run: str, count: int, command: Command) -> list[Path]:
    """Wait until a run has written that many lines, and return their files in order."""

    def files() -> list[Path]:
        return sorted((RUNS / run / "flow_artifacts").glob("*.jsonl"))

    command.wait_until(
        lambda: len(files()) == count and all(file.read_text().rstrip().endswith("}") for file in files())
    )
    return files()


def test_only_a_run_of_the_same_flow_environment_and_data_can_be_resumed(
    server, write_data, run_flow, status_of, capsys
):
    data = write_data(["text 0", "text 1"])
    server.answer = lambda chat: listed(chat, "a")
    run = run_flow("class_basic_flow", "--data", data).run
    capsys.readouterr()
    runner, other = "mlops.run_class_basic_flow", "mlops.run_function_basic_flow"
    pr, local = ("--environment_name", "pr"), ("--environment_name", "local")
    before = len(server.chats)

    assert status_of(runner, *pr, "--resume_from", "no_such_run") == 2
    assert "there is no run no_such_run to resume; the latest are: " in capsys.readouterr().err
    assert status_of(other, *pr, "--resume_from", run) == 2
    assert "flow class_basic_flow" in capsys.readouterr().err
    assert status_of(runner, *local, "--resume_from", run) == 2
    assert "environment pr" in capsys.readouterr().err
    data.write_text(data.read_text().replace("text 1", "text one"))
    assert status_of(runner, *pr, "--resume_from", run) == 2
    assert f"{data} is no longer what run {run} ran on" in capsys.readouterr().err
    data.unlink()
    assert status_of(runner, *pr, "--resume_from", run) == 2
    assert f"{data} is no longer what run {run} ran on" in capsys.readouterr().err
    assert len(server.chats) == before


def test_a_run_on_local_is_resumed_on_an_emulator_of_its_own(write_data, run_flow, monkeypatch):
    data = write_data([f"Text {i}" for i in range(4)])
    local = {"environment": "local", "answerer": FunctionAnswerer(answer)}
    first = run_flow("yaml_basic_flow", "--data", data, **local)
    victim = sorted((RUNS / first.run / "flow_artifacts").glob("*.jsonl"))[1]
    victim.unlink()
    second = run_flow("yaml_basic_flow", "--resume_from", first.run, **local)
    assert second.failed == ()
    assert 0 < second.tokens < first.tokens
    assert outputs(second.run) == outputs(first.run)
    third = run_flow("yaml_basic_flow", "--resume_from", second.run, **local)
    assert (third.failed, third.tokens) == ((), 0)
    assert outputs(third.run) == outputs(first.run)


def test_a_run_that_an_interrupt_ended_can_be_resumed(server, write_data, run_flow):
    texts = [f"text {i}" for i in range(4)]
    released = threading.Event()

    def answer_slowly(chat):
        if text_of(chat) == "text 3":
            released.wait(600)
        return listed(chat, text_of(chat))

    server.answer = answer_slowly
    build = uuid.uuid4().hex
    arguments = [*PR, "--data", write_data(texts)]
    with Command("mlops.run_class_basic_flow", arguments, {**os.environ, "BUILD_BUILDID": build}) as command:
        wait_for_lines(f"class_basic_flow_pr_{build}", 3, command)
        command.signal(signal.SIGINT)
        ended = command.ended()
    released.set()
    again = f"python -m mlops.run_class_basic_flow --environment_name pr --resume_from class_basic_flow_pr_{build}"
    assert ended.status == 130
    assert ended.stderr.endswith(f"\ninterrupted; resume with {again}\n")
    assert "Traceback" not in ended.stderr
    server.chats.clear()
    report = run_flow("class_basic_flow", "--resume_from", f"class_basic_flow_pr_{build}")
    assert lines_asked(server, texts) == ["text 3"]
    assert report.failed == ()


INTERRUPTED_WITH_A_CHILD = """
import multiprocessing, os, signal, time
from types import SimpleNamespace
from mlops.runs.batch import exit_on_interrupt

with exit_on_interrupt(SimpleNamespace(resume_command="it", run_name="none")):
    manager = multiprocessing.get_context("fork").Manager()  # as Prompt flow has while it reads a flow's signature
    print(manager._process.pid, flush=True)
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(60)
"""


def test_an_interrupt_leaves_no_process_behind():
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_WITH_A_CHILD], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (130, "\ninterrupted\n")
    deadline = time.monotonic() + 30
    while Path(f"/proc/{done.stdout.strip()}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{done.stdout.strip()}").exists()
