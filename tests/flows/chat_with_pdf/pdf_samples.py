"""Real PDFs of every kind, made with reportlab."""

from __future__ import annotations

import ctypes
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


def scanned_pdf(pages: int = 1, stamp: str = "", on_each: str = "") -> bytes:
    """Pages that are images; a stamp is text on a page of its own before them, or the same on each of them."""
    from reportlab.lib.utils import ImageReader

    with drawn() as (canvas, file):
        if stamp:
            canvas.drawString(50, 790, stamp)
            canvas.showPage()
        for _ in range(pages):
            canvas.drawImage(ImageReader(io.BytesIO(_png())), 0, 0, 595, 842)
            canvas.drawString(50, 20, on_each)
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


def placed_pdf(*pages: Sequence[tuple], rotation: int = 0, size: tuple[float, float] = (595, 842)) -> bytes:
    """Pages of texts at places, drawn in the order given: (x, y, text), with (…, size, font) where those differ."""
    with drawn() as (canvas, file):
        canvas.setPageSize(size)
        for items in pages:
            if rotation:
                canvas.setPageRotation(rotation)
                canvas.rotate(rotation)
                canvas.translate(0, -size[0])
            for x, y, text, *style in items:
                canvas.setFont(*(style[1:] or ["Helvetica"]), style[0] if style else 11)
                canvas.drawString(x, y, text)
            canvas.showPage()
    return file.getvalue()


def marked_line(y: float, *parts: str, rise: float = 4, size: float = 12, small: float = 7) -> list[tuple]:
    """A line for `placed_pdf` of which every second part is raised (or lowered, with a negative rise) and smaller."""
    items, x = [], 60.0
    for number, part in enumerate(parts):
        is_mark = number % 2 == 1
        items.append((x, y + rise * is_mark, part, small if is_mark else size))
        x += pdfmetrics.stringWidth(part, "Helvetica", small if is_mark else size)
    return items


def two_columns(left: Sequence[str], right: Sequence[str], across: bool = True, lower: float = 0) -> list[tuple]:
    """Lines for `placed_pdf` in two columns, drawn line by line across the page or one column after the other."""
    columns = [
        [(x, 700 - 13 * number - down, line, 10) for number, line in enumerate(lines)]
        for x, down, lines in ((50, 0, left), (310, lower, right))
    ]
    items = [item for column in columns for item in column]
    return sorted(items, key=lambda item: (round((700 - item[1]) / 13 - 0.4), item[0])) if across else items


def raw_pdf(contents: bytes, catalog: bytes = b"", more: Sequence[bytes] = ()) -> bytes:
    """A document of one page that no library would write: its contents, its catalog's, and further objects from 6."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R" + catalog + b">>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        stream_of(contents),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        *more,
    ]
    file, places = b"%PDF-1.7\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(file))
        file += b"%d 0 obj\n" % number + each + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table
    return file + end + b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(file))


def stream_of(content: bytes) -> bytes:
    return b"<</Length %d>>\nstream\n" % len(content) + content + b"\nendstream"


def lines_of_text(*lines: str) -> bytes:
    """The contents of a page with lines, for `raw_pdf`."""
    return b"BT /F 11 Tf 50 700 Td 14 TL " + b" ".join(b"(%s) Tj T*" % line.encode() for line in lines) + b" ET"


def annotated_pdf(document: bytes, *annotations: tuple, files: Sequence[str] = ()) -> bytes:
    """A document with annotations on its first page and files attached.

    Args:
        document: the document.
        annotations: (PDFium's number of the kind, (left, bottom, right, top), contents, author, flags).
        files: the names of the files.
    """
    import pypdfium2
    import pypdfium2.raw as pdfium

    pdf = pypdfium2.PdfDocument(document)
    page = pdf[0]
    for kind, box, contents, author, flags in annotations:
        annotation = pdfium.FPDFPage_CreateAnnot(page.raw, kind)
        left, bottom, right, top = box
        pdfium.FPDFAnnot_SetRect(annotation, pdfium.FS_RECTF(left=left, bottom=bottom, right=right, top=top))
        for key, value in ((b"Contents", contents), (b"T", author)):
            encoded = f"{value}\0".encode("utf-16-le")
            text = (ctypes.c_ushort * (len(encoded) // 2)).from_buffer_copy(encoded)
            pdfium.FPDFAnnot_SetStringValue(annotation, key, text)
        pdfium.FPDFAnnot_SetFlags(annotation, flags)
        pdfium.FPDFPage_CloseAnnot(annotation)
    for name in files:
        pdf.new_attachment(name).set_data(b"content")
    file = io.BytesIO()
    pdf.save(file)
    return file.getvalue()
