"""Reads a PDF from standard input and writes its pages to standard output; `pages` runs it as a process.

    python -m chat_with_pdf.pdf_reader LONGEST MOST_CHARACTERS MEGABYTES < document.pdf

The answer is {"pages": [text, ...], "unread": what `unread.remark` takes}, or {"fault": one of the faults of `pages`,
"detail": what PDFium says}.
"""

import json
import re
import sys
from collections.abc import Sequence

import pypdfium2
import pypdfium2.raw as pdfium

from .reading.columns import in_columns
from .reading.facts import PageFacts, facts_of, fault_of, unread_pages
from .reading.lines import lines_of
from .reading.notes import notes_of
from .reading.places import with_notes
from .reading.runs import UNKNOWN, PageText
from .reading.text import clean, written

XFA = (pdfium.FORMTYPE_XFA_FULL, pdfium.FORMTYPE_XFA_FOREGROUND)
# What such a form shows where it can't be shown itself; Adobe's programs write that page.
PLACEHOLDER = re.compile(r"please wait.{0,200}not eventually replaced", re.IGNORECASE | re.DOTALL)
MOST_FILES = 100


def read(document: bytes, longest: int, most_characters: int) -> dict:
    """Return the pages of a PDF and what of it is not read, or what is wrong with it."""
    try:
        pdf = pypdfium2.PdfDocument(document)
        if pdf.get_formtype() != pdfium.FORMTYPE_NONE:
            pdf.init_forms()
    except pypdfium2.PdfiumError as error:
        encrypted = getattr(error, "err_code", None) == pdfium.FPDF_ERR_PASSWORD
        return {"fault": "encrypted" if encrypted else "broken", "detail": str(error)}
    if len(pdf) > longest:
        return {"fault": "giant"}
    pages, facts, characters = [], [], 0
    files = [pdf.get_attachment(number).get_name() for number in range(min(MOST_FILES, pdf.count_attachments()))]
    for number in range(len(pdf)):
        try:
            page = pdf[number]
            raw, fact, pinned = read_page(page)
            page.close()
        except pypdfium2.PdfiumError as error:
            return {"fault": "broken", "detail": f"page {number + 1}: {error}"}
        characters += len(raw)
        if characters > most_characters:
            return {"fault": "giant"}
        pages.append(clean(raw))
        facts.append(fact)
        files += pinned
    return answer_of(pages, facts, files, pdf.get_formtype())


def read_page(page: pypdfium2.PdfPage) -> tuple[str, PageFacts, Sequence[str]]:
    """Return the text of a page, the facts that show whether it is read, and the names of attached files."""
    text_page = page.get_textpage()
    lines = lines_of(PageText(text_page).runs())
    own = written(in_columns(lines))
    unknown = sum(cell.text.count(UNKNOWN) for line in lines for cell in line.cells)
    if not pdfium.FPDFPage_GetAnnotCount(page.raw):
        return own, facts_of(page, own, unknown), ()
    notes = notes_of(page, text_page)
    raw = "\n".join([written(in_columns(with_notes(lines, notes.placed))), *notes.comments])
    return raw, facts_of(page, own, unknown, raw), notes.files


def answer_of(pages: list[str], facts: Sequence[PageFacts], files: Sequence[str], form: int) -> dict:
    """Return what is answered about a document whose pages are read."""
    waiting = [form in XFA and PLACEHOLDER.search(page) is not None for page in pages]
    if pages and all(waiting):
        return {"fault": "xfa"}
    unread = unread_pages(facts)
    if fault := fault_of(facts, unread):
        return {"fault": fault}
    pages = ["" if waits else page for waits, page in zip(waiting, pages)]
    xfa = form == pdfium.FORMTYPE_XFA_FULL or any(waiting)
    return {"pages": pages, "unread": {**unread, "attachments": list(files)[:MOST_FILES], "xfa": xfa}}


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
