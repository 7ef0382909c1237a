"""The file of an index: whatever is damaged in it is noticed, and nothing in it is ever run."""

import io
import json
import os
import pickle
import zipfile

import numpy as np
import pytest
from chat_with_pdf.index import DamagedIndex, Index, open_index
from chat_with_pdf.passages import Passage
from hypothesis import given
from hypothesis import strategies as st

PASSAGES = tuple(Passage(page, f"What page {page} says: größer, 日本") for page in range(1, 4))


def index_of(dimensions: int) -> Index:
    return Index(PASSAGES, np.eye(3, dimensions, dtype=np.float32))


def load_or_damaged(path, content: bytes) -> Index | None:
    """The index, or None where it is damaged; any other error is raised."""
    path.write_bytes(content)
    try:
        return Index.load(path)
    except DamagedIndex:
        return None


def same(one: Index, other: Index) -> bool:
    return (
        one.passages == other.passages
        and one.vectors.dtype == other.vectors.dtype
        and np.array_equal(one.vectors, other.vectors)
    )


def test_an_index_is_read_as_it_was_written(tmp_path):
    index_of(1536).save(tmp_path / "a.npz")
    assert same(Index.load(tmp_path / "a.npz"), index_of(1536))
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


@pytest.mark.parametrize("dimensions", [4, 1536])
def test_no_flipped_bit_changes_what_is_read(dimensions, tmp_path):
    """Of the large index, those of its heads: there, a bit is a shape or a type, and less is read than there is."""
    path = tmp_path / "a.npz"
    index_of(dimensions).save(path)
    whole = path.read_bytes()
    for place in range(min(len(whole), 2600)) if dimensions == 4 else range(30, 180):
        for bit in (0, 3) if dimensions == 4 else (0, 1, 2):
            flipped = bytearray(whole)
            flipped[place] ^= 1 << bit
            found = load_or_damaged(path, bytes(flipped))
            assert found is None or same(found, index_of(dimensions)), f"bit {bit} of byte {place}"


def test_no_shortened_file_is_an_index(tmp_path):
    path = tmp_path / "a.npz"
    index_of(16).save(path)
    whole = path.read_bytes()
    assert not [length for length in range(0, len(whole), 7) if load_or_damaged(path, whole[:length])]


@given(content=st.binary(max_size=300), start=st.sampled_from([b"", b"PK\x03\x04", b"\x93NUMPY\x01\x00", b"\x80\x04"]))
def test_no_garbage_is_an_index(tmp_path_factory, content, start):
    assert load_or_damaged(tmp_path_factory.getbasetemp() / "garbage.npz", start + content) is None


def archive(**members: object) -> bytes:
    file = io.BytesIO()
    np.savez(file, **members)
    return file.getvalue()


def utf8(value: object) -> np.ndarray:
    return np.frombuffer(json.dumps(value).encode(), np.uint8)


VECTORS = np.eye(1, 4, dtype=np.float32)
ONE = [{"page": 1, "text": "a"}]


@pytest.mark.parametrize(
    "content",
    [
        archive(),
        archive(vectors=VECTORS),
        archive(passages=utf8(ONE)),
        archive(vectors=VECTORS, passages=utf8([])),
        archive(vectors=VECTORS, passages=utf8([{"page": 1}])),
        archive(vectors=VECTORS, passages=utf8([1])),
        archive(vectors=VECTORS, passages=utf8(None)),
        archive(vectors=VECTORS, passages=np.frombuffer(b"[", np.uint8)),
        archive(vectors=VECTORS[0], passages=utf8(ONE)),
        archive(vectors=np.float32(1), passages=utf8([])),
    ],
)
def test_an_archive_of_other_things_is_no_index(content, tmp_path):
    assert load_or_damaged(tmp_path / "a.npz", content) is None


class Trap:
    def __reduce__(self):
        return os.mkdir, ("sprung",)


def test_nothing_in_an_index_is_unpickled(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    array = io.BytesIO()
    np.save(array, np.array([Trap()], dtype=object), allow_pickle=True)
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as members:
        members.writestr("vectors.npy", pickle.dumps(Trap()))
        members.writestr("passages.npy", pickle.dumps(Trap()))
    traps = [
        pickle.dumps(Trap()),
        array.getvalue(),
        raw.getvalue(),
        archive(vectors=np.array([[Trap()]], dtype=object), passages=utf8(ONE)),
        archive(vectors=VECTORS, passages=np.array([Trap()], dtype=object)),
    ]
    for trap in traps:
        assert load_or_damaged(tmp_path / "a.npz", trap) is None
    assert not (tmp_path / "sprung").exists()


def test_an_index_that_changes_is_read_again_and_one_that_does_not_is_not(tmp_path):
    path = tmp_path / "a.npz"
    index_of(4).save(path)
    first = open_index(path)
    assert open_index(path) is first
    index_of(8).save(path)
    assert open_index(path).vectors.shape == (3, 8)


def test_search_returns_the_nearest_first_and_no_more_than_there_are():
    vectors = np.array([[1, 0], [0, 1], [0.6, 0.8]], np.float32)
    found = Index(PASSAGES, vectors).search(np.array([0, 1], np.float32), 10)
    assert [(passage.page, round(score, 4)) for passage, score in found] == [(2, 1.0), (3, 0.8), (1, 0.0)]
    assert len(Index(PASSAGES, vectors).search(vectors[0], 1)) == 1
