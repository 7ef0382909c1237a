"""A folder of files as a public web site has them: `GET /documents/{name}`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response


def documents(folder: Path | None) -> Callable[[Request], Awaitable[Response]]:
    """What answers with a folder's files.

    Only the folder's own files are there: none in folders below it, none that a link finds outside it, and none whose
    name begins with a dot. An answer has its file's type, an entity tag and, where it is asked for, a range of bytes.

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
