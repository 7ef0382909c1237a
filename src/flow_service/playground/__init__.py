"""The playground: a page at `/` to try the flows with, made of files that need no build and fetch nothing elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import FileResponse
from starlette.exceptions import HTTPException

from src.flow_service.settings import Settings

FOLDER = Path(__file__).parent / "static"
# Said here, since what a system believes about .js differs, and a browser runs no script of another type.
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
# Answers and documents are not to be trusted: no script but ours runs, and none of ours can make HTML of a text.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


def mount_playground(app: FastAPI, settings: Settings) -> None:
    """Add the page, its files under `/playground/`, and what it has to know of the service.

    All of this is open to anybody; the page asks for a key or a token where the flows need one.
    """
    files = {path.name: path for path in FOLDER.iterdir() if path.suffix in TYPES}
    about = facts(settings)

    @app.get("/", include_in_schema=False)
    async def page() -> FileResponse:
        return _file(files["index.html"])

    @app.get("/favicon.ico", include_in_schema=False)  # which browsers ask for when they show a PDF
    async def icon() -> FileResponse:
        return _file(files["icon.svg"])

    @app.get("/playground/about", include_in_schema=False)
    async def about_the_service() -> dict[str, Any]:
        return about

    @app.get("/playground/{name}", include_in_schema=False)
    async def file(name: str) -> FileResponse:
        if name not in files:
            raise HTTPException(404)
        return _file(files[name])


def facts(settings: Settings) -> dict[str, Any]:
    """Return what the page has to know before it may ask for anything."""
    serving = settings.serving
    shown = {"key": bool(serving.keys), "token": bool(serving.entra.issuer)}
    return {
        "emulator": settings.aoai.emulator is not None,
        "credentials": [name for name, taken in shown.items() if taken],
        "document_megabytes": serving.limits.document_megabytes,
        "document_minutes": serving.limits.documents_minutes,
    }


def _file(path: Path) -> FileResponse:
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}
    return FileResponse(path, media_type=TYPES[path.suffix], headers=headers)
