"""Documents that callers have uploaded: in one folder, under unguessable names, for a limited time.

A document is named by 256 random bits. No other input of a caller becomes part of a path, so no name escapes the
folder. The files are the only state: several processes may share the folder, and a restart loses nothing.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from pathlib import Path

from mlops.configuration.serving import ServingLimits
from src.flow_service.problems import Problem

PREFIX = "documents/"
IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{43}")
IN_USE_S = 600  # flows touch an index and refetch a URL more often than that, and no request takes longer
CHUNK_BYTES = 2**20  # of an upload in memory: many uploads of 32 MB each may run at a time
SIGNATURE, SIGNATURE_WITHIN = b"%PDF-", 1024  # where readers look for it; ISO 32000-1, annex H, note 13


class DocumentStore:
    """The uploaded documents of a service.

    Args:
        folder: where they are stored; created if missing.
        limits: their maximum size, each and in total, and how long they are kept.
    """

    def __init__(self, folder: Path, limits: ServingLimits):
        self._folder = folder / "documents"
        self._limits = limits
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def delete_expired(self, caches: Iterable[Path]) -> None:
        """Delete expired documents, and expired files that flows derived or fetched.

        Args:
            caches: the folders of those files; files in use there are recent.
        """
        self._make_room(0)
        for folder in filter(Path.is_dir, caches):
            make_room(folder, self._limits.documents_megabytes * 2**20, self.seconds, in_use_s=IN_USE_S)

    @property
    def seconds(self) -> int:
        """How long a document is kept."""
        return self._limits.documents_minutes * 60

    async def store(self, chunks: AsyncIterable[bytes]) -> tuple[str, int]:
        """Store a document as it arrives; return its reference for flows, and its size in bytes.

        Raises:
            Problem: it is not a PDF, or there is no space left.
        """
        identifier, size = secrets.token_urlsafe(32), 0
        part = self._folder / f"{identifier}.part"
        try:
            async for chunk in _rechunked(chunks):
                if not size and SIGNATURE not in chunk[:SIGNATURE_WITHIN]:
                    break
                await asyncio.to_thread(self._write, part, chunk, size)
                size += len(chunk)
            if not size:
                raise Problem(422, "no_pdf", "the body is not a PDF: it does not start with %PDF-")
            await asyncio.to_thread(part.replace, self._folder / f"{identifier}.pdf")
        except OSError:
            raise Problem(507, "no_room", "the document cannot be stored: there is no space left") from None
        finally:
            part.unlink(missing_ok=True)
        return PREFIX + identifier, size

    def find(self, identifier: str) -> Path:
        """Return the file of a document.

        Raises:
            Problem: it does not exist, or has expired.
        """
        path = self._folder / f"{identifier}.pdf" if IDENTIFIER.fullmatch(identifier) else None
        if path is None or not self._is_fresh(path):
            raise Problem(404, "unknown_document", "the document does not exist or has expired: upload it again")
        return path

    def folder_and_path(self, reference: str, field: str) -> tuple[Path, str] | None:
        """Return the folder of an uploaded document and its path inside that folder; None for any other document.

        Args:
            reference: the value that a caller sent.
            field: the input that it was sent in.

        Raises:
            Problem: it refers to an uploaded document that does not exist.
        """
        if not reference.startswith(PREFIX):
            return None
        try:
            file = self.find(reference.removeprefix(PREFIX))
        except Problem as problem:
            raise Problem(422, problem.code, problem.detail, errors=[(field, problem.detail)]) from None
        return self._folder, f"{self._folder.name}/{file.name}"

    def _write(self, part: Path, chunk: bytes, size: int) -> None:
        self._make_room(len(chunk))
        if not size:
            part.touch(mode=0o600)
        with part.open("r+b") as file:  # fails if the file was deleted to make room for others
            file.seek(size)
            file.write(chunk)

    def _make_room(self, needed: int) -> None:
        make_room(self._folder, self._limits.documents_megabytes * 2**20 - needed, self.seconds)

    def _is_fresh(self, path: Path) -> bool:
        try:
            return time.time() - path.stat().st_mtime < self.seconds
        except FileNotFoundError:
            return False


async def _rechunked(chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """Yield chunks that are large enough to be worth a thread."""
    buffer = bytearray()
    async for chunk in chunks:
        buffer += chunk
        if len(buffer) >= CHUNK_BYTES:
            yield bytes(buffer)
            buffer.clear()
    if buffer:
        yield bytes(buffer)


def make_room(folder: Path, room: int, seconds: float, in_use_s: float = 0) -> None:
    """Delete a folder's expired files, and then the oldest ones until the rest fits.

    Args:
        folder: the folder; files in subfolders are kept.
        room: the maximum total size in bytes.
        seconds: the maximum age of a file.
        in_use_s: files up to this age are kept whatever their size.
    """
    files = []
    for path in folder.iterdir():
        try:
            status = path.stat()
        except FileNotFoundError:  # deleted by another process
            continue
        files.append((status.st_mtime, status.st_size, path))
    room -= sum(size for _, size, _ in files)
    for modified, size, path in sorted(files):
        age = time.time() - modified
        if age < in_use_s or (room >= 0 and age < seconds):
            break
        path.unlink(missing_ok=True)
        room += size
