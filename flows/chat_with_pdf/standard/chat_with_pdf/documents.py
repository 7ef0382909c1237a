"""From what names a document to a file with its bytes."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from .cache import cache_folder, once
from .download import Limits, check_mark, download
from .errors import DocumentError

ABANDONED_S = 3600  # a download takes a minute at most
REMEMBERED_S = 300  # how long a downloaded document counts as current
_DOWNLOADED: dict[tuple[str, bool], tuple[Path, float]] = {}


async def find_document(pdf_url: str, data_folder: Path, allow_loopback: bool, limits: Limits | None = None) -> Path:
    """Return the file of a document: one of the data folder, or what was downloaded, named by the hash of its bytes.

    Args:
        pdf_url: a URL, or a path inside the data folder that begins with the folder's name, as in "data/guide.pdf".
        data_folder: the only folder whose files may be requested.
        allow_loopback: whether URLs may lead to this machine.
        limits: what a download may take.

    Raises:
        DocumentError: there is no such document, or access to it is not allowed.
    """
    if not pdf_url.strip():
        raise DocumentError("pdf_url is empty: give the URL of a PDF, or a path such as data/documents/guide.pdf")
    try:
        is_path = not urlsplit(pdf_url).scheme
    except ValueError:
        raise DocumentError("pdf_url is neither a URL nor a path") from None
    if is_path:
        return _file_of(data_folder.resolve(), pdf_url, limits or Limits())
    return await once(("download", pdf_url, allow_loopback), lambda: _downloaded(pdf_url, allow_loopback, limits))


def display_name(document: Path) -> str:
    """Return what messages call a document: its file's name, unless that is but a hash."""
    return "the downloaded document" if _is_downloaded(document) else document.name


def forget_document(document: Path) -> None:
    """Delete a downloaded document that cannot be used; files of the data folder stay."""
    if _is_downloaded(document):
        document.unlink(missing_ok=True)


def _is_downloaded(document: Path) -> bool:
    return document.parent == cache_folder("documents")


def _file_of(folder: Path, name: str, limits: Limits) -> Path:
    try:
        path = (folder.parent / name).resolve()
        inside = path.is_relative_to(folder)
        there = inside and path.is_file()
    except (OSError, RuntimeError, ValueError):  # too long, links in a circle, or a NUL
        inside = there = False
    if not inside:
        raise DocumentError(f"{name[:200]}: not inside the folder {folder.name}; files from elsewhere are not read")
    if not there:
        raise DocumentError(f"{name}: there is no such file")
    if path.stat().st_size > limits.megabytes * 2**20:
        raise DocumentError(f"{name}: the document is larger than {limits.megabytes} MB")
    with path.open("rb") as file:
        check_mark(file.read(1024), name)
    return path


async def _downloaded(url: str, allow_loopback: bool, limits: Limits | None) -> Path:
    path, then = _DOWNLOADED.get((url, allow_loopback), (None, 0.0))
    if path and path.is_file() and time.monotonic() - then < REMEMBERED_S:
        return path
    folder = cache_folder("documents")
    for part in folder.glob("*.part"):  # of a process that was killed
        if time.time() - part.stat().st_mtime > ABANDONED_S:
            part.unlink(missing_ok=True)
    file = tempfile.NamedTemporaryFile(dir=folder, suffix=".part", delete=False)
    try:
        with file:
            await download(url, file, allow_loopback, limits)
        path = folder / f"{_digest(file.name)}.pdf"
        os.replace(file.name, path)
    finally:
        Path(file.name).unlink(missing_ok=True)  # closed by now, or Windows would not do it
    now = time.monotonic()
    for key in [key for key, (_, then) in _DOWNLOADED.items() if now - then > REMEMBERED_S]:
        del _DOWNLOADED[key]
    _DOWNLOADED[url, allow_loopback] = path, now
    return path


def _digest(path: str) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
