"""The playground: a page at `/` to try the flows, of static files that need no build and no other site."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import FileResponse
from starlette.exceptions import HTTPException

from src.flow_service.settings import ServiceSettings

FOLDER = Path(__file__).parent / "static"
# Set here, since systems map .js to different types, and browsers run scripts of the right type only.
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
# Answers and documents are untrusted: only our scripts run, and they cannot turn a text into HTML.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


def mount_playground(app: FastAPI, settings: ServiceSettings) -> None:
    """Add the page, its files under `/playground/`, and the facts that it needs about the service.

    All of this is public; the page asks for a key or a token where the flows need one.
    """
    files = {path.name: path for path in FOLDER.iterdir() if path.suffix in TYPES}
    about = facts(settings)

    @app.get("/", include_in_schema=False)
    async def page() -> FileResponse:
        return _file(files["index.html"])

    @app.get("/favicon.ico", include_in_schema=False)  # requested by browsers when they show a PDF
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


def facts(settings: ServiceSettings) -> dict[str, Any]:
    """Return what the page needs to know before its first request."""
    serving = settings.serving
    accepted = {"key": bool(serving.keys), "token": bool(serving.entra.issuer)}
    return {
        "emulator": settings.aoai.emulator is not None,
        "credentials": [name for name, is_accepted in accepted.items() if is_accepted],
        "document_megabytes": serving.limits.document_megabytes,
        "document_minutes": serving.limits.documents_minutes,
    }


def _file(path: Path) -> FileResponse:
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}
    return FileResponse(path, media_type=TYPES[path.suffix], headers=headers)
