"""What callers leave on the disk goes away by itself, whether or not anybody calls again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from src.flow_service.documents import DocumentStore
from src.flow_service.failures import LOG

MOST_BETWEEN_S = 60


@contextlib.asynccontextmanager
async def housekeeping(documents: DocumentStore) -> AsyncIterator[None]:
    """Delete what is out of date every minute, for as long as the context lasts."""
    work = asyncio.ensure_future(_keep_tidy(documents))
    try:
        yield
    finally:
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work


async def _keep_tidy(documents: DocumentStore) -> None:
    while True:
        try:
            await asyncio.to_thread(documents.tidy, _caches())
        except OSError as error:  # it goes on with the next round: a disk that is away for a moment may come back
            LOG.warning("old documents can't be deleted: %s", error.strerror)
        await asyncio.sleep(min(MOST_BETWEEN_S, documents.seconds))


def _caches():
    """Return where the flow keeps indexes and downloads; nothing if the flow isn't served."""
    try:
        from chat_with_pdf.cache import cache_folder
    except ImportError:
        return []
    return [cache_folder("indexes"), cache_folder("documents")]
