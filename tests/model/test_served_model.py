"""The server itself: one base URL for chat and embeddings, and how it ends."""

import subprocess
import time

import psutil
import pytest
from openai import BadRequestError
from served_model import NAME, PYTHON, answers, own_server, shared_server

from mlops.common.paths import REPOSITORY

QUESTION = [{"role": "user", "content": "What is the capital of France?"}]
SCRIPT = str(REPOSITORY / "scripts" / "serve_model.py")


def test_one_base_url_answers_chats_streams_and_embeddings(client):
    assert [model.id for model in client.models.list()] == [NAME]
    chat = client.chat.completions.create(model=NAME, messages=QUESTION, max_tokens=8)
    assert chat.choices[0].message.content
    pieces = client.chat.completions.create(model=NAME, messages=QUESTION, max_tokens=8, stream=True)
    assert len([piece for piece in pieces if piece.choices and piece.choices[0].delta.content]) > 1
    one, other = client.embeddings.create(model=NAME, input=["the sea", "a tax return"]).data
    assert len(one.embedding) == len(other.embedding) > 100
    assert one.embedding != other.embedding


def test_a_prompt_beyond_the_context_is_refused_at_once(client):
    with pytest.raises(BadRequestError, match="exceeds the available context size"):
        client.chat.completions.create(model=NAME, messages=[{"role": "user", "content": "sea " * 9000}])


def test_a_server_is_gone_when_whoever_started_it_closes_its_input():
    before = set(psutil.Process().children())
    with own_server() as url:
        assert answers(url)
        [server] = set(psutil.Process().children()) - before
    assert not server.is_running()
    assert not answers(url)


def test_processes_share_a_server_until_the_first_has_seen_the_others_leave(model_server, tmp_path):
    with shared_server(tmp_path, "first") as url:
        with shared_server(tmp_path, "second") as same:
            assert same == url != model_server
        assert answers(url)
    assert not answers(url)


def test_a_port_in_use_is_reported_with_what_to_do(model_server):
    port = model_server.rpartition(":")[2]
    ended = subprocess.run([str(PYTHON), SCRIPT, "--port", port], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2
    assert f"is port {port} in use? PORT=8102 takes another" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_banner_says_which_variables_to_set_and_how_weak_the_model_is():
    command = [str(PYTHON), SCRIPT, "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        lines = [server.stdout.readline() for _ in range(7)]
        server.terminate()
        started = time.monotonic()
        server.wait(30)
    text = "".join(lines)
    assert time.monotonic() - started < 10
    for variable in ("BASE_URL=http://127.0.0.1:", "CHAT_MODEL=smollm2", "EMBEDDING_MODEL=smollm2"):
        assert f"LAPTOP_{variable}" in text
    assert "135 million parameters" in text
    assert "nonsense" in text
