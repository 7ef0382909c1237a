"""Pages: the text of real PDFs, and what is said of those that can't be read."""

import json
import os
import subprocess
import sys
import time

import pytest
from chat_with_pdf import pages
from chat_with_pdf.errors import DocumentError
from chat_with_pdf.pages import FAULTS, read_pages
from chat_with_pdf.reading.text import clean
from pdf_samples import blank_pdf, chinese_pdf, encrypted_pdf, pdf_of, scanned_pdf, zip_file

PDF = pdf_of()
LONG = "The members of this society pay a fee that was agreed on in the year 1987 in the old"


def refusal(document: bytes, **options) -> str:
    with pytest.raises(DocumentError) as caught:
        read_pages(document, "guide.pdf", **options)
    return str(caught.value)


# Faults


def fails_with(fault: str, document: bytes) -> None:
    assert refusal(document) == f"guide.pdf: {FAULTS[fault]}"


def test_an_encrypted_document_is_reported_and_one_that_anyone_may_read_is_read():
    fails_with("encrypted", encrypted_pdf("secret"))
    assert read_pages(encrypted_pdf(""), "guide.pdf") == read_pages(PDF, "guide.pdf")


def test_a_scanned_document_is_reported_even_if_it_has_a_stamp():
    fails_with("scanned", scanned_pdf())
    fails_with("scanned", scanned_pdf(pages=3, stamp="Received 12 May"))
    assert read_pages(scanned_pdf(stamp="This cover says enough to talk about."), "g")[1] == ""


def test_a_document_without_text_is_reported_and_an_empty_page_is_empty():
    fails_with("empty", blank_pdf())
    assert read_pages(pdf_of([["One."], [], ["Three."]]), "g") == ["One.", "", "Three."]
    assert read_pages(pdf_of([["A"]]), "g") == ["A"]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_truncated_document_is_reported(share):
    long = pdf_of([["A line of this page."] * 50 for _ in range(30)])
    assert refusal(long[: int(share * len(long))]) == "guide.pdf: the document is cut off: its end is missing"


@pytest.mark.parametrize(
    "document",
    [
        zip_file() + b"%%EOF",
        b"%PDF-1.7\n%%EOF",
        b"%PDF-1.7\n" + bytes(5000) + b"%%EOF",
        PDF[:20] + bytes(len(PDF)) + b"%%EOF",
    ],
)
def test_what_is_no_document_inside_is_reported(document):
    assert refusal(document).startswith("guide.pdf: the document is broken and can't be read: ")


def test_broken_bytes_are_text_or_a_fault_but_nothing_else():
    for place in range(100, len(PDF), 397):
        broken = bytearray(PDF)
        broken[place : place + 40] = b"\xff" * 40
        if place % 2 == 0:
            broken[place:place] = b"<< /Kids [1 0 R 1 0 R] >>"
        try:
            assert isinstance(read_pages(bytes(broken), "guide.pdf"), list)
        except DocumentError as error:
            assert str(error).startswith("guide.pdf: the document ")


def test_a_document_of_too_many_pages_or_characters_is_reported(monkeypatch):
    monkeypatch.setattr(pages, "LONGEST", 2)
    fails_with("giant", PDF)
    monkeypatch.setattr(pages, "LONGEST", 3)
    monkeypatch.setattr(pages, "MOST_CHARACTERS", 50)
    fails_with("giant", PDF)


# The process that reads


@pytest.fixture
def reader(tmp_path, monkeypatch):
    """Let another program read: it gets the same arguments, environment and input."""

    def replace(program: str) -> None:
        folder = tmp_path / "chat_with_pdf"
        folder.mkdir(exist_ok=True)
        (folder / "__init__.py").touch()
        (folder / "pdf_reader.py").write_text(f"import json, os, signal, sys, time\n{program}")
        monkeypatch.setattr(pages, "__file__", str(folder / "pages.py"))

    return replace


def test_a_reader_that_takes_too_long_is_ended(reader, tmp_path):
    reader(f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(60)")
    start = time.monotonic()
    assert refusal(PDF, seconds=1) == "guide.pdf: reading the document takes more than 1 seconds"
    assert time.monotonic() - start < 3
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


@pytest.mark.parametrize(
    "end, status",
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", -11),
        ("sys.exit(3)", 3),
        ("os.close(0); raise MemoryError", 1),
        ("print('half'); os.abort()", -6),
    ],
)
def test_a_reader_that_dies_is_a_document_that_failed(end, status, reader):
    reader(end)
    expected = f"guide.pdf: the document is broken and can't be read: the reader ended with status {status}"
    assert refusal(PDF) == expected


def test_the_reader_sees_nothing_of_the_environment_but_what_finds_libraries(reader, monkeypatch):
    for name in ("AOAI_API_KEY", "AZURE_CLIENT_SECRET", "OPENAI_API_KEY", "SOME_TOKEN"):
        monkeypatch.setenv(name, "hunter2")
    reader("print(json.dumps({'pages': [json.dumps(dict(os.environ)), ' '.join(sys.argv)]}))")
    environment, arguments = read_pages(PDF, "hunter2.pdf")
    assert "hunter2" not in environment + arguments
    assert set(json.loads(environment)) <= {*pages.PASSED_ON, "LC_CTYPE", "__CF_USER_TEXT_ENCODING"}


def test_the_reader_has_little_memory():
    program = "import sys; from chat_with_pdf.pdf_reader import limit_memory; limit_memory(500); bytearray(2**29)"
    package = os.path.dirname(os.path.dirname(pages.__file__))
    done = subprocess.run([sys.executable, "-c", program], cwd=package, capture_output=True, text=True)
    assert "MemoryError" in done.stderr


# Text


def test_lines_of_a_paragraph_are_one_line_and_headings_are_on_their_own():
    [page] = read_pages(pdf_of([["Opening hours", LONG, "town hall.", "Fees", LONG, "and in the new town hall."]]), "g")
    assert page.split("\n") == ["Opening hours", f"{LONG} town hall.", "Fees", f"{LONG} and in the new town hall."]


def test_a_heading_and_a_paragraph_that_is_a_line_and_a_word_are_two_lines():
    [page] = read_pages(pdf_of([["Fees", LONG, "hall."]]), "g")
    assert page.split("\n") == ["Fees", f"{LONG} hall."]


@pytest.mark.parametrize(
    "rows",
    [
        ["Adult 12 euros", "Student 6 euros", "Child 2 euros"],
        ["Fees in euros", "Adult 12", "Student 6", "Child 2", LONG, "town hall.", LONG, "town hall."],
    ],
)
def test_rows_of_a_table_stay_on_lines_of_their_own(rows):
    [page] = read_pages(pdf_of([rows]), "g")
    assert page.split("\n")[:3] == rows[:3]


def test_a_hyphenated_word_is_whole_again_and_a_dash_stays():
    [page] = read_pages(pdf_of([[LONG[:-4] + " exam-", "ple of it - well-known - is 5-6.", "Fees"]]), "g")
    assert "in the example of it - well-known - is 5-6.\nFees" in page


def test_chinese_is_read():
    assert read_pages(chinese_pdf("图书馆早上九点开门。学生免费。"), "g") == ["图书馆早上九点开门。学生免费。"]


def test_controls_lone_surrogates_and_odd_spaces_are_gone():
    assert clean("a\x00b\ud800 c\u00a0\u2003 d\r\n\r\n \t e\ufffe\n") == "a b c d\ne"
    assert clean("") == clean(" \r\n\x00\n") == ""
    clean("one\x0btwo\x0cthree").encode()


# What surrounds the document


@pytest.mark.parametrize("tail", [b"\0" * 20_000, b"\r\n<!-- served -->" * 900, b"\n--end--\n" + b"A" * 9000, b"\n"])
def test_bytes_after_the_end_are_not_part_of_the_document(tail):
    assert read_pages(PDF + tail, "g") == read_pages(PDF, "g")
    assert read_pages(b"Content-Type: application/pdf\r\n\r\n" + PDF + tail, "g") == read_pages(PDF, "g")


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_document_whose_later_part_is_cut_off_is_reported_though_an_earlier_one_ends(share):
    changed = PDF + b"\n9 0 obj\n<< /A (" + b"x" * 3000 + b") >>\nendobj\nstartxref\n9\n%%EOF\n"
    cut = changed[: len(PDF) + int(share * (len(changed) - len(PDF)))]
    assert refusal(cut) == "guide.pdf: the document is cut off: its end is missing"
