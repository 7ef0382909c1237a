"""Real PDFs of every kind, made with reportlab."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

HANDBOOK = (
    ["The town library opens at nine in the morning.", "It closes at six in the evening."],
    ["Members pay twelve euros a year.", "Students pay half of that."],
    ["The cellar holds maps of the harbour."],
)


@contextmanager
def drawn(**options: object) -> Iterator[tuple[Canvas, io.BytesIO]]:
    """A canvas, and the file that holds the document afterwards."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(595, 842), **options)
    yield canvas, file
    canvas.save()


def pdf_of(pages: Sequence[Sequence[str]] = HANDBOOK, font: str = "Helvetica", **options: object) -> bytes:
    """A document of pages of lines."""
    with drawn(**options) as (canvas, file):
        for lines in pages:
            canvas.setFont(font, 11)
            for number, line in enumerate(lines):
                canvas.drawString(50, 790 - 14 * number, line)
            canvas.showPage()
    return file.getvalue()


def encrypted_pdf(password: str) -> bytes:
    """A document that asks for a password; an empty one every reader knows."""
    return pdf_of(encrypt=StandardEncryption(password, ownerPassword="owner", strength=128))


def chinese_pdf(line: str) -> bytes:
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    return pdf_of([[line]], font="STSong-Light")


def scanned_pdf(pages: int = 1, stamp: str = "") -> bytes:
    """Pages that are images; a stamp is a line of text on a page of its own before them."""
    from reportlab.lib.utils import ImageReader

    with drawn() as (canvas, file):
        if stamp:
            canvas.drawString(50, 790, stamp)
            canvas.showPage()
        for _ in range(pages):
            canvas.drawImage(ImageReader(io.BytesIO(_png())), 0, 0, 595, 842)
            canvas.showPage()
    return file.getvalue()


def blank_pdf() -> bytes:
    with drawn() as (canvas, file):
        canvas.showPage()
    return file.getvalue()


def zip_file() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", "<document/>" * 200)
    return file.getvalue()


def _png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    header = (8).to_bytes(4, "big") * 2 + bytes((8, 0, 0, 0, 0))
    rows = zlib.compress((b"\0" + bytes(range(0, 256, 32))) * 8)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
