"""Documents that callers have uploaded: in one folder, under names that nobody can guess, for a limited time.

A document is named by 256 random bits. Nothing else of a caller becomes part of a path, so that no name leads out of
the folder. The folder's files are all there is to know: several processes may share it, and a restart loses none.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from pathlib import Path

from mlops.common.config_models import ServingLimits
from src.flow_service.problems import Problem

PREFIX = "documents/"
IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{43}")
IN_USE_S = 600  # the flow renews an index that it uses and fetches a URL again in less, and no request takes longer
PIECE_BYTES = 2**20  # of an upload that are in memory: many may be under way at a time, and each have 32 MB
MARK, MARK_WITHIN = b"%PDF-", 1024  # where readers look for it; ISO 32000-1, annex H, note 13


class DocumentStore:
    """The uploaded documents of a service.

    Args:
        folder: where they are; made if need be.
        limits: how large they may be, all together too, and how long they are kept.
    """

    def __init__(self, folder: Path, limits: ServingLimits):
        self._folder = folder / "documents"
        self._limits = limits
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def tidy(self, caches: Iterable[Path]) -> None:
        """Delete what is out of date, of the documents themselves and of what was made or fetched for them.

        Args:
            caches: folders of the flow's indexes and downloads; what is in use there is young.
        """
        self._make_room(0)
        for folder in caches:
            make_room(folder, self._limits.documents_megabytes * 2**20, self.seconds, in_use_s=IN_USE_S)

    @property
    def seconds(self) -> int:
        """How long a document is kept."""
        return self._limits.documents_minutes * 60

    async def store(self, chunks: AsyncIterable[bytes]) -> tuple[str, int]:
        """Keep a document as it arrives, and return what `chat_with_pdf` knows it by, and how many bytes it has.

        Raises:
            Problem: it is no PDF, or there is no room for it.
        """
        identifier, size = secrets.token_urlsafe(32), 0
        part = self._folder / f"{identifier}.part"
        try:
            async for piece in _gathered(chunks):
                if not size and MARK not in piece[:MARK_WITHIN]:
                    break
                await asyncio.to_thread(self._write, part, piece, size)
                size += len(piece)
            if not size:
                raise Problem(422, "no_pdf", "the body is no PDF: it does not begin with %PDF-")
            await asyncio.to_thread(part.replace, self._folder / f"{identifier}.pdf")
        except OSError:
            raise Problem(507, "no_room", "the document cannot be kept: there is no room for it") from None
        finally:
            part.unlink(missing_ok=True)
        return PREFIX + identifier, size

    def find(self, identifier: str) -> Path:
        """Return the file of a document.

        Raises:
            Problem: there is none of that name, or not any more.
        """
        path = self._folder / f"{identifier}.pdf" if IDENTIFIER.fullmatch(identifier) else None
        if path is None or not self._is_fresh(path):
            raise Problem(404, "unknown_document", "there is no such document, or not any more: upload it again")
        return path

    def folder_and_path(self, pdf_url: str) -> tuple[Path, str] | None:
        """Return the flow's `data_folder` and `pdf_url` for an uploaded document; None for any other.

        Raises:
            Problem: it names an uploaded document that is not there.
        """
        if not pdf_url.startswith(PREFIX):
            return None
        try:
            file = self.find(pdf_url.removeprefix(PREFIX))
        except Problem as problem:
            raise Problem(422, problem.code, problem.detail, errors=[("pdf_url", problem.detail)]) from None
        return self._folder, f"{self._folder.name}/{file.name}"

    def _write(self, part: Path, piece: bytes, size: int) -> None:
        self._make_room(len(piece))
        if not size:
            part.touch(mode=0o600)
        with part.open("r+b") as file:  # which fails if it had to make room for others
            file.seek(size)
            file.write(piece)

    def _make_room(self, needed: int) -> None:
        make_room(self._folder, self._limits.documents_megabytes * 2**20 - needed, self.seconds)

    def _is_fresh(self, path: Path) -> bool:
        try:
            return time.time() - path.stat().st_mtime < self.seconds
        except FileNotFoundError:
            return False


async def _gathered(chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """Yield what arrives in pieces that are worth a thread's while."""
    gathered = bytearray()
    async for chunk in chunks:
        gathered += chunk
        if len(gathered) >= PIECE_BYTES:
            yield bytes(gathered)
            gathered.clear()
    if gathered:
        yield bytes(gathered)


def make_room(folder: Path, room: int, seconds: float, in_use_s: float = 0) -> None:
    """Delete a folder's files that are out of date, and then the oldest ones until the rest has room.

    Args:
        folder: whose files; those of folders in it stay.
        room: the most bytes that they may take together.
        seconds: how old a file may get.
        in_use_s: files that are not older than so many seconds stay whatever they take.
    """
    files = []
    for path in folder.iterdir():
        try:
            state = path.stat()
        except FileNotFoundError:  # another process was quicker
            continue
        files.append((state.st_mtime, state.st_size, path))
    room -= sum(size for _, size, _ in files)
    for changed, size, path in sorted(files):
        age = time.time() - changed
        if age < in_use_s or (room >= 0 and age < seconds):
            break
        path.unlink(missing_ok=True)
        room += size
