"""Chat with PDF as a user meets it: the runner, the evaluation, and the chat in the terminal."""

import io
import json
import re

import pytest
from reportlab.pdfgen.canvas import Canvas

from mlops.runs.batch_report import RUNS

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

    def asked(pdf, *questions, environment="pr"):
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(question + "\n" for question in questions)))
        status = status_of("mlops.chat_with_pdf", "--environment_name", environment, "--pdf", pdf)
        return status, *capfd.readouterr()

    return asked


def test_a_newcomer_asks_about_a_pdf_of_their_own(ask, pdf, emulated):
    emulated()
    status, answers, _ = ask(pdf, "Who opened the Orchid House?", "", "How much is a ticket for children?", "quit")
    assert status == 0
    first, second = re.split(r"\n\n+", answers.strip())
    assert "Edda Quill. [p. 1]" in first
    assert "9 euros. [p. 2]" in second


def test_a_follow_up_is_asked_as_it_would_be_without_the_conversation(ask, pdf, emulated):
    def rewriting(conversation):
        if not conversation.text.startswith("Rewrite the last question"):
            return f"{conversation.user.rpartition('Question: ')[2]} Yes [p. 2]."
        assert "<conversation>\nUser: What does a ticket for adults cost?\nAssistant: " in conversation.user
        assert conversation.user.endswith("Question: And for children?\nStandalone question:")
        return "What does a ticket for children cost?"

    emulated(rewriting)
    status, answers, _ = ask(pdf, "What does a ticket for adults cost?", "And for children?")
    assert status == 0
    assert answers.strip().splitlines()[-1].endswith("What does a ticket for children cost? Yes [p. 2].")


def test_one_question_can_be_an_option(status_of, pdf, capfd, emulated):
    emulated()
    question = "When was the house opened?"
    assert status_of("mlops.chat_with_pdf", "--environment_name", "pr", "--pdf", pdf, "--question", question) == 0
    assert "1903" in capfd.readouterr().out


def test_a_question_that_is_not_recorded_is_reported_as_such_on_local(ask, pdf):
    _, _, errors = ask(pdf, "Who opened the Orchid House?", environment="local")
    assert "No answer to this request is recorded" in errors and "Traceback" not in errors


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("missing.pdf", None, "there is no such file"),
        ("zip.pdf", b"PK\x03\x04" + bytes(2000), "this is no PDF"),
        ("cut.pdf", b"%PDF-1.4\n" + bytes(9000), "cut off"),
    ],
)
def test_a_document_that_cannot_be_used_ends_in_one_sentence(ask, tmp_path, name, content, reason, emulated):
    emulated()
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
    from_web = r'^From the web: {"pdf_url": "http.*/documents/larkmoor_handbook.pdf", .*}\n  .*12'
    assert re.search(from_web, out, re.MULTILINE)
    outputs = [json.loads(line) for line in report.output.read_text(encoding="utf-8").splitlines()]
    assert all(output["answer"] and output["context"] for output in outputs)
    assert all({"page", "text", "score"} <= set(passage) for output in outputs for passage in output["context"])
    assert RUNS in report.output.parents
