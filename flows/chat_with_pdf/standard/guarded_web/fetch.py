"""Fetches what is behind a URL that may come from a stranger."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import aiohttp

from .addresses import is_allowed

REDIRECTS = frozenset((301, 302, 303, 307, 308))
PASSING = frozenset((408, 425, 429, 500, 502, 503, 504))  # what another attempt may not meet again

FOR_ALL = frozenset(("accept", "user-agent"))  # headers that are no secret of the first host


class FetchError(Exception):
    """What a URL leads to can't be had; the text says why, and holds nothing of the URL that may be secret."""


class TransientFetchError(FetchError):
    """It can't be had now; another attempt may help."""


class ForbiddenAddress(Exception):
    """A name that leads to an address which strangers may not have fetched."""


@dataclass(frozen=True)
class Limits:
    """What fetching may take.

    Attributes:
        megabytes: its size.
        seconds: its time, redirects included.
        redirects: how many.
        slowest: bytes a second, on average; what is slower is given up after `patience`.
        patience: seconds without a byte, without an answer, or below the slowest rate.
    """

    megabytes: int = 50
    seconds: float = 60
    redirects: int = 5
    slowest: int = 4096
    patience: float = 10


@dataclass(frozen=True)
class Fetched:
    """What was behind a URL.

    Attributes:
        shown_url: where it came from in the end, without user, query and fragment.
        content_type: what the server says it is, such as "text/html"; empty where it says nothing.
        charset: the encoding of its text, where it is one.
        body: its bytes; empty where they were handed on instead.
    """

    shown_url: str
    content_type: str
    charset: str
    body: bytes = b""


async def fetch(
    url: str, *, allow_loopback: bool = False, limits: Limits | None = None, headers: Mapping[str, str] | None = None
) -> Fetched:
    """Return what is behind a URL; see `receive`."""
    chunks: list[bytes] = []
    about = await receive(url, chunks.append, allow_loopback=allow_loopback, limits=limits, headers=headers)
    return Fetched(about.shown_url, about.content_type, about.charset, b"".join(chunks))


async def receive(
    url: str,
    take: Callable[[bytes], object],
    *,
    allow_loopback: bool = False,
    limits: Limits | None = None,
    headers: Mapping[str, str] | None = None,
) -> Fetched:
    """Hand what is behind a URL on, piece by piece; `take` may raise to have no more.

    https is always allowed; http only on loopback, if loopback is. The address is checked when a connection is made,
    after the name was resolved, so neither redirects nor a name server that changes its mind get round it. Headers but
    `accept` and `user-agent` go to the first host alone. No proxy is used and no cookie kept.

    Raises:
        FetchError: the URL is not allowed, the server failed, or what it sends is too big or too slow.
    """
    limits = limits or Limits()
    try:
        return await asyncio.wait_for(_receive(url, take, allow_loopback, limits, dict(headers or {})), limits.seconds)
    except asyncio.TimeoutError:
        raise TransientFetchError(
            f"{shown(url)}: the server is too slow: less than {limits.slowest} bytes a second, "
            f"or more than {limits.seconds:g} seconds"
        ) from None
    except ForbiddenAddress as error:
        raise FetchError(f"{shown(url)}: {error}") from None
    except (aiohttp.InvalidURL, UnicodeError):  # whose text quotes the URL
        raise FetchError(f"{shown(url)}: the URL is not valid") from None
    except aiohttp.ClientResponseError:  # so does this one's
        raise FetchError(f"{shown(url)}: the download failed: the server's answer is no valid HTTP") from None
    except (aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError):
        raise TransientFetchError(f"{shown(url)}: the download failed: the server hung up in the middle") from None
    except (aiohttp.ClientError, OSError) as error:
        raise TransientFetchError(f"{shown(url)}: the download failed: {str(error) or type(error).__name__}") from None


async def _receive(
    url: str, take: Callable[[bytes], object], allow_loopback: bool, limits: Limits, headers: dict[str, str]
) -> Fetched:
    host = None
    async with _session(allow_loopback, limits) as session:
        for _ in range(limits.redirects + 1):
            check_url(url, allow_loopback)
            host = host or urlsplit(url).netloc
            if urlsplit(url).netloc != host:
                headers = {name: value for name, value in headers.items() if name.lower() in FOR_ALL}
            request = session.get(url, allow_redirects=False, headers={"accept-encoding": "identity", **headers})
            async with await asyncio.wait_for(request, limits.patience) as response:
                if response.status in REDIRECTS and "location" in response.headers:
                    url = _redirected(url, response.headers["location"])
                    continue
                _check_response(url, response, limits)
                await _hand_on(url, response.content.iter_any(), take, limits)
                return Fetched(shown(url), response.content_type or "", _charset(response))
    raise FetchError(f"{shown(url)}: more than {limits.redirects} redirects")


def _redirected(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        raise FetchError(f"{shown(url)}: the server redirects to what is no URL") from None


def _session(allow_loopback: bool, limits: Limits) -> aiohttp.ClientSession:
    def guarded_socket(info: tuple) -> socket.socket:
        family, kind, protocol, _, address = info
        if not is_allowed(address[0], allow_loopback):
            raise ForbiddenAddress(f"it leads to {address[0]}, which is not a public address")
        return socket.socket(family, kind, protocol)

    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(socket_factory=guarded_socket, force_close=True, happy_eyeballs_delay=None),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,  # decompressing is how a small answer becomes a huge one
        timeout=aiohttp.ClientTimeout(total=None, connect=limits.patience, sock_read=limits.patience),
    )


def check_url(url: str, allow_loopback: bool) -> None:
    """Check what a URL alone tells.

    Raises:
        FetchError: its scheme is not allowed, it names no host, or it holds a user or a password.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        raise FetchError("the URL is not valid") from None
    if parts.scheme not in ("https", "http"):
        raise FetchError(f"{shown(url)}: only https is allowed, not {parts.scheme or 'a bare path'}")
    if not host:
        raise FetchError(f"{shown(url)}: the URL names no host")
    if "@" in parts.netloc:
        raise FetchError(f"{shown(url)}: a user name or password in a URL is not allowed")
    if parts.scheme == "http" and not (allow_loopback and _names_loopback(host)):
        where = "https, or http on loopback, is allowed" if allow_loopback else "https is allowed, not http"
        raise FetchError(f"{shown(url)}: only {where}")


def _names_loopback(host: str) -> bool:
    try:
        return host == "localhost" or not is_allowed(host, False) and is_allowed(host, True)
    except ValueError:
        return False


def _check_response(url: str, response: aiohttp.ClientResponse, limits: Limits) -> None:
    if response.status != 200:
        kind = TransientFetchError if response.status in PASSING else FetchError
        raise kind(f"{shown(url)}: the server answered {response.status} {response.reason or ''}".rstrip())
    if response.headers.get("content-encoding", "identity").lower() not in ("identity", ""):
        raise FetchError(f"{shown(url)}: the server compresses what was asked for uncompressed")
    if (response.content_length or 0) > limits.megabytes * 2**20:
        raise _too_big(url, limits)


async def _hand_on(
    url: str, chunks: AsyncIterator[bytes], take: Callable[[bytes], object], limits: Limits
) -> None:
    start, size = time.monotonic(), 0
    async for chunk in chunks:
        size += len(chunk)
        if size > limits.megabytes * 2**20:
            raise _too_big(url, limits)
        seconds = time.monotonic() - start
        if seconds > limits.patience and size < limits.slowest * seconds:
            raise asyncio.TimeoutError
        take(chunk)


def _charset(response: aiohttp.ClientResponse) -> str:
    try:
        b"x".decode(response.charset or "utf-8", errors="replace")
    except (LookupError, ValueError):  # no charset, or one that is not for texts
        return "utf-8"
    return response.charset or "utf-8"


def _too_big(url: str, limits: Limits) -> FetchError:
    return FetchError(f"{shown(url)}: it is larger than {limits.megabytes} MB")


def shown(url: str) -> str:
    """Return a URL without what may be secret in it: user, password, query (which may hold a signature), fragment."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "the URL"
    return f"{parts.scheme}://{host}{parts.path}"[:200] if parts.scheme else parts.path[:200]
