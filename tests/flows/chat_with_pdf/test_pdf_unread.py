"""What of a document is not read: found, told in a sentence, kept with the index, and told with an answer."""

import asyncio
import logging
import re
from pathlib import Path

import pytest
from chat_with_pdf.chat import followed_by
from chat_with_pdf.errors import DocumentError
from chat_with_pdf.index import find_index, open_index
from chat_with_pdf.pages import FAULTS, read_document
from chat_with_pdf.settings import Settings
from chat_with_pdf.unread import remark
from hypothesis import given
from hypothesis import strategies as st
from pdf_samples import annotated_pdf, drawn, pdf_of, scanned_pdf
from reportlab.pdfbase import pdfmetrics

CASES = Path(__file__).parent / "cases"
HALF = (CASES / "half_scanned.pdf").read_bytes()
REMARK = "Pages 2, 4 and 5 have no text that can be read."


def test_pages_without_text_among_others_are_named():
    document = read_document(HALF, "g")
    assert document.unread == REMARK
    assert [number for number, page in enumerate(document.pages, 1) if not page] == [2, 4, 5]


def test_blank_pages_and_small_pictures_are_nothing_that_was_not_read():
    assert read_document(pdf_of([["One."], [], ["Three."]]), "g").unread == ""


def test_scans_that_all_bear_the_same_stamp_are_scans():
    cover = "This cover says enough to talk about, and says more than any stamp does."
    stamped = scanned_pdf(pages=3, stamp=cover, on_each="SOCIETY ARCHIVES 000123")
    assert read_document(stamped, "g").unread == "Pages 2 to 4 have no text that can be read."
    with pytest.raises(DocumentError, match=re.escape(FAULTS["scanned"])):
        read_document(scanned_pdf(pages=3, on_each="SOCIETY ARCHIVES 000123"), "g")


def test_letters_that_are_drawn_as_lines_are_not_read():
    with drawn() as (canvas, file):
        canvas.drawString(50, 700, "A page with more text than a stamp has.")
        canvas.showPage()
        for number in range(60):
            canvas.line(50 + 5 * number, 700, 53 + 5 * number, 710)
        canvas.showPage()
    assert read_document(file.getvalue(), "g").unread == "Page 2 has no text that can be read."


def unmapped_pdf(*lines: str, readable: str = "") -> bytes:
    """A document in a font that is drawn but does not tell its letters; a readable page comes first."""
    from reportlab.pdfbase.ttfonts import TTFont

    pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))
    with drawn(pageCompression=0) as (canvas, file):
        if readable:
            canvas.drawString(50, 700, readable)
            canvas.showPage()
        canvas.setFont("Vera", 11)
        for number, line in enumerate(lines):
            canvas.drawString(50, 700 - 14 * number, line)
    # Cyrillic letters get codes of their own, which the table that is taken away would translate.
    return file.getvalue().replace(b"/ToUnicode", b"/NoUnicode")


def test_pages_in_fonts_that_do_not_tell_their_letters_are_named_and_their_codes_are_no_text():
    text = "ŁĄĆĘŃŚŹŻ łąćęńśźż ŁĄĆĘŃŚŹŻ łąćęńśźż"
    document = read_document(unmapped_pdf(text, text, readable="The first page can be read by all."), "g")
    assert document.unread == "Page 2 is in fonts that do not tell their letters, so not all of it was read."
    assert document.pages[0] == "The first page can be read by all."
    assert not any(character.isalnum() for character in document.pages[1])
    with pytest.raises(DocumentError, match=re.escape(FAULTS["unmapped"])):
        read_document(unmapped_pdf(text, text), "g")


@given(st.sets(st.integers(1, 60), min_size=1))
def test_a_remark_names_the_pages_and_no_others(pages):
    said = remark({"images": sorted(pages)})
    named = set()
    for first, last in re.findall(r"(\d+)(?: to (\d+))?", said):
        named |= set(range(int(first), int(last or first) + 1))
    assert named == pages


def test_a_remark_is_empty_where_all_was_read_and_a_stranger_cannot_make_it_long():
    assert remark({}) == remark({"images": [], "attachments": [], "xfa": False}) == ""
    assert len(remark({"attachments": ["x\n" * 500] * 100})) < 1000


# With the index and the answer


@pytest.fixture
def to_answer(models, monkeypatch, to_models, save):
    """Ask the node that answers about a document, with a conversation so far."""
    import answer_question as node
    from model_server import KEY
    from promptflow.connections import OpenAIConnection

    models.answer = lambda chat: "Thirty days [p. 1]."
    connection = OpenAIConnection(api_key=KEY, base_url=f"{models.endpoint}/v1")

    def ask(document: bytes, history=()):
        async def run():
            index = await find_index(save(document), Settings(), to_models)
            context = [{"page": 1, "text": "The baker pays within thirty days."}]
            turns = [{"inputs": {"question": "?"}, "outputs": {"answer": text}} for text in history]
            question = "When does the baker pay?"
            return await node.answer_question(question, context, str(index), turns, {}, False, connection)

        return asyncio.run(run())

    return ask


def test_an_answer_is_followed_by_what_was_not_read_once_in_a_conversation(to_answer):
    told = to_answer(HALF)
    assert told == f"Thirty days [p. 1].\n\n({REMARK})"
    assert to_answer(HALF, [told, "Yes."]) == "Thirty days [p. 1]."
    assert to_answer(pdf_of(), ["Yes."]) == "Thirty days [p. 1]."


@pytest.mark.parametrize("end, expected", [("", ["a", "b"]), ("(c)", ["a", "b", "(c)"])])
def test_a_streamed_answer_ends_with_what_follows_it(end, expected):
    async def pieces():
        yield "a"
        yield "b"

    async def all_of():
        return [piece async for piece in followed_by(pieces(), end)]

    assert asyncio.run(all_of()) == expected


def test_the_model_is_asked_the_same_whether_all_was_read_or_not(to_answer, models):
    to_answer(pdf_of([["One page."]]))
    to_answer(annotated_pdf(pdf_of([["One page."]]), files=["a.txt"]))
    assert models.chats[0] == models.chats[1]


def test_the_index_and_the_log_have_what_was_not_read(save, to_models, caplog):
    with caplog.at_level(logging.WARNING):
        path = asyncio.run(find_index(save(HALF), Settings(), to_models))
    assert open_index(path).unread == REMARK
    assert [record.getMessage() for record in caplog.records] == [f"document.pdf: {REMARK}"]
