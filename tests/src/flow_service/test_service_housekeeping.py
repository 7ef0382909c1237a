"""What callers leave on the disk: it goes after its time, what is in use stays, and there is a limit to all of it."""

import asyncio
import os
import time

import pytest

from mlops.configuration.serving import ServingLimits
from src.flow_service.documents import CHUNK_BYTES, PREFIX, DocumentStore
from src.flow_service.housekeeping import housekeeping
from src.flow_service.problems import Problem

HOUR = 3600


@pytest.fixture
def store(tmp_path):
    return DocumentStore(tmp_path, ServingLimits(documents_minutes=60, documents_megabytes=1))


@pytest.fixture
def cache(tmp_path):
    folder = tmp_path / "indexes"
    folder.mkdir()
    return folder


def kept(folder, name, age, size=10):
    path = folder / name
    path.write_bytes(b"%PDF-" + b"x" * size)
    os.utime(path, (time.time() - age,) * 2)
    return path


def test_documents_and_what_was_made_of_them_go_after_their_time(store, cache, tmp_path):
    old = [kept(tmp_path / "documents", "a.pdf", HOUR + 1), kept(cache, "a.npz", HOUR + 1)]
    young = [kept(tmp_path / "documents", "b.pdf", HOUR - 60), kept(cache, "b.npz", HOUR - 60)]

    store.delete_expired([cache])

    assert [path.exists() for path in old + young] == [False, False, True, True]


def test_the_oldest_go_when_there_is_too_much_but_none_that_is_in_use(store, cache):
    oldest = kept(cache, "a.npz", 3000, size=600_000)
    older = kept(cache, "b.npz", 2000, size=600_000)
    in_use = [kept(cache, f"{name}.npz", 5, size=900_000) for name in "cd"]

    store.delete_expired([cache])

    assert not oldest.exists() and not older.exists() and all(path.exists() for path in in_use)


async def test_a_document_goes_to_the_disk_as_it_arrives_and_is_not_held_in_memory(tmp_path):
    store, on_disk = DocumentStore(tmp_path, ServingLimits()), []

    async def chunks():
        yield b"%PDF-1.7"
        for _ in range(8):
            yield b"x" * CHUNK_BYTES
            on_disk.append(sum(path.stat().st_size for path in (tmp_path / "documents").iterdir()))

    pdf_url, size = await store.store(chunks())

    assert size == 8 + 8 * CHUNK_BYTES == store.find(pdf_url.removeprefix(PREFIX)).stat().st_size
    assert on_disk == [8 + (count + 1) * CHUNK_BYTES for count in range(8)]


async def test_a_document_that_made_room_for_others_while_it_arrived_is_refused(store, tmp_path):
    async def chunks():
        yield b"%PDF-1.7" + b"x" * CHUNK_BYTES
        for part in (tmp_path / "documents").iterdir():
            part.unlink()
        yield b"x" * CHUNK_BYTES

    with pytest.raises(Problem) as refused:
        await store.store(chunks())
    assert refused.value.status == 507 and list((tmp_path / "documents").iterdir()) == []


async def test_a_document_that_ends_in_the_middle_leaves_nothing(store, tmp_path):
    async def chunks():
        yield b"%PDF-1.7" + b"x" * CHUNK_BYTES
        raise Problem(400, "incomplete", "the request ended before its body did")

    with pytest.raises(Problem) as refused:
        await store.store(chunks())
    assert refused.value.status == 400 and list((tmp_path / "documents").iterdir()) == []


async def test_it_happens_without_any_request(store, tmp_path):
    document = kept(tmp_path / "documents", "a.pdf", HOUR + 1)

    async with housekeeping(store):
        for _ in range(500):
            if not document.exists():
                break
            await asyncio.sleep(0.01)

    assert not document.exists()


async def test_a_folder_that_is_gone_for_a_moment_does_not_end_it(store, tmp_path, caplog):
    (tmp_path / "documents").rename(tmp_path / "away")

    async with housekeeping(store):
        for _ in range(500):
            if caplog.messages:
                break
            await asyncio.sleep(0.01)

    assert "can't be deleted" in caplog.messages[0]
