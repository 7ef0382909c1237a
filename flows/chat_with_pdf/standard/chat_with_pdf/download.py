"""Downloads a document from a URL that may come from a stranger."""

from __future__ import annotations

from dataclasses import replace
from typing import IO

from guarded_web.fetch import FetchError, Limits, TransientFetchError, display_url, receive
from guarded_web.retries import retried

from .errors import DocumentError

__all__ = ["Limits", "check_mark", "download"]

PDF_MARK = b"%PDF-"
MARK_WITHIN = 1024  # bytes; readers accept some before the mark (ISO 32000-1, annex H.3, note 13)


async def download(url: str, file: IO[bytes], allow_loopback: bool = False, limits: Limits | None = None) -> None:
    """Write the PDF behind a URL to a file; `guarded_web.fetch` says what is allowed.

    Transient faults are retried, as long as the time limit allows.

    Raises:
        DocumentError: the URL is not allowed, the server failed, or what it sends is too big, too slow or no PDF.
    """
    head = b""
    limits = limits or Limits()

    def take(chunk: bytes) -> None:
        nonlocal head
        if len(head) < MARK_WITHIN:
            head += chunk[:MARK_WITHIN]
            if len(head) >= MARK_WITHIN:
                check_mark(head, display_url(url))  # what is no PDF is not downloaded to its end
        file.write(chunk)

    async def attempt(seconds: float) -> None:
        nonlocal head
        head = b""
        file.seek(0)
        file.truncate()
        await receive(
            url,
            take,
            allow_loopback=allow_loopback,
            limits=replace(limits, seconds=seconds),
            headers={"accept": "application/pdf"},
        )

    try:
        await retried(attempt, TransientFetchError, limits.seconds)
    except FetchError as error:
        raise DocumentError(str(error)) from None
    check_mark(head, display_url(url))


def check_mark(head: bytes, name: str) -> None:
    """Check that a document's first bytes are those of a PDF.

    Raises:
        DocumentError: they are not.
    """
    if PDF_MARK not in head[:MARK_WITHIN]:
        raise DocumentError(f"{name}: this is no PDF, whatever its name or type says")
