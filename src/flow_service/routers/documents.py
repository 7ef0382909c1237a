"""Documents for flows: stored for a while, and served."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse

from mlops.common.paths import DOCUMENTS
from src.flow_service.documents import DocumentStore
from src.flow_service.problems import Problem, responses
from src.flow_service.schemas import StoredDocument

PDF = "application/pdf"
# The browser's viewer may show it; nothing inside it may load or run anything, and no other site may frame it.
SAFE_HEADERS = {
    "Content-Disposition": 'inline; filename="document.pdf"',
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; "
    "frame-ancestors 'self'",
    "X-Frame-Options": "SAMEORIGIN",
    "Cache-Control": "private, no-store",
}
BODY = {"requestBody": {"required": True, "content": {PDF: {"schema": {"type": "string", "format": "binary"}}}}}
READ = {200: {"content": {PDF: {}}}, **responses(401, 403, 404, 429)}


def documents_router(store: DocumentStore) -> APIRouter:
    """Return the paths of documents."""
    router = APIRouter(tags=["documents"])
    samples = {path.name: path for path in DOCUMENTS.glob("*.pdf")}

    @router.post(
        "/documents",
        status_code=201,
        openapi_extra=BODY,
        responses=responses(400, 401, 403, 408, 413, 422, 429, 507),
    )
    async def store_document(request: Request) -> StoredDocument:
        """Store a PDF, sent as the body; flows take the returned `pdf_url` for a limited time."""
        if request.headers.get("Content-Type", "").startswith("multipart/"):
            raise Problem(422, "no_pdf", "send the PDF itself as the body, not a form: curl --data-binary @FILE")
        pdf_url, size = await store.store(request.stream())
        return StoredDocument(pdf_url=pdf_url, bytes=size, expires_in_seconds=store.seconds)

    @router.get("/documents/{identifier}", response_class=FileResponse, responses=READ)
    async def read_document(identifier: str) -> FileResponse:
        """Return a stored PDF; a browser opens page 3 at #page=3."""
        return FileResponse(store.find(identifier), media_type=PDF, headers=SAFE_HEADERS)

    @router.get("/data/documents/{name}", response_class=FileResponse, responses=READ)
    async def read_sample(name: str) -> FileResponse:
        """Return a sample document, under the path that the flow takes."""
        if name not in samples:
            raise Problem(404, "unknown_document", "there is no such sample document")
        return FileResponse(samples[name], media_type=PDF, headers=SAFE_HEADERS)

    return router
