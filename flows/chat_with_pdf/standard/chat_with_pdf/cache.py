"""Where documents and indexes are kept, and work that many request at a time but one has to do."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Awaitable, Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

FOLDER_VARIABLE = "CHAT_WITH_PDF_CACHE"
_UNDER_WAY: dict[tuple, asyncio.Future] = {}


def cache_folder(kind: str) -> Path:
    """Return the folder for one kind of files, made if need be: `.cache/chat_with_pdf/<kind>` of this repository.

    The environment variable CHAT_WITH_PDF_CACHE names another place for `.cache/chat_with_pdf`, such as a shared disk;
    a relative one is relative to the repository. A flow that was copied out of the repository keeps its files in the
    folder for temporary ones.
    """
    folder = base_folder() / (os.environ.get(FOLDER_VARIABLE) or Path(".cache", "chat_with_pdf")) / kind
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


@lru_cache
def base_folder() -> Path:
    """Return the repository, or the folder for temporary files where there is none around this flow."""
    flow = Path(__file__).resolve().parents[1]  # as <repository>/flows/chat_with_pdf/standard
    above = list(flow.parents)
    in_repository = len(above) > 2 and (above[2] / "flows").is_dir()
    return above[2] if in_repository else Path(tempfile.gettempdir())


async def once(key: tuple, work: Callable[[], Awaitable[Any]]) -> Any:
    """Return what a piece of work returns, done once for all callers in this event loop that ask while it is running.

    A later caller has it done again. A cancelled line leaves the work to the others.
    """
    key = (asyncio.get_running_loop(), *key)
    if key not in _UNDER_WAY:
        _UNDER_WAY[key] = asyncio.ensure_future(work())
        _UNDER_WAY[key].add_done_callback(lambda _: _UNDER_WAY.pop(key))
    return await asyncio.shield(_UNDER_WAY[key])
