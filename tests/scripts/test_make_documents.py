"""The sample documents are what their sources give, and the questions about them have their answers where they say."""

import json
import re

import pypdfium2
import pytest

from mlops.common.paths import REPOSITORY

DOCUMENTS = REPOSITORY / "data" / "documents"
KINDS = {"fact", "table", "reason", "yes_no", "follow_up", "unanswerable"}


def rows_of(name):
    return [json.loads(line) for line in (REPOSITORY / "data" / name).read_text(encoding="utf-8").splitlines()]


QUESTIONS = rows_of("chat_with_pdf_data.jsonl")
EVALUATED = rows_of("chat_with_pdf_eval_data.jsonl")


def plain(text):
    """Return text without line breaks and without the hyphens that line breaks brought in."""
    return " ".join(re.sub(r"\ufffe\s*|\u00ad\s*", "", text).split())


@pytest.fixture(scope="module")
def pages():
    """The texts of the pages of every document, by its path in the repository."""
    texts = {}
    for path in sorted(DOCUMENTS.glob("*.pdf")):
        document = pypdfium2.PdfDocument(path)
        raw = [page.get_textpage().get_text_bounded() for page in document]
        texts[path.relative_to(REPOSITORY).as_posix()] = [plain(text) for text in raw]
        document.close()
    return texts


@pytest.fixture
def make_documents(monkeypatch):
    monkeypatch.syspath_prepend(str(REPOSITORY / "scripts"))
    import make_documents

    return make_documents


def test_the_documents_are_what_their_sources_give(make_documents, capsys):
    assert make_documents.main(["--check"]) == 0, capsys.readouterr().err


def test_check_reports_a_document_that_differs_or_is_missing(make_documents, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(make_documents, "documents", lambda: {"a.pdf": b"a", "b.pdf": b"b"})
    assert make_documents.main(["--folder", str(tmp_path)]) == 0
    assert make_documents.main(["--folder", str(tmp_path), "--check"]) == 0
    (tmp_path / "a.pdf").write_bytes(b"changed")
    (tmp_path / "b.pdf").unlink()
    assert make_documents.main(["--folder", str(tmp_path), "--check"]) == 1
    assert [line.split()[0] for line in capsys.readouterr().err.splitlines()] == [
        str(tmp_path / "a.pdf"),
        str(tmp_path / "b.pdf"),
    ]


def test_the_number_printed_on_a_page_is_its_place_in_the_file(pages):
    for name, texts in pages.items():
        title = pypdfium2.PdfDocument(REPOSITORY / name).get_metadata_dict()["Title"]
        for number, text in enumerate(texts[1:], 2):
            assert text.startswith(f"{title} {number} "), (name, number)


def test_contents_name_the_page_of_every_chapter(pages):
    for name in pages:
        document = pypdfium2.PdfDocument(REPOSITORY / name)
        contents = " ".join(pages[name][:4])
        chapters = [(mark.get_title(), mark.get_dest().get_index() + 1) for mark in document.get_toc() if mark.level]
        assert chapters
        assert [(t, n) for t, n in chapters if t != "Contents" and f"{n} {t}" not in contents] == []


def test_there_is_a_short_document_and_a_long_one(pages):
    short, long = sorted(len(texts) for texts in pages.values())
    assert 9 <= short <= 12
    assert long >= 100


def test_an_entry_is_not_worded_like_the_one_before(make_documents):
    from documents.gazetteer import Chooser

    chooser = Chooser()
    chosen = [chooser.choose("fact", str(key), ["a", "b", "c"]) for key in range(50)]
    assert all(one != other for one, other in zip(chosen, chosen[1:]))
    assert set(chosen) == {"a", "b", "c"}


@pytest.mark.parametrize("row", EVALUATED, ids=lambda row: row["question"])
def test_the_answer_of_a_question_stands_on_its_page_alone(row, pages):
    assert list(row) == ["pdf_url", "question", "chat_history", "ground_truth", "page", "context", "kind"]
    texts = pages[row["pdf_url"]]
    if row["kind"] == "unanswerable":
        assert (row["page"], row["context"], row["ground_truth"]) == (None, "", "The document does not tell.")
    else:
        assert [number for number, text in enumerate(texts, 1) if plain(row["context"]) in text] == [row["page"]]


def test_every_kind_of_question_is_there():
    assert {row["kind"] for row in EVALUATED} == KINDS
    assert all(bool(row["chat_history"]) for row in EVALUATED if row["kind"] == "follow_up")


def test_earlier_turns_have_a_question_and_an_answer_that_cites_a_page(pages):
    for row in QUESTIONS + EVALUATED:
        for turn in row["chat_history"]:
            assert turn["inputs"]["question"]
            cited = [int(number) for number in re.findall(r"\[p\. (\d+)\]", turn["outputs"]["answer"])]
            assert cited and max(cited) <= len(pages[row["pdf_url"]]), row["question"]


def test_no_question_is_in_both_files_or_twice_in_one():
    asked = [(row["question"], json.dumps(row["chat_history"])) for row in QUESTIONS + EVALUATED]
    assert len(set(asked)) == len(asked)
    assert {row["question"] for row in QUESTIONS} & {row["question"] for row in EVALUATED} == set()


def test_questions_of_the_batch_name_documents_that_exist(pages):
    assert all(list(row) == ["pdf_url", "question", "chat_history"] for row in QUESTIONS)
    assert {row["pdf_url"] for row in QUESTIONS} == set(pages)
