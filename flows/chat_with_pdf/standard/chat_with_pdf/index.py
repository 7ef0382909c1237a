"""The index of a document: its passages and their embeddings, in one file that every process can share."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import io
import json
import logging
import os
import time
import zipfile
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from filelock import AsyncFileLock
from openai import AsyncOpenAI

from model_endpoint import Endpoint, shared_client

from .cache import cache_folder, once
from .documents import display_name, forget_document
from .embedding import embed
from .errors import DocumentError
from .pages import read_document
from .passages import Passage, cut_into_passages
from .settings import Settings

FORMAT = 4  # of the file, and of the way in which pages are read and cut; another number is another index
LOCK_TIMEOUT_S = (
    3600  # to wait for another process that makes the index; without a limit, a deadlock would wait for ever
)
MARKED_S = 30  # age after which using an index touches its file, which has it read again
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class DamagedIndex(Exception):
    """A file that is no index, or an incomplete one."""


@dataclass(frozen=True)
class Index:
    """The passages of a document and where they lie in the space of the embedding model.

    Attributes:
        passages: in reading order.
        vectors: an array of float32, one row of unit length for each passage.
        unread: what of the document was not read, as in `pages.Document`.
    """

    passages: tuple[Passage, ...]
    vectors: np.ndarray
    unread: str = ""

    def search(self, vector: np.ndarray, count: int) -> list[tuple[Passage, float]]:
        """Return the passages nearest to a vector of unit length, the nearest first, with their cosine similarity.

        The search is exact: see docs/decisions/0003.

        Raises:
            DocumentError: the vector is of another model than the index.
        """
        if self.vectors.shape[1] != len(vector):
            raise DocumentError(
                f"the embedding model gives {len(vector)} numbers, and the document's index has "
                f"{self.vectors.shape[1]}: another model answers by its name; give that a name of its own, or "
                "delete the index"
            )
        similarities = self.vectors @ vector
        nearest = np.argsort(-similarities, kind="stable")[:count]
        return [(self.passages[place], float(similarities[place])) for place in nearest]

    def save(self, path: Path) -> None:
        """Write the index to a file, which is there as a whole or not at all. Only one may do so at a time."""
        part = path.with_suffix(".part")
        texts = {"passages": [asdict(passage) for passage in self.passages], "unread": self.unread}
        with part.open("wb") as file:
            np.savez(file, vectors=self.vectors, texts=np.frombuffer(json.dumps(texts).encode(), np.uint8))
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)

    @classmethod
    def load(cls, path: Path) -> Index:
        """Read an index.

        Raises:
            DamagedIndex: the file is no index, or its checksums (a zip file's CRC-32) are not right.
            FileNotFoundError: there is none.
        """
        content = path.read_bytes()
        try:
            # NumPy reads no more than an array's head asks for, and what isn't read to its end isn't checked.
            if damaged := zipfile.ZipFile(io.BytesIO(content)).testzip():
                raise DamagedIndex(f"the checksum of {damaged} is not right")
            with np.load(io.BytesIO(content), allow_pickle=False) as file:
                vectors = file["vectors"]
                texts = json.loads(file["texts"].tobytes())
                passages = tuple(Passage(**each) for each in texts["passages"])
                unread = str(texts["unread"])
        except Exception as error:  # a damaged archive raises almost anything: RuntimeError, NotImplementedError, ...
            raise DamagedIndex(str(error)) from error
        if vectors.ndim != 2 or len(vectors) != len(passages):
            raise DamagedIndex("it has not as many vectors as passages")
        return cls(passages, vectors, unread)


async def find_index(document: Path, settings: Settings, endpoint: Endpoint) -> Path:
    """Return the file with the index of a document, made first if there is none or it is damaged.

    However many lines, processes or machines with the same folder ask for it at a time, it is made once.

    Args:
        document: the PDF.
        settings: the embedding deployment and the sizes of passages.
        endpoint: where the embedding model is.

    Raises:
        DocumentError: the document can't be read.
    """
    key = "index", document, settings, endpoint.url
    return await once(key, lambda: _found(document, settings, endpoint))


async def _found(document: Path, settings: Settings, endpoint: Endpoint) -> Path:
    content = await asyncio.to_thread(document.read_bytes)
    path = cache_folder("indexes") / f"{index_name(content, settings, endpoint)}.npz"
    if _is_whole(path):
        _mark_used(path)
        return path
    async with AsyncFileLock(path.with_suffix(".lock"), timeout=LOCK_TIMEOUT_S):
        if not _is_whole(path):  # else another process made it while this one waited
            try:
                index = await build_index(content, display_name(document), settings, await shared_client(endpoint))
            except DocumentError:
                forget_document(document)
                raise
            await asyncio.to_thread(index.save, path)
    return path


def index_name(content: bytes, settings: Settings, endpoint: Endpoint) -> str:
    """Return the name of a document's index: a hash of everything that its content depends on.

    The endpoint's host is part of it, since a deployment's name says nothing about the model behind it. On loopback,
    the port tells local model servers apart as well; emulators, which speak Azure's protocol, are all alike.
    """
    parts = urlsplit(endpoint.url)
    host = parts.hostname
    if host in LOOPBACK:
        host = "loopback" if endpoint.kind == "azure" else f"loopback:{parts.port}"
    made_of = [
        FORMAT,
        hashlib.sha256(content).hexdigest(),
        host,
        settings.embedding_deployment,
        settings.chunk_tokens,
        settings.chunk_overlap_tokens,
    ]
    return hashlib.sha256(json.dumps(made_of).encode()).hexdigest()[:32]


async def build_index(content: bytes, name: str, settings: Settings, client: AsyncOpenAI) -> Index:
    """Read a document, cut it and embed its passages."""
    read = await asyncio.to_thread(read_document, content, name)
    if read.unread:
        logging.getLogger(__name__).warning("%s: %s", name, read.unread)
    sizes = settings.chunk_tokens, settings.chunk_overlap_tokens
    passages = await asyncio.to_thread(cut_into_passages, read.pages, *sizes, name)
    texts = [passage.text for passage in passages]
    vectors = await embed(client, settings.embedding_deployment, texts, settings.chunk_tokens)
    return Index(tuple(passages), vectors, read.unread)


def _is_whole(path: Path) -> bool:
    try:
        open_index(path)
    except (DamagedIndex, FileNotFoundError):
        return False
    return True


def _mark_used(path: Path) -> None:
    """Touch an index, so that cleaning up old ones leaves those in use."""
    if time.time() - path.stat().st_mtime > MARKED_S:
        with contextlib.suppress(OSError):  # a folder that is not to be written to
            os.utime(path)


def open_index(path: Path) -> Index:
    """Return an index, read again only if its file has changed."""
    state = path.stat()
    return _loaded(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=16)
def _loaded(path: Path, changed: int, size: int) -> Index:
    return Index.load(path)
