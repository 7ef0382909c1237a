"""The text of a PDF, page by page, read in a process of its own.

A PDF from a stranger is a program for a reader of half a million lines of C++. The process that runs it has little
memory, little time, and none of the environment's secrets; if it dies, a document failed, and the service goes on.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from .errors import DocumentError

SECONDS = 60
MEGABYTES = 2048  # address space, of which PDFium takes little
LONGEST = 5_000  # pages
MOST_CHARACTERS = 20_000_000
END_MARK, END_WITHIN = b"%%EOF", 4096  # ISO 32000-1, 7.5.5; readers look for it in the last 1,024 bytes or so
FAULTS = {
    "encrypted": "the document is encrypted: save it without a password",
    "broken": "the document is broken and can't be read: {detail}",
    "empty": "the document holds no text and no images",
    "scanned": "the document holds images of text, but no text: run it through text recognition (OCR) first",
    "giant": f"the document is too large: more than {LONGEST:,} pages or {MOST_CHARACTERS:,} characters of text",
}
# What a process needs to find its libraries; the rest of the environment is none of a stranger's business.
PASSED_ON = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TEMP", "TMP", "LANG", "LC_ALL")


def read_pages(document: bytes, name: str, seconds: float = SECONDS) -> list[str]:
    """Return the text of every page of a PDF; a page without text is an empty string.

    Args:
        document: the bytes of the PDF.
        name: what error messages call it.
        seconds: how long it may take.

    Raises:
        DocumentError: it is cut off, broken, encrypted, scanned, empty, too large, or takes too long.
    """
    if END_MARK not in document[-END_WITHIN:]:
        raise DocumentError(f"{name}: the document is cut off: its end is missing")
    package = Path(__file__).parent
    try:
        result = subprocess.run(
            [sys.executable, "-m", f"{package.name}.pdf_reader", str(LONGEST), str(MOST_CHARACTERS), str(MEGABYTES)],
            cwd=package.parent,
            env={name: os.environ[name] for name in PASSED_ON if name in os.environ},
            input=document,
            capture_output=True,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        raise DocumentError(f"{name}: reading the document takes more than {seconds:.0f} seconds") from None
    try:
        answer = json.loads(result.stdout)
    except ValueError:
        answer = {"fault": "broken", "detail": f"the reader ended with status {result.returncode}"}
    if fault := answer.get("fault"):
        raise DocumentError(f"{name}: " + FAULTS[fault].format(detail=answer.get("detail", "")))
    return answer["pages"]
