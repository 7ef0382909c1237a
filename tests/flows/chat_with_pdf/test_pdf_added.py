"""What was added to a document: the values of its form, texts over the page, comments, attachments."""

import pypdfium2.raw as pdfium
import pytest
from chat_with_pdf.errors import DocumentError
from chat_with_pdf.pages import FAULTS, read_document, read_pages
from pdf_samples import annotated_pdf, drawn, lines_of_text, pdf_of, placed_pdf, raw_pdf, stream_of

WAIT = (
    "Please wait...",
    "If this message is not eventually replaced by the proper contents of the document, your PDF",
    "viewer may not be able to display this type of document.",
)
SEEN, HIDDEN, NO_VIEW = 4, 2, 32


def form(draw) -> list[str]:
    with drawn() as (canvas, file):
        canvas.setFont("Helvetica", 11)
        draw(canvas, canvas.acroForm)
    return read_pages(file.getvalue(), "g")[0].split("\n")


def test_values_stand_after_their_labels():
    def draw(canvas, fields):
        canvas.drawString(50, 780, "Membership form of the rowing club")
        for y, label in ((740, "Name"), (700, "Address:"), (650, "Boat"), (600, "Sports")):
            canvas.drawString(50, y, label)
        fields.textfield(name="n", value="Ottilie Brandvold", x=150, y=735, width=200, height=18)
        fields.textfield(name="a", value="4 Quay Street\nHarrowgate", x=150, y=680, height=40, fieldFlags="multiline")
        fields.choice(name="b", value="Double", options=[("Single", "s"), ("Double", "d")], x=150, y=645, height=18)
        fields.listbox(
            name="s",
            value=["Rowing", "Diving"],
            options=["Rowing", "Sailing", "Diving"],
            x=150,
            y=570,
            height=50,
            fieldFlags="multiSelect",
        )
        canvas.drawString(50, 500, "The member pays by the first of May.")

    assert form(draw) == [
        "Membership form of the rowing club",
        "Name: Ottilie Brandvold",
        "Address: 4 Quay Street, Harrowgate",
        "Boat: Double",
        "Sports: Rowing, Diving",
        "The member pays by the first of May.",
    ]


def test_boxes_stand_at_the_label_that_is_nearest():
    def draw(canvas, fields):
        fields.checkbox(name="swim", checked=True, x=50, y=697, size=14)
        canvas.drawString(70, 700, "I can swim")
        fields.checkbox(name="news", checked=False, x=50, y=667, size=14)
        canvas.drawString(70, 670, "I want the newsletter")
        canvas.drawString(50, 640, "Insured:")
        fields.checkbox(name="insured", checked=True, x=200, y=637, size=14)
        canvas.drawString(50, 610, "Payment:")
        for x, value in ((130, "monthly"), (230, "yearly")):
            fields.radio(name="pay", value=value, selected=value == "yearly", x=x, y=607, size=14)
            canvas.drawString(x + 18, 610, value)

    assert form(draw) == [
        "[x] I can swim",
        "[ ] I want the newsletter",
        "Insured: [x]",
        "Payment: | [ ] monthly | [x] yearly",
    ]


def test_a_field_without_a_label_is_read_with_its_name_and_one_that_is_empty_or_secret_is_not():
    def draw(canvas, fields):
        canvas.drawString(50, 780, "Form")
        fields.textfield(name="hirer", value="Edda Holm", x=150, y=300, height=18)
        fields.textfield(name="empty", value="", x=150, y=250, height=18)
        fields.textfield(name="password", value="hunter2", x=150, y=200, height=18, fieldFlags="password")

    assert form(draw) == ["Form", "hirer: Edda Holm"]


def test_a_text_over_the_page_stands_where_the_blank_is():
    page = placed_pdf([(60, 700, "Name: ______________________ Town: ____________________"), (60, 660, "Signed on:")])
    kind = pdfium.FPDF_ANNOT_FREETEXT
    filled = annotated_pdf(
        page,
        (kind, (100, 697, 200, 712), "Ottilie Brandvold", "", SEEN),
        (kind, (270, 697, 380, 712), "Harrowgate", "", SEEN),
        (kind, (130, 657, 220, 672), "14 August 2025", "", SEEN),
    )
    expected = "Name: Ottilie Brandvold Town: Harrowgate\nSigned on: 14 August 2025"
    assert read_pages(filled, "g") == [expected]


def test_comments_are_read_with_their_author_and_subject_and_hidden_ones_are_not():
    commented = annotated_pdf(
        placed_pdf([(60, 700, "The fee is 12 euros."), (60, 680, "It may be paid later.")]),
        (pdfium.FPDF_ANNOT_TEXT, (400, 690, 420, 710), "It rises to 15\nin 2026.", "Edda Holm", SEEN),
        (pdfium.FPDF_ANNOT_HIGHLIGHT, (58, 696, 180, 712), "Check this.", "", SEEN),
        (pdfium.FPDF_ANNOT_STRIKEOUT, (58, 676, 180, 692), "", "", SEEN),
        (pdfium.FPDF_ANNOT_TEXT, (400, 600, 420, 620), "A secret.", "X", HIDDEN),
        (pdfium.FPDF_ANNOT_TEXT, (400, 500, 420, 520), "Another.", "X", NO_VIEW),
    )
    assert read_pages(commented, "g")[0].split("\n")[2:] == [
        "Comment by Edda Holm: It rises to 15, in 2026.",
        'Comment on "The fee is 12 euros.": Check this.',
        "Struck out: It may be paid later.",
    ]


def test_attachments_are_named():
    attached = annotated_pdf(pdf_of([["See the accounts."]]), files=["accounts\n2025.xlsx", "map.dwg"])
    expected = "Files attached to the document were not read: accounts 2025.xlsx, map.dwg."
    assert read_document(attached, "g").unread == expected


# XFA


def xfa_pdf(*lines: str, catalog: bytes = b"/NeedsRendering true") -> bytes:
    return raw_pdf(lines_of_text(*lines), b"/AcroForm<</Fields[]/XFA 6 0 R>>" + catalog, [stream_of(b"<xdp/>")])


@pytest.mark.parametrize("catalog", [b"", b"/NeedsRendering true"])
def test_a_form_that_only_some_programs_show_is_reported(catalog):
    with pytest.raises(DocumentError) as caught:
        read_document(xfa_pdf(*WAIT, catalog=catalog), "g")
    assert str(caught.value) == f"g: {FAULTS['xfa']}"


def test_a_form_of_that_kind_that_everybody_can_see_is_read():
    document = read_document(xfa_pdf("The library opens at nine.", catalog=b""), "g")
    assert (document.pages, document.unread) == (["The library opens at nine."], "")


def test_one_whose_placeholder_is_in_another_language_is_read_with_a_warning():
    assert "(XFA)" in read_document(xfa_pdf("Bitte warten. Der Inhalt kommt gleich."), "g").unread


def test_a_document_that_quotes_the_placeholder_is_read():
    [page] = read_pages(raw_pdf(lines_of_text(*WAIT)), "g")
    assert page.startswith("Please wait")
