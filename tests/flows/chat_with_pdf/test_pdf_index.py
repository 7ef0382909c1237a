"""The index: made once, whatever happens; another one where anything in it would be another."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from chat_with_pdf.errors import DocumentError
from chat_with_pdf.index import find_index, index_name, open_index
from chat_with_pdf.settings import Settings
from model_server import failure
from pdf_samples import encrypted_pdf, pdf_of

from mlops.common.paths import REPOSITORY
from model_endpoint import Endpoint

SETTINGS = Settings()
FLOW = REPOSITORY / "flows" / "chat_with_pdf" / "standard"
PROGRAM = """
import asyncio, os, sys
from pathlib import Path
from chat_with_pdf.index import find_index
from chat_with_pdf.settings import Settings
from model_endpoint import Endpoint
document, url, count = sys.argv[1:]
for _ in range(int(count) - 1):
    if not os.fork():
        break
endpoint = Endpoint("azure", url, "key", "2024-10-21")
print(asyncio.run(find_index(Path(document), Settings(), endpoint)), flush=True)
"""


@pytest.fixture
def find(save, to_models):
    """Find the index of a document, the test's own if none is given."""
    document = save(pdf_of())

    def run(path=document, settings=SETTINGS, endpoint=to_models):
        return asyncio.run(find_index(path, settings, endpoint))

    return run


@pytest.fixture
def other_processes(models, save):
    """Find the index in processes of their own."""
    document = save(pdf_of())
    started = []

    def start(count=1):
        started.append(
            subprocess.Popen(
                [sys.executable, "-c", PROGRAM, str(document), models.endpoint, str(count)],
                cwd=FLOW,
                text=True,
                env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


# Once


def test_a_document_is_embedded_once_and_then_found(find, models):
    path = find()
    index = open_index(path)
    assert [passage.page for passage in index.passages] == [1, 2, 3]
    assert models.inputs == [[passage.text for passage in index.passages]]
    assert find() == path
    assert len(models.paths) == 1


def test_a_copy_of_the_document_with_another_name_has_the_same_index(find, models, save):
    first = find()
    assert find(save(pdf_of(invariant=True), "one.pdf")) == find(save(pdf_of(invariant=True), "two.pdf")) != first
    assert len(models.inputs) == 2


def test_another_byte_deployment_or_cutting_is_another_index_and_other_settings_are_not(find, models, save):
    paths = [
        find(),
        find(save(pdf_of() + b"\n", "longer.pdf")),
        find(settings=Settings(embedding_deployment="other")),
        find(settings=Settings(chunk_tokens=100)),
        find(settings=Settings(chunk_overlap_tokens=0)),
    ]
    assert len(set(paths)) == len(models.inputs) == 5
    same = Settings(chat_deployment="other", chat_family="chat", passages=1, prompt_token_limit=5, temperature=1)
    assert find(settings=same) == paths[0]
    assert len(models.inputs) == 5


def test_another_host_is_another_index_and_another_port_of_loopback_is_one_of_models_alone():
    def name(url, kind="azure"):
        return index_name(b"%PDF-", SETTINGS, Endpoint(kind, url))

    hosts = ["https://one.openai.azure.com/", "https://two.openai.azure.com", "http://127.0.0.1:1", "http://10.0.0.1"]
    assert len(set(map(name, hosts))) == 4
    assert name("https://ONE.openai.azure.com:443") == name(hosts[0])
    assert len({name(f"http://{host}/") for host in ("127.0.0.1:1", "127.0.0.1:65000", "localhost:2", "[::1]")}) == 1
    servers = [name(f"http://localhost:{port}/v1", "openai") for port in (11434, 1234)]
    assert len({*servers, name("http://localhost:1234")}) == 3
    assert name("http://127.0.0.1:1234/v1", "openai") == servers[1]


def test_a_question_of_another_model_than_the_index_is_refused(find, models):
    index = open_index(find())
    with pytest.raises(DocumentError, match="gives 5 numbers, and the document's index has .* delete the index"):
        index.search(np.ones(5, np.float32), 3)


def test_many_lines_at_once_embed_once(models, save, to_models):
    models.seconds = 0.1
    document = save(pdf_of())

    async def many():
        return await asyncio.gather(*(find_index(document, SETTINGS, to_models) for _ in range(20)))

    assert len(set(asyncio.run(many()))) == 1
    assert len(models.inputs) == 1


def test_a_copy_that_comes_while_the_document_is_embedded_waits_for_its_index(models, save, to_models):
    models.hold.clear()

    async def one_after_the_other():
        first = asyncio.ensure_future(find_index(save(pdf_of(invariant=True), "1.pdf"), SETTINGS, to_models))
        await asyncio.to_thread(until, lambda: models.inputs)
        second = asyncio.ensure_future(find_index(save(pdf_of(invariant=True), "2.pdf"), SETTINGS, to_models))
        await asyncio.wait({second}, timeout=0.3)
        models.hold.set()
        return await asyncio.gather(first, second)

    assert len(set(asyncio.run(one_after_the_other()))) == 1
    assert len(models.inputs) == 1


def test_event_loops_of_several_threads_embed_once(models, find):
    models.seconds = 0.2
    found = []
    threads = [threading.Thread(target=lambda: found.append(find())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(found) == 4 and len(set(found)) == 1
    assert len(models.inputs) == 1


def test_several_processes_embed_once(models, other_processes):
    models.hold.clear()
    processes = other_processes(3)
    until(lambda: models.inputs)
    time.sleep(0.5)
    models.hold.set()
    out, err = processes.communicate(timeout=30)
    assert len(out.splitlines()) == 3 and len(set(out.splitlines())) == 1 and out.endswith(".npz\n"), err
    assert len(models.inputs) == 1


def until(condition, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


# Failures


def test_after_a_process_was_killed_while_embedding_the_next_succeeds(models, other_processes, find, cache):
    models.hold.clear()
    killed = other_processes()
    until(lambda: models.inputs)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert not list(cache.rglob("*.npz"))
    models.hold.set()
    assert len(open_index(find()).passages) == 3
    assert len(models.inputs) == 2


def test_what_a_killed_process_left_half_written_is_written_over(models, find, cache):
    path = find()
    path.unlink()
    path.with_suffix(".part").write_bytes(b"half" * 10_000)
    assert find() == path
    assert sorted(file.suffix for file in (cache / "indexes").iterdir()) in ([".lock", ".npz"], [".npz"])
    assert len(open_index(path).passages) == 3


@pytest.mark.parametrize("damage", ["empty", "cut", "flipped", "garbage", "short"])
def test_a_damaged_index_is_made_again(damage, models, find):
    path = find()
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 4] ^= 16
    path.write_bytes(
        {
            "empty": b"",
            "cut": whole[:-100],
            "flipped": bytes(flipped),
            "garbage": b"\x80\x04" * 500,
            "short": b"PK\3\4",
        }[damage]
    )
    assert find() == path
    assert len(models.inputs) == 2
    found = open_index(path).search(np.eye(1, 64, dtype=np.float32)[0], 2)
    assert len(found) == 2


def test_a_service_that_fails_leaves_no_index_and_the_next_time_there_is_one(models, find, cache):
    models.refusals = [failure(400, "no")]
    with pytest.raises(Exception, match="no"):
        find()
    assert not list(cache.rglob("*.npz")) and not list(cache.rglob("*.part"))
    assert len(open_index(find()).passages) == 3


def test_a_service_that_forgets_a_text_is_an_error_and_no_index(models, find, cache, monkeypatch):
    whole = models.reply

    def forgetful(path, body):
        answer = whole(path, body)
        answer.body["data"].pop()
        return answer

    monkeypatch.setattr(models, "reply", forgetful)
    with pytest.raises(ValueError, match="2 embeddings of 3 texts"):
        find()
    assert not list(cache.rglob("*.npz"))


def test_a_document_that_cannot_be_read_is_never_embedded(models, find, save):
    with pytest.raises(DocumentError, match="secret.pdf: the document is encrypted"):
        find(save(encrypted_pdf("secret"), "secret.pdf"))
    assert models.paths == []


def test_an_index_that_is_used_looks_new_and_is_read_as_it_was(find, models):
    path = find()
    before = open_index(path)
    os.utime(path, (0, 0))

    assert find() == path and len(models.inputs) == 1
    assert time.time() - path.stat().st_mtime < 60 and open_index(path).passages == before.passages
