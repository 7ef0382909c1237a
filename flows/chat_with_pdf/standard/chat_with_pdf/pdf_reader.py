"""Reads a PDF from standard input and writes its pages to standard output; `pages` runs it as a process.

    python -m chat_with_pdf.pdf_reader LONGEST MOST_CHARACTERS MEGABYTES < document.pdf

The answer is {"pages": [text, ...]}, or {"fault": one of the faults of `pages`, "detail": what PDFium says}.
"""

import ctypes
import json
import re
import statistics
import sys
from collections.abc import Callable

import pypdfium2
import pypdfium2.raw as pdfium

NO_TEXT = 16  # letters and digits on a page, on average: a stamp or a page number is no text
HYPHENATED = re.compile("(?<=\\w)[\u00ad\ufffe\x02]\\s*\\n?")  # PDFium writes U+FFFE for a hyphen at a line's end
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udfff]")
SPACE_IN_LINE = re.compile(r"(?<=[^\s•▪◦‣–*-])[ \xa0]+(?=\S)")  # but none after the bullet of a list
SPACES = re.compile(r"[^\S\n]+")
CELL_BREAK = " | "
CELL_GAP = 1.1  # in units of the font's size; justified lines mostly have gaps of less than half of that
SHORT_LINE = 30  # characters: a row of a table or list, and less than a column of running text
ENDS = (".", "!", "?", ":", ";", "…")


def read(document: bytes, longest: int, most_characters: int) -> dict:
    """Return the pages of a PDF, or what is wrong with it."""
    try:
        pdf = pypdfium2.PdfDocument(document)
    except pypdfium2.PdfiumError as error:
        encrypted = getattr(error, "err_code", None) == pdfium.FPDF_ERR_PASSWORD
        return {"fault": "encrypted" if encrypted else "broken", "detail": str(error)}
    if len(pdf) > longest:
        return {"fault": "giant"}
    pages, characters, images = [], 0, 0
    for number in range(len(pdf)):
        try:
            page = pdf[number]
            raw = text_of(page.get_textpage())
            images += not raw.strip() and any(page.get_objects([pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3))
            page.close()
        except pypdfium2.PdfiumError as error:
            return {"fault": "broken", "detail": f"page {number + 1}: {error}"}
        characters += len(raw)
        if characters > most_characters:
            return {"fault": "giant"}
        pages.append(clean(raw))
    return {"pages": pages} if pages and has_text(pages, images) else {"fault": "scanned" if images else "empty"}


def text_of(page: pypdfium2.PdfTextPage) -> str:
    """Return the text of a page as PDFium has it, but with CELL_BREAK where a gap parts the cells of a table's row."""
    text = page.get_text_range()
    if len(text) != page.count_chars():  # characters beyond the basic plane: no place in the text is sure
        return page.get_text_bounded()
    gap = gaps_in(page)
    parts, end = [], 0
    for space in SPACE_IN_LINE.finditer(text):
        if gap(space.start() - 1, space.end()) > CELL_GAP:
            parts += [text[end:space.start()], CELL_BREAK]
            end = space.end()
    return "".join([*parts, text[end:]])


def gaps_in(page: pypdfium2.PdfTextPage) -> Callable[[int, int], float]:
    """Return the function that tells the gap between two characters in units of the font's size.

    It is 0 where the document itself has a space: the gaps between cells are those that PDFium has put a space into.
    """
    left, right, unused = (ctypes.c_double() for _ in range(3))
    handle = page.raw  # a page has thousands of gaps, and the wrapper's own calls take several times as long

    def gap(before: int, after: int) -> float:
        if pdfium.FPDFText_IsGenerated(handle, after - 1) != 1:
            return 0.0
        pdfium.FPDFText_GetCharBox(handle, before, unused, right, unused, unused)
        pdfium.FPDFText_GetCharBox(handle, after, left, unused, unused, unused)
        return (left.value - right.value) / (pdfium.FPDFText_GetFontSize(handle, after) or 1.0)

    return gap


def has_text(pages: list, images: int) -> bool:
    """Whether there is enough text to talk about: any at all, and more than stamps where pages are images."""
    letters = sum(character.isalnum() for page in pages for character in page)
    return letters >= NO_TEXT * images and letters > 0


def clean(raw: str) -> str:
    """Return the text of a page: words whole again, a paragraph on one line, headings and table rows on their own."""
    text = HYPHENATED.sub("", raw.replace("\r\n", "\n").replace("\r", "\n"))
    lines = [SPACES.sub(" ", line).strip() for line in CONTROLS.sub(" ", text).split("\n")]
    lines = [line for line in lines if line]
    if not lines:
        return ""
    # A line that is nearly as long as the page's long ones goes on in the next.
    lengths = [*map(len, lines), len(lines[0])]
    full = max(SHORT_LINE, 0.75 * statistics.quantiles(lengths, n=10, method="inclusive")[8])
    joined = lines[:1]
    for before, line in zip(lines, lines[1:]):
        goes_on = len(before) >= full and (not before.endswith(ENDS) or line[0].islower())
        if goes_on and CELL_BREAK not in before + line:
            joined[-1] += " " + line
        else:
            joined.append(line)
    return "\n".join(joined)


def limit_memory(megabytes: int) -> None:
    """Let this process have no more address space than that, where the system knows such a limit."""
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (megabytes * 2**20,) * 2)


if __name__ == "__main__":
    longest, most_characters, megabytes = map(int, sys.argv[1:])
    limit_memory(megabytes)
    answer = read(sys.stdin.buffer.read(), longest, most_characters)
    sys.stdout.buffer.write(json.dumps(answer).encode())
