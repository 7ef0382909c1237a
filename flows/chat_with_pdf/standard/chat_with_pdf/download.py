"""Downloads a document from a URL that may come from a stranger."""

from __future__ import annotations

from typing import BinaryIO

from guarded_web.fetch import FetchError, Limits, receive, shown

from .errors import DocumentError

__all__ = ["Limits", "check_mark", "download"]

PDF_MARK = b"%PDF-"
MARK_WITHIN = 1024  # bytes; readers accept some before the mark (ISO 32000-1, annex H.3, note 13)


async def download(url: str, file: BinaryIO, allow_loopback: bool = False, limits: Limits | None = None) -> None:
    """Write the PDF behind a URL to a file; `guarded_web.fetch` tells what is allowed.

    Raises:
        DocumentError: the URL is not allowed, the server failed, or what it sends is too big, too slow or no PDF.
    """
    head = b""

    def take(chunk: bytes) -> None:
        nonlocal head
        if len(head) < MARK_WITHIN:
            head += chunk[:MARK_WITHIN]
            if len(head) >= MARK_WITHIN:
                check_mark(head, shown(url))  # what is no PDF need not be had as a whole
        file.write(chunk)

    try:
        await receive(
            url, take, allow_loopback=allow_loopback, limits=limits, headers={"accept": "application/pdf"}
        )
    except FetchError as error:
        raise DocumentError(str(error)) from None
    check_mark(head, shown(url))


def check_mark(head: bytes, name: str) -> None:
    """Check that a document's first bytes are those of a PDF.

    Raises:
        DocumentError: they are not.
    """
    if PDF_MARK not in head[:MARK_WITHIN]:
        raise DocumentError(f"{name}: this is no PDF, whatever its name or type says")
