"""One client for each connection and event loop; see docs/decisions/0001."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

from azure.identity.aio import DefaultAzureCredential, get_bearer_token_provider
from openai import AsyncAzureOpenAI, DefaultAioHttpClient
from promptflow.connections import AzureOpenAIConnection

TOKEN_SCOPE = "https://cognitiveservices.azure.com/.default"
_CLIENTS: dict[tuple, tuple[AsyncIterator[AsyncAzureOpenAI], asyncio.Future]] = {}


async def shared_client(connection: AzureOpenAIConnection) -> AsyncAzureOpenAI:
    """Return the client of a connection in the running event loop; it is closed when the loop ends."""
    key = connection.api_base, connection.api_version, connection.api_key, asyncio.get_running_loop()
    if key not in _CLIENTS:
        opening = _open_client(key)
        _CLIENTS[key] = opening, asyncio.ensure_future(anext(opening))
    return await asyncio.shield(_CLIENTS[key][1])  # a line that is cancelled leaves it to the others


async def _open_client(key: tuple) -> AsyncIterator[AsyncAzureOpenAI]:
    """Yield a client; asyncio.run() finishes the generators of its loop in the end, and with this one the client."""
    endpoint, api_version, api_key, _ = key
    async with AsyncExitStack() as stack:
        stack.callback(_CLIENTS.pop, key)
        credential = None if api_key else await stack.enter_async_context(DefaultAzureCredential())
        yield await stack.enter_async_context(
            AsyncAzureOpenAI(
                azure_endpoint=endpoint,
                api_version=api_version,
                api_key=api_key or None,
                azure_ad_token_provider=credential and get_bearer_token_provider(credential, TOKEN_SCOPE),
                max_retries=5,
                http_client=DefaultAioHttpClient(),
            )
        )
