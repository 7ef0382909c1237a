"""One client for each endpoint and event loop; see docs/decisions/0001-one-client-per-event-loop.md."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from .endpoint import NO_KEY, Endpoint, find_endpoint
from .proxies import proxy_of

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAI

TOKEN_SCOPE = "https://cognitiveservices.azure.com/.default"
RETRIES = 5
_CLIENTS: dict[tuple, tuple[AsyncIterator[AsyncOpenAI], asyncio.Future]] = {}


async def shared_client(endpoint: Endpoint | str) -> AsyncOpenAI:
    """Return the client of an endpoint in the running event loop; it is closed when the loop ends.

    Args:
        endpoint: the endpoint, or the name of the Prompt flow connection to it.
    """
    key = endpoint, asyncio.get_running_loop()
    if key not in _CLIENTS:
        opening = _open_client(key)
        _CLIENTS[key] = opening, asyncio.ensure_future(anext(opening))
    return await asyncio.shield(_CLIENTS[key][1])  # a cancelled line leaves it to the others


async def _open_client(key: tuple) -> AsyncIterator[AsyncOpenAI]:
    """Yield a client; asyncio.run() finishes the generators of its loop at the end, and with this one the client."""
    async with AsyncExitStack() as stack:
        stack.callback(_CLIENTS.pop, key)  # also if there is no such connection, which may be made later
        endpoint = find_endpoint(key[0]) if isinstance(key[0], str) else key[0]
        credential = None
        if endpoint.keyless:
            from azure.identity.aio import DefaultAzureCredential

            credential = await stack.enter_async_context(DefaultAzureCredential())
        yield await stack.enter_async_context(async_client(endpoint, credential))


def async_client(endpoint: Endpoint, credential: Any = None, **options: Any) -> AsyncOpenAI:
    """Return a client of an endpoint.

    Args:
        endpoint: its address, and how to sign in.
        credential: of azure.identity.aio, for an endpoint without a key; the caller closes it.
        **options: of `openai.AsyncOpenAI`, in the place of those chosen here.
    """
    from azure.identity.aio import get_bearer_token_provider
    from openai import AsyncAzureOpenAI, AsyncOpenAI

    token = get_bearer_token_provider(credential, TOKEN_SCOPE) if endpoint.keyless else None
    kind = AsyncAzureOpenAI if endpoint.kind == "azure" else AsyncOpenAI
    options.setdefault("max_retries", RETRIES)
    if "http_client" not in options:
        options["http_client"] = http_client(endpoint.url)
    return kind(**access(endpoint, token), **options)


def sync_client(endpoint: Endpoint, credential: Any = None, **options: Any) -> OpenAI:
    """Return a synchronous client of an endpoint; the arguments are those of `async_client`."""
    from azure.identity import get_bearer_token_provider
    from openai import AzureOpenAI, OpenAI

    token = get_bearer_token_provider(credential, TOKEN_SCOPE) if endpoint.keyless else None
    kind = AzureOpenAI if endpoint.kind == "azure" else OpenAI
    return kind(**access(endpoint, token), **{"max_retries": RETRIES, **options})


def access(endpoint: Endpoint, token_provider: Any = None) -> dict[str, Any]:
    """Return the arguments by which a client of the openai package reaches an endpoint.

    Args:
        endpoint: its address.
        token_provider: gives a token of Microsoft Entra ID, for an endpoint without a key.
    """
    if endpoint.kind != "azure":
        return {"base_url": endpoint.url, "api_key": endpoint.api_key or token_provider or NO_KEY}
    arguments = {"azure_endpoint": endpoint.url, "api_version": endpoint.api_version}
    if endpoint.keyless:
        return {**arguments, "azure_ad_token_provider": token_provider}
    return {**arguments, "api_key": endpoint.api_key}


def http_client(url: str) -> Any:
    """Return an asynchronous HTTP client for a URL.

    That over aiohttp takes a third less processor time than the openai package's default, but no SOCKS proxies.
    """
    from openai import DefaultAioHttpClient, DefaultAsyncHttpxClient

    if (proxy_of(url) or "").startswith("socks"):
        return DefaultAsyncHttpxClient()
    return DefaultAioHttpClient()
