"""Deletes expired files of callers, whether or not there are requests."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from src.flow_service.documents import DocumentStore
from src.flow_service.failures import LOG

MAX_INTERVAL_S = 60


@contextlib.asynccontextmanager
async def housekeeping(documents: DocumentStore, caches: Sequence[Path] = ()) -> AsyncIterator[None]:
    """Delete expired files every minute while the block lasts.

    Args:
        documents: the uploaded documents.
        caches: folders of files that flows derived or fetched.
    """
    task = asyncio.ensure_future(_delete_expired(documents, caches))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _delete_expired(documents: DocumentStore, caches: Sequence[Path]) -> None:
    while True:
        try:
            await asyncio.to_thread(documents.delete_expired, caches)
        except OSError as error:  # retried next time: the disk may be back
            LOG.warning("old documents can't be deleted: %s", error.strerror)
        await asyncio.sleep(min(MAX_INTERVAL_S, documents.seconds))
