"""One client for each endpoint and event loop; see docs/decisions/0001-one-client-per-event-loop.md."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openai import AsyncAzureOpenAI

TOKEN_SCOPE = "https://cognitiveservices.azure.com/.default"
_CLIENTS: dict[tuple, tuple[AsyncIterator[AsyncAzureOpenAI], asyncio.Future]] = {}


async def shared_client(endpoint: str, api_version: str, api_key: str | None) -> AsyncAzureOpenAI:
    """Return the client of an endpoint in the running event loop; it is closed when the loop ends."""
    key = endpoint, api_version, api_key or None, asyncio.get_running_loop()
    if key not in _CLIENTS:
        opening = _open_client(key)
        _CLIENTS[key] = opening, asyncio.ensure_future(anext(opening))
    return await asyncio.shield(_CLIENTS[key][1])


async def _open_client(key: tuple) -> AsyncIterator[AsyncAzureOpenAI]:
    from azure.identity.aio import DefaultAzureCredential, get_bearer_token_provider
    from openai import AsyncAzureOpenAI, DefaultAioHttpClient

    endpoint, api_version, api_key, _ = key
    async with AsyncExitStack() as stack:
        stack.callback(_CLIENTS.pop, key)
        credential = None if api_key else await stack.enter_async_context(DefaultAzureCredential())
        yield await stack.enter_async_context(
            AsyncAzureOpenAI(
                azure_endpoint=endpoint,
                api_version=api_version,
                api_key=api_key,
                azure_ad_token_provider=credential and get_bearer_token_provider(credential, TOKEN_SCOPE),
                max_retries=5,
                http_client=DefaultAioHttpClient(),
            )
        )
