"""The text of a PDF, page by page, read in a process of its own.

A PDF from a stranger is a program for a reader of half a million lines of C++. The process that runs it has little
memory, little time, and none of the environment's secrets; if it crashes, one document failed, and the service keeps
running.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from .errors import DocumentError
from .hyphens import settle
from .unread import remark

SECONDS = 60
MEGABYTES = 2048  # address space, of which PDFium takes little
LONGEST = 5_000  # pages
MOST_CHARACTERS = 20_000_000
END_MARK = b"%%EOF"  # ISO 32000-1, 7.5.5; a file that was changed, or is made for the web, has several
CONTINUES = re.compile(rb"\d\s+\d+\s+obj\b")  # after its last end: the file has more of a PDF, but not all
FAULTS = {
    "encrypted": "the document is encrypted: save it without a password",
    "broken": "the document is broken and can't be read: {detail}",
    "empty": "the document holds no text and no images",
    "scanned": "the document holds images of text, but no text: run it through text recognition (OCR) first",
    "unmapped": "the document's fonts do not tell which letters they show: run it through text recognition (OCR) first",
    "xfa": "the document is an XFA form, which only Adobe's programs can show: print it to a PDF there first",
    "giant": f"the document is too large: more than {LONGEST:,} pages or {MOST_CHARACTERS:,} characters of text",
}
# What a process needs to find its libraries; a stranger's document must not see the rest of the environment.
PASSED_ON = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TEMP", "TMP", "LANG", "LC_ALL")


@dataclass(frozen=True)
class Document:
    """What was read of a PDF.

    Attributes:
        pages: the text of every page; one without text is an empty string.
        unread: what of it was not read, in a sentence or more; empty if all was.
    """

    pages: list[str]
    unread: str


def read_pages(document: bytes, name: str, seconds: float = SECONDS) -> list[str]:
    """Return the text of every page of a PDF, as `read_document` does."""
    return read_document(document, name, seconds).pages


def read_document(document: bytes, name: str, seconds: float = SECONDS) -> Document:
    """Read a PDF.

    Args:
        document: the bytes of the PDF; what follows its end, as mail programs and web servers append, is left out.
        name: what error messages call it.
        seconds: how long it may take.

    Raises:
        DocumentError: it is cut off, broken, encrypted, scanned, empty, too large, or takes too long.
    """
    end = document.rfind(END_MARK) + len(END_MARK)
    if end < len(END_MARK) or CONTINUES.search(document, end):
        raise DocumentError(f"{name}: the document is cut off: its end is missing")
    package = Path(__file__).parent
    try:
        result = subprocess.run(
            [sys.executable, "-m", f"{package.name}.pdf_reader", str(LONGEST), str(MOST_CHARACTERS), str(MEGABYTES)],
            cwd=package.parent,
            env={name: os.environ[name] for name in PASSED_ON if name in os.environ},
            input=document[:end],
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
    return Document(settle(answer["pages"]), remark(answer.get("unread", {})))
