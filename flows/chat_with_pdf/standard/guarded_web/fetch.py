"""Fetches what is behind a URL that may come from a stranger."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urljoin, urlsplit

import aiohttp

from .addresses import is_allowed
from .errors import FetchError, ForbiddenAddress, TransientFetchError
from .retries import retry_after

__all__ = ["FetchError", "Fetched", "Limits", "TransientFetchError", "check_url", "fetch", "receive", "display_url"]

REDIRECTS = frozenset((301, 302, 303, 307, 308))
# Statuses of transient faults. 520 to 524 are Cloudflare's, and 529 others' for being overloaded:
# https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors
TRANSIENT = frozenset((408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529))
NO_SUCH_NAME = frozenset(getattr(socket, name) for name in ("EAI_NONAME", "EAI_NODATA") if hasattr(socket, name))

PROXY_VARIABLE = "GUARDED_WEB_PROXY"  # http://host:port, set by whoever runs the flow, never by the caller
FOR_ALL = frozenset(("accept", "user-agent"))  # headers that are no secret of the first host


@dataclass(frozen=True)
class Limits:
    """What fetching may take.

    Attributes:
        megabytes: its size.
        seconds: its time, redirects included.
        redirects: how many.
        slowest: bytes a second, on average; a slower transfer is aborted after `patience`.
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
        display_url: where it came from in the end, without user, query and fragment.
        content_type: what the server says it is, such as "text/html"; empty where it says nothing.
        charset: the encoding that the server says its text has, as it says it; empty where it says nothing.
        body: its bytes; empty where they were passed to `take`.
        retry_after: after how many seconds the server allows another request; None where it does not say.
    """

    display_url: str
    content_type: str
    charset: str
    body: bytes = b""
    retry_after: float | None = None


async def fetch(
    url: str, *, allow_loopback: bool = False, limits: Limits | None = None, headers: Mapping[str, str] | None = None
) -> Fetched:
    """Return what is behind a URL, by one attempt; see `receive`, and `retries.retried` for retries."""
    chunks: list[bytes] = []
    about = await receive(url, chunks.append, allow_loopback=allow_loopback, limits=limits, headers=headers)
    return replace(about, body=b"".join(chunks))


async def receive(
    url: str,
    take: Callable[[bytes], object],
    *,
    allow_loopback: bool = False,
    limits: Limits | None = None,
    headers: Mapping[str, str] | None = None,
) -> Fetched:
    """Pass the content of a URL to `take`, piece by piece; `take` may raise to stop.

    https is always allowed; http only on loopback, if loopback is. The address is checked when connecting,
    after the name was resolved, so neither redirects nor a fickle name server get round it. Headers other
    than `accept` and `user-agent` go to the first host only. No cookie is kept. No proxy is used except the one that
    GUARDED_WEB_PROXY names: it resolves names itself, so it has to refuse private addresses behind them.

    Raises:
        FetchError: the URL is not allowed, the server failed, or what it sends is too big or too slow.
    """
    limits = limits or Limits()
    try:
        return await asyncio.wait_for(_receive(url, take, allow_loopback, limits, dict(headers or {})), limits.seconds)
    except asyncio.TimeoutError:
        raise TransientFetchError(
            f"{display_url(url)}: the server is too slow: less than {limits.slowest} bytes a second, "
            f"or more than {limits.seconds:g} seconds"
        ) from None
    except ForbiddenAddress as error:
        raise FetchError(f"{display_url(url)}: {error}") from None
    except (aiohttp.InvalidURL, UnicodeError):  # whose text quotes the URL
        raise FetchError(f"{display_url(url)}: the URL is not valid") from None
    except aiohttp.ClientHttpProxyError as error:
        kind = TransientFetchError if error.status in TRANSIENT else FetchError
        raise kind(f"{display_url(url)}: the proxy of {PROXY_VARIABLE} answered {error.status}") from None
    except aiohttp.ClientResponseError:  # so does this one's
        raise FetchError(f"{display_url(url)}: the download failed: the server's answer is no valid HTTP") from None
    except (aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError):
        raise TransientFetchError(
            f"{display_url(url)}: the download failed: the server hung up in the middle"
        ) from None
    except (aiohttp.ClientError, OSError) as error:
        unknown = isinstance(error.__cause__, socket.gaierror) and error.__cause__.errno in NO_SUCH_NAME
        kind = FetchError if unknown else TransientFetchError
        raise kind(f"{display_url(url)}: the download failed: {str(error) or type(error).__name__}") from None


async def _receive(
    url: str, take: Callable[[bytes], object], allow_loopback: bool, limits: Limits, headers: dict[str, str]
) -> Fetched:
    host = None
    for _ in range(limits.redirects + 1):
        check_url(url, allow_loopback)
        host = host or urlsplit(url).netloc
        if urlsplit(url).netloc != host:
            headers = {name: value for name, value in headers.items() if name.lower() in FOR_ALL}
        proxy = _proxy(url)
        async with _session(allow_loopback, limits, proxy) as session:
            request = session.get(
                url, allow_redirects=False, proxy=proxy, headers={"accept-encoding": "identity", **headers}
            )
            async with await asyncio.wait_for(request, limits.patience) as response:
                if response.status in REDIRECTS and "location" in response.headers:
                    url = _redirected(url, response.headers["location"])
                    continue
                _check_response(url, response, limits)
                await _hand_on(url, response.content.iter_any(), take, limits)
                asked = retry_after(response.headers)
                return Fetched(display_url(url), response.content_type or "", response.charset or "", retry_after=asked)
    raise FetchError(f"{display_url(url)}: more than {limits.redirects} redirects")


def _redirected(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        raise FetchError(f"{display_url(url)}: the server redirects to what is no URL") from None


def _proxy(url: str) -> str | None:
    """Return the operator's proxy for a URL, if there is one; this machine is asked without it.

    Raises:
        ForbiddenAddress: the URL names an address that is not public.
    """
    proxy, host = os.environ.get(PROXY_VARIABLE), urlsplit(url).hostname or ""
    if not proxy or _names_loopback(host):
        return None
    with contextlib.suppress(ValueError):  # a name, which the proxy resolves
        if not is_allowed(host, False):
            raise ForbiddenAddress(f"it leads to {host}, which is not a public address")
    return proxy


def _session(allow_loopback: bool, limits: Limits, proxy: str | None) -> aiohttp.ClientSession:
    def guarded_socket(info: tuple) -> socket.socket:
        family, kind, protocol, _, address = info
        if not proxy and not is_allowed(address[0], allow_loopback):
            raise ForbiddenAddress(f"it leads to {address[0]}, which is not a public address")
        return socket.socket(family, kind, protocol)

    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(socket_factory=guarded_socket, force_close=True, happy_eyeballs_delay=None),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,  # decompressing is how a small answer becomes a huge one
        timeout=aiohttp.ClientTimeout(total=None, connect=limits.patience, sock_read=limits.patience),
    )


def check_url(url: str, allow_loopback: bool) -> None:
    """Check a URL by its text alone.

    Raises:
        FetchError: its scheme is not allowed, it names no host, or it holds a user or a password.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        raise FetchError("the URL is not valid") from None
    if parts.scheme not in ("https", "http"):
        raise FetchError(f"{display_url(url)}: only https is allowed, not {parts.scheme or 'a bare path'}")
    if not host:
        raise FetchError(f"{display_url(url)}: the URL names no host")
    if "@" in parts.netloc:
        raise FetchError(f"{display_url(url)}: a user name or password in a URL is not allowed")
    if parts.scheme == "http" and not (allow_loopback and _names_loopback(host)):
        where = "https, or http on loopback, is allowed" if allow_loopback else "https is allowed, not http"
        raise FetchError(f"{display_url(url)}: only {where}")


def _names_loopback(host: str) -> bool:
    try:
        return host == "localhost" or not is_allowed(host, False) and is_allowed(host, True)
    except ValueError:
        return False


def _check_response(url: str, response: aiohttp.ClientResponse, limits: Limits) -> None:
    if response.status != 200:
        message = f"{display_url(url)}: the server answered {response.status} {response.reason or ''}".rstrip()
        if response.status in TRANSIENT:
            raise TransientFetchError(message, retry_after(response.headers))
        raise FetchError(message)
    if response.headers.get("content-encoding", "identity").lower() not in ("identity", ""):
        raise FetchError(f"{display_url(url)}: the server compresses what was asked for uncompressed")
    if (response.content_length or 0) > limits.megabytes * 2**20:
        raise _too_big(url, limits)


async def _hand_on(url: str, chunks: AsyncIterator[bytes], take: Callable[[bytes], object], limits: Limits) -> None:
    start, size = time.monotonic(), 0
    async for chunk in chunks:
        size += len(chunk)
        if size > limits.megabytes * 2**20:
            raise _too_big(url, limits)
        seconds = time.monotonic() - start
        if seconds > limits.patience and size < limits.slowest * seconds:
            raise asyncio.TimeoutError
        take(chunk)


def _too_big(url: str, limits: Limits) -> FetchError:
    return FetchError(f"{display_url(url)}: it is larger than {limits.megabytes} MB")


def display_url(url: str) -> str:
    """Return a URL without what may be secret in it: user, password, query (which may hold a signature), fragment."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "the URL"
    return f"{parts.scheme}://{host}{parts.path}"[:200] if parts.scheme else parts.path[:200]
