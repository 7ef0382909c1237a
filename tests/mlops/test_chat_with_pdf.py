"""Chat with PDF as a user meets it: the runner, the evaluation, and the chat in the terminal."""

import io
import json
import re

import pytest
from reportlab.pdfgen.canvas import Canvas

from mlops.common.batch_reports import RUNS

LOCAL = ("--environment_name", "local")
PAGES = (
    "The Orchid House was opened in 1903 by Edda Quill. It holds 412 species.",
    "A ticket for adults costs 9 euros. A ticket for children costs 4 euros.",
    "The Orchid House is closed on Mondays, because the plants are watered then.",
)


@pytest.fixture
def pdf(tmp_path):
    """Write a document of three pages outside of the repository."""
    path = tmp_path / "my orchids.pdf"
    canvas = Canvas(str(path))
    for page in PAGES:
        canvas.drawString(72, 720, page)
        canvas.showPage()
    canvas.save()
    return path


@pytest.fixture
def ask(status_of, capfd, monkeypatch):
    """Chat about a document; return status, answers and errors."""

    def asked(pdf, *questions, environment="local"):
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(question + "\n" for question in questions)))
        status = status_of("mlops.chat_with_pdf", "--environment_name", environment, "--pdf", pdf)
        return status, *capfd.readouterr()

    return asked


def test_a_newcomer_asks_about_a_pdf_of_their_own(ask, pdf):
    status, answers, _ = ask(pdf, "Who opened the Orchid House?", "", "How much is a ticket for children?", "quit")
    assert status == 0
    first, second = re.split(r"\n\n+", answers.strip())
    assert "Edda Quill" in first
    assert "[p. 1]" in first
    assert "4 euros" in second
    assert "[p. 2]" in second


def test_a_follow_up_is_understood(ask, pdf):
    status, answers, _ = ask(pdf, "What does a ticket for adults cost?", "And for children?")
    assert status == 0
    assert "9 euros" in answers
    assert "4 euros" in answers.strip().splitlines()[-1]


def test_what_the_document_does_not_tell_is_said(ask, pdf):
    assert "The document does not tell." in ask(pdf, "Who plays the organ on Sundays?")[1]


def test_one_question_can_be_an_option(status_of, pdf, capfd):
    assert status_of("mlops.chat_with_pdf", *LOCAL, "--pdf", pdf, "--question", "When was the house opened?") == 0
    assert "1903" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("missing.pdf", None, "there is no such file"),
        ("zip.pdf", b"PK\x03\x04" + bytes(2000), "this is no PDF"),
        ("cut.pdf", b"%PDF-1.4\n" + bytes(9000), "cut off"),
    ],
)
def test_a_document_that_cannot_be_used_ends_in_one_sentence(ask, tmp_path, name, content, reason):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    status, answers, errors = ask(tmp_path / name, "What is it about?")
    assert (status, answers.strip()) == (2, "")
    assert re.search(rf"^error: .*{name}.*{reason}", errors, re.MULTILINE)
    assert "Traceback" not in errors


@pytest.mark.parametrize("url", ["http://169.254.169.254/latest/meta-data", "https://127.0.0.1:1/x.pdf"])
def test_another_environment_fetches_nothing_from_private_addresses(ask, url, server):
    status, _, errors = ask(url, "What is it about?", environment="pr")
    assert status == 2
    assert "only https is allowed" in errors or "not a public address" in errors


def test_the_runner_shows_every_way_and_cites_pages(run_flow, capsys):
    report = run_flow("chat_with_pdf", environment="local")
    out = capsys.readouterr().out
    assert (report.lines, report.failed) == (20, ())
    assert re.search(r"\[p\. \d+\]", out)
    for node in ("download_document", "build_index", "rewrite_question", "find_context", "answer_question"):
        assert re.search(rf"^ +{node}  \d+ ms", out, re.MULTILINE), node
    assert "/documents/larkmoor_handbook.pdf: " in out
    outputs = [json.loads(line) for line in report.output.read_text(encoding="utf-8").splitlines()]
    assert all(output["answer"] and output["context"] for output in outputs)
    assert all({"page", "text", "score"} <= set(passage) for output in outputs for passage in output["context"])
    assert RUNS in report.output.parents
