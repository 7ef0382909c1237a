"""A folder of files, served as by a public web site: `GET /documents/{name}`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response


def documents(folder: Path | None) -> Callable[[Request], Awaitable[Response]]:
    """The handler that serves a folder's files.

    Only files directly in the folder are served: none in subfolders, none through links that lead outside, none whose
    name starts with a dot. Responses have the file's media type and an entity tag, and support byte ranges.

    Args:
        folder: the folder; None for no files at all.

    Raises:
        ValueError: if there is no such folder.
    """
    if folder is None:
        return _nothing
    if not folder.is_dir():
        raise ValueError(f"The folder of documents '{folder}' does not exist.")
    from starlette.staticfiles import StaticFiles

    files = StaticFiles(directory=folder)

    async def answer(request: Request) -> Response:
        name = request.path_params["name"]
        if name.startswith(".") or "\\" in name or "\0" in name:
            raise HTTPException(404)
        return await files.get_response(name, request.scope)

    return answer


async def _nothing(request: Request) -> Response:
    raise HTTPException(404)
