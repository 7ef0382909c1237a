"""Downloads a document from a URL that may come from a stranger, without trusting the URL, the server or the bytes."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import urljoin, urlsplit

import aiohttp

from .addresses import is_allowed
from .errors import DocumentError

REDIRECTS = frozenset((301, 302, 303, 307, 308))
PDF_MARK = b"%PDF-"
MARK_WITHIN = 1024  # bytes; readers accept some before the mark (ISO 32000-1, annex H.3, note 13)


@dataclass(frozen=True)
class Limits:
    """What a download may take.

    Attributes:
        megabytes: its size.
        seconds: its time, redirects included.
        redirects: how many.
        slowest: bytes a second, on average; what is slower is given up after `patience`.
        patience: seconds without a byte, or below the slowest rate.
    """

    megabytes: int = 50
    seconds: float = 60
    redirects: int = 5
    slowest: int = 4096
    patience: float = 10


class ForbiddenAddress(Exception):
    """A name that leads to an address which strangers may not have fetched."""


async def download(url: str, file: BinaryIO, allow_loopback: bool = False, limits: Limits | None = None) -> None:
    """Write the PDF behind a URL to a file.

    https is always allowed; http only on loopback, if loopback is. The address is checked when a connection is made,
    after the name was resolved, so neither redirects nor a name server that changes its mind get round it. No proxy is
    used and no cookie kept.

    Raises:
        DocumentError: the URL is not allowed, the server failed, or what it sends is too big, too slow or no PDF.
    """
    limits = limits or Limits()
    try:
        await asyncio.wait_for(_download(url, file, allow_loopback, limits), limits.seconds)
    except asyncio.TimeoutError:
        raise DocumentError(
            f"{_shown(url)}: the server is too slow: less than {limits.slowest} bytes a second, "
            f"or more than {limits.seconds:.0f} seconds"
        ) from None
    except ForbiddenAddress as error:
        raise DocumentError(f"{_shown(url)}: {error}") from None
    except DocumentError:
        raise
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise DocumentError(f"{_shown(url)}: the download failed: {_reason(error)}") from None


async def _download(url: str, file: BinaryIO, allow_loopback: bool, limits: Limits) -> None:
    async with _session(allow_loopback, limits) as session:
        for _ in range(limits.redirects + 1):
            _check_url(url, allow_loopback)
            async with await asyncio.wait_for(session.get(url, allow_redirects=False), limits.patience) as response:
                if response.status in REDIRECTS and "location" in response.headers:
                    url = urljoin(url, response.headers["location"])
                    continue
                _check_response(url, response, limits)
                await _write(url, response.content.iter_any(), file, limits)
                return
    raise DocumentError(f"{_shown(url)}: more than {limits.redirects} redirects")


def _session(allow_loopback: bool, limits: Limits) -> aiohttp.ClientSession:
    def guarded_socket(info: tuple) -> socket.socket:
        family, kind, protocol, _, address = info
        if not is_allowed(address[0], allow_loopback):
            raise ForbiddenAddress(f"it leads to {address[0]}, which is not a public address")
        return socket.socket(family, kind, protocol)

    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(socket_factory=guarded_socket, force_close=True, happy_eyeballs_delay=None),
        cookie_jar=aiohttp.DummyCookieJar(),
        # As it was sent: decompressing is how a small download becomes a huge one.
        auto_decompress=False,
        headers={"accept": "application/pdf", "accept-encoding": "identity"},
        timeout=aiohttp.ClientTimeout(total=None, connect=limits.patience, sock_read=limits.patience),
    )


def _check_url(url: str, allow_loopback: bool) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http"):
        raise DocumentError(f"{_shown(url)}: only https is allowed, not {parts.scheme or 'a bare path'}")
    if not parts.hostname:
        raise DocumentError(f"{_shown(url)}: the URL names no host")
    if "@" in parts.netloc:
        raise DocumentError(f"{_shown(url)}: a user name or password in a URL is not allowed")
    if parts.scheme == "http" and not (allow_loopback and _names_loopback(parts.hostname)):
        where = "https, or http on loopback, is allowed" if allow_loopback else "https is allowed, not http"
        raise DocumentError(f"{_shown(url)}: only {where}")


def _names_loopback(host: str) -> bool:
    try:
        return host == "localhost" or not is_allowed(host, False) and is_allowed(host, True)
    except ValueError:
        return False


def _check_response(url: str, response: aiohttp.ClientResponse, limits: Limits) -> None:
    if response.status != 200:
        raise DocumentError(f"{_shown(url)}: the server answered {response.status} {response.reason or ''}".rstrip())
    if response.headers.get("content-encoding", "identity").lower() not in ("identity", ""):
        raise DocumentError(f"{_shown(url)}: the server compresses what was asked for uncompressed")
    if (response.content_length or 0) > limits.megabytes * 2**20:
        raise _too_big(url, limits)


async def _write(url: str, chunks: AsyncIterator[bytes], file: BinaryIO, limits: Limits) -> None:
    start, size, head = time.monotonic(), 0, b""
    async for chunk in chunks:
        size += len(chunk)
        if size > limits.megabytes * 2**20:
            raise _too_big(url, limits)
        if len(head) < MARK_WITHIN:
            head += chunk[:MARK_WITHIN]
            if len(head) >= MARK_WITHIN:
                check_mark(head, _shown(url))
        seconds = time.monotonic() - start
        if seconds > limits.patience and size < limits.slowest * seconds:
            raise asyncio.TimeoutError
        file.write(chunk)
    check_mark(head, _shown(url))


def check_mark(head: bytes, name: str) -> None:
    """Check that a document's first bytes are those of a PDF.

    Raises:
        DocumentError: they are not.
    """
    if PDF_MARK not in head[:MARK_WITHIN]:
        raise DocumentError(f"{name}: this is no PDF, whatever its name or type says")


def _reason(error: Exception) -> str:
    """Return why a download failed; errors about the URL or an answer quote the URL, with whatever secret is in it."""
    if isinstance(error, aiohttp.ClientResponseError):
        return "the server's answer is no valid HTTP"
    if isinstance(error, ValueError) and not isinstance(error, OSError):  # a certificate's error is both
        return "the URL is not valid"
    return str(error) or type(error).__name__


def _too_big(url: str, limits: Limits) -> DocumentError:
    return DocumentError(f"{_shown(url)}: the document is larger than {limits.megabytes} MB")


def _shown(url: str) -> str:
    """Return a URL without what may be secret in it: user, password, query (which may hold a signature), fragment."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "the URL"
    return f"{parts.scheme}://{host}{parts.path}"[:200] if parts.scheme else parts.path[:200]
