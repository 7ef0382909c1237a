"""What was added to a page: the values of its form's fields, texts put over it, comments, and files pinned to it."""

import ctypes
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium

Box = tuple[float, float, float, float]  # left, bottom, right and top, in points
MOST = 2_000  # annotations of a page, that are looked at
UNSEEN = 1 << 1 | 1 << 5  # hidden, or not to be viewed (ISO 32000-1, table 165)
PASSWORD = 1 << 13  # a text field whose value is not shown (table 228)
MARKING = {  # those of a text (12.5.6.10), and what is said of one without a comment
    pdfium.FPDF_ANNOT_HIGHLIGHT: "",
    pdfium.FPDF_ANNOT_UNDERLINE: "",
    pdfium.FPDF_ANNOT_SQUIGGLY: "",
    pdfium.FPDF_ANNOT_STRIKEOUT: "Struck out",
}
NO_COMMENT = (pdfium.FPDF_ANNOT_LINK, pdfium.FPDF_ANNOT_POPUP, pdfium.FPDF_ANNOT_WIDGET)
BUTTONS = (pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON)
CHOICES = (pdfium.FPDF_FORMFIELD_COMBOBOX, pdfium.FPDF_FORMFIELD_LISTBOX)


class Note(NamedTuple):
    """Something that was added to a page at a place.

    Attributes:
        text: what it says.
        box: its place.
        name: what the form calls a field, for one without a label; empty for what is no field.
        is_button: whether it is a box to be ticked, which mostly stands before its label.
    """

    text: str
    box: Box
    name: str = ""
    is_button: bool = False


class Notes(NamedTuple):
    """What was added to a page.

    Attributes:
        placed: what stands in the page as its text does.
        comments: what is said about the page, one line for each comment.
        files: the names of the files that are pinned to it.
    """

    placed: list[Note]
    comments: list[str]
    files: list[str]


def notes_of(page: pypdfium2.PdfPage, text_page: pypdfium2.PdfTextPage) -> Notes:
    """Return what was added to a page and can be seen."""
    notes = Notes([], [], [])
    for number in range(min(MOST, pdfium.FPDFPage_GetAnnotCount(page.raw))):
        annotation = pdfium.FPDFPage_GetAnnot(page.raw, number)
        if not annotation:
            continue
        try:
            if not pdfium.FPDFAnnot_GetFlags(annotation) & UNSEEN:
                _take(annotation, page, text_page, notes)
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)
    return notes


def _take(annotation, page: pypdfium2.PdfPage, text_page: pypdfium2.PdfTextPage, notes: Notes) -> None:
    kind = pdfium.FPDFAnnot_GetSubtype(annotation)
    contents = _on_one_line(_value(annotation, b"Contents"))
    box = _box(annotation)
    if kind == pdfium.FPDF_ANNOT_WIDGET:
        if page.formenv:
            notes.placed.extend(_field(annotation, page.formenv.raw, box))
    elif kind == pdfium.FPDF_ANNOT_FREETEXT:
        if contents:
            notes.placed.append(Note(contents, box))
    elif kind == pdfium.FPDF_ANNOT_FILEATTACHMENT:
        if attached := pdfium.FPDFAnnot_GetFileAttachment(annotation):
            notes.files.append(_text(partial(pdfium.FPDFAttachment_GetName, attached)))
    elif kind in NO_COMMENT or pdfium.FPDFAnnot_HasKey(annotation, b"StateModel"):
        return  # the latter says that somebody has read a comment
    else:
        marked = _marked(annotation) or [box] if kind in MARKING else []
        notes.comments.extend(_comment(kind, contents, _value(annotation, b"T"), marked, text_page))


def _comment(
    kind: int, contents: str, author: str, marked_boxes: Sequence[Box], text_page: pypdfium2.PdfTextPage
) -> Iterator[str]:
    """Yield the line that a comment is, if there is anything to say."""
    said = "Comment" if contents else MARKING.get(kind)
    if said:
        marked = " ".join(_on_one_line(text_page.get_text_bounded(*part)) for part in marked_boxes)
        by = f" by {_on_one_line(author)}" if author.strip() else ""
        about = f' on "{marked}"' if marked and contents else ""
        yield f"{said}{by}{about}: {contents or marked}"


def _field(annotation, form, box: Box) -> Iterator[Note]:
    """Yield what a field of a form shows; nothing where it is empty or a button to press."""
    kind = pdfium.FPDFAnnot_GetFormFieldType(form, annotation)
    name = _text(partial(pdfium.FPDFAnnot_GetFormFieldAlternateName, form, annotation))
    name = _on_one_line(name or _text(partial(pdfium.FPDFAnnot_GetFormFieldName, form, annotation)))
    value = _text(partial(pdfium.FPDFAnnot_GetFormFieldValue, form, annotation))
    if kind in BUTTONS:
        # Some programs store only the field's value, and leave it to the reader to tick the box.
        chosen = _text(partial(pdfium.FPDFAnnot_GetFormFieldExportValue, form, annotation)) == value not in ("", "Off")
        is_checked = chosen or pdfium.FPDFAnnot_IsChecked(form, annotation)
        yield Note("[x]" if is_checked else "[ ]", box, name, True)
        return
    if kind in CHOICES:
        value = ", ".join(_chosen(annotation, form)) or value
    elif kind != pdfium.FPDF_FORMFIELD_TEXTFIELD:
        return
    elif pdfium.FPDFAnnot_GetFormFieldFlags(form, annotation) & PASSWORD:
        value = ""
    if value.strip():
        yield Note(_on_one_line(value), box, name)


def _chosen(annotation, form) -> Iterator[str]:
    """Yield the labels of what is chosen from a list; the field's value may be another word for it."""
    for option in range(min(MOST, pdfium.FPDFAnnot_GetOptionCount(form, annotation))):
        if pdfium.FPDFAnnot_IsOptionSelected(form, annotation, option):
            yield _text(partial(pdfium.FPDFAnnot_GetOptionLabel, form, annotation, option))


def _box(annotation) -> Box:
    box = pdfium.FS_RECTF()
    pdfium.FPDFAnnot_GetRect(annotation, box)
    (left, right), (bottom, top) = sorted((box.left, box.right)), sorted((box.bottom, box.top))
    return left, bottom, right, top


def _marked(annotation) -> list[Box]:
    """Return the boxes of what is marked, one for each line of text, as far as the annotation has them."""
    boxes = []
    corners = pdfium.FS_QUADPOINTSF()
    for number in range(min(MOST, pdfium.FPDFAnnot_CountAttachmentPoints(annotation))):
        if pdfium.FPDFAnnot_GetAttachmentPoints(annotation, number, corners):
            across = corners.x1, corners.x2, corners.x3, corners.x4
            up = corners.y1, corners.y2, corners.y3, corners.y4
            boxes.append((min(across), min(up), max(across), max(up)))
    return boxes


def _value(annotation, key: bytes) -> str:
    return _text(partial(pdfium.FPDFAnnot_GetStringValue, annotation, key))


def _text(written: Callable[..., int]) -> str:
    """Return a text that a function of PDFium writes to a buffer, whose size in bytes it returns."""
    size = written(None, 0)
    if size <= 2:
        return ""
    buffer = (ctypes.c_ushort * (size // 2))()
    written(buffer, size)
    return bytes(buffer).decode("utf-16-le", "ignore").rstrip("\0")


def _on_one_line(text: str) -> str:
    """Return a text on one line, with a comma where a line ended without any sign."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    joined = ""
    for line in filter(None, lines):
        joined += ("" if not joined else " " if not joined[-1].isalnum() else ", ") + line
    return joined
