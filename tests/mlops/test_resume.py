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
from model_server import FLOWS, failure, text_of

from mlops.common import session as session_module
from mlops.common.batch_reports import RUNS
from mlops.common.config import Configuration
from mlops.common.paths import REPOSITORY

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
    server.answer = lambda chat: failure(400, "not today") if text_of(chat) in ("text 1", "text 4") else text_of(chat)
    first = run_flow(flow, "--data", data)
    assert [(line.number, "not today" in line.reason) for line in first.failed] == [(2, True), (5, True)]
    assert lines_asked(server, texts) == texts
    asked = {text_of(chat): chat for chat in server.chats}

    server.chats.clear()
    server.paths.clear()
    server.answer = lambda chat: f"now {text_of(chat)}"
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

    def answer(chat):
        if text_of(chat) in slow:
            released.wait(60)
        return text_of(chat)

    server.answer = answer
    build = uuid.uuid4().hex
    run = f"{flow}_pr_{build}"
    process = subprocess.Popen(
        [sys.executable, "-m", f"mlops.run_{flow}", "--environment_name", "pr", "--data", write_data(texts)],
        cwd=REPOSITORY, env={**os.environ, "BUILD_BUILDID": build}, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        artifacts = wait_for_lines(run, 5, process)
        assert status_of(f"mlops.run_{flow}", "--environment_name", "pr", "--resume_from", run) == 2
        assert f"run {run} is still going in another process" in capsys.readouterr().err
        process.send_signal(signal.SIGKILL)
        assert process.wait(10) == -signal.SIGKILL
    finally:
        process.kill()
        process.wait(10)
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


def wait_for_lines(run: str, count: int, process: subprocess.Popen) -> list[Path]:
    """Wait until a run has written that many lines, and return their files in order."""
    deadline = time.monotonic() + 60
    folder = RUNS / run / "flow_artifacts"
    while time.monotonic() < deadline and process.poll() is None:
        files = sorted(folder.glob("*.jsonl"))
        if len(files) == count and all(file.read_text().endswith("}\n") or file.stat().st_size for file in files):
            time.sleep(0.1)
            return files
        time.sleep(0.05)
    raise AssertionError(f"{run} did not get to {count} lines; status {process.poll()}")


def test_only_a_run_of_the_same_flow_environment_and_data_can_be_resumed(
    server, write_data, run_flow, status_of, capsys
):
    data = write_data(["text 0", "text 1"])
    server.answer = lambda chat: "a"
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
    data = write_data([f"text {i}" for i in range(4)])
    first = run_flow("yaml_basic_flow", "--data", data, environment="local")
    victim = sorted((RUNS / first.run / "flow_artifacts").glob("*.jsonl"))[1]
    victim.unlink()
    second = run_flow("yaml_basic_flow", "--resume_from", first.run, environment="local")
    assert second.failed == ()
    assert 0 < second.tokens < first.tokens
    assert outputs(second.run) == outputs(first.run)
    third = run_flow("yaml_basic_flow", "--resume_from", second.run, environment="local")
    assert (third.failed, third.tokens) == ((), 0)
    assert outputs(third.run) == outputs(first.run)


def test_a_run_that_an_interrupt_ended_can_be_resumed(server, write_data, run_flow):
    texts = [f"text {i}" for i in range(4)]
    released = threading.Event()

    def answer(chat):
        if text_of(chat) == "text 3":
            released.wait(60)
        return text_of(chat)

    server.answer = answer
    build = uuid.uuid4().hex
    process = subprocess.Popen(
        [sys.executable, "-m", "mlops.run_class_basic_flow", "--environment_name", "pr", "--data", write_data(texts)],
        cwd=REPOSITORY, env={**os.environ, "BUILD_BUILDID": build}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_for_lines(f"class_basic_flow_pr_{build}", 3, process)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    finally:
        process.kill()
        released.set()
    assert process.returncode == 130
    assert err.endswith(f"\ninterrupted; go on with --resume_from class_basic_flow_pr_{build}\n")
    assert "Traceback" not in err
    server.chats.clear()
    report = run_flow("class_basic_flow", "--resume_from", f"class_basic_flow_pr_{build}")
    assert lines_asked(server, texts) == ["text 3"]
    assert report.failed == ()
