"""Documents: files of the data folder, and downloads that many ask for."""

import asyncio
import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from chat_with_pdf import cache as cache_module
from chat_with_pdf import documents
from chat_with_pdf.documents import find_document
from chat_with_pdf.download import Limits
from chat_with_pdf.errors import DocumentError
from chat_with_pdf.index import find_index
from chat_with_pdf.settings import Settings
from pdf_samples import pdf_of, zip_file
from web_server import answer, redirect

PDF = pdf_of()
QUICK = Limits(megabytes=1, seconds=2, redirects=3, patience=0.4)


@pytest.fixture
def find(tmp_path):
    """Find a document, in the data folder of the test or on the web."""
    (tmp_path / "data").mkdir(exist_ok=True)

    def run(pdf_url, allow_loopback=True, limits=QUICK):
        return asyncio.run(find_document(pdf_url, tmp_path / "data", allow_loopback, limits))

    return run


@pytest.fixture
def refusal(find):
    def ask(pdf_url, **options) -> str:
        with pytest.raises(DocumentError) as caught:
            find(pdf_url, **options)
        return str(caught.value)

    return ask


# Files of the data folder


def test_a_file_of_the_data_folder_is_found_by_its_path_from_beside_the_folder(find, save):
    for name in ("guide.pdf", "more/guide.pdf", "größe 文書.pdf", "a:b.pdf", "back\\slash.pdf", "%2e.pdf", "a?b#c.pdf"):
        file = save(PDF, name)
        assert find(f"data/{name}") == file
    assert find("data/more/../guide.pdf") == save(PDF, "guide.pdf")


@pytest.mark.parametrize(
    "name",
    [
        "../secret.pdf",
        "data/../secret.pdf",
        "data/../../etc/passwd",
        "/etc/passwd",
        "secret.pdf",
        "data/./../secret.pdf",
        "data2/secret.pdf",
        "..",
        "/",
        "//etc/passwd",
        "~/secret.pdf",
        "data\\..\\secret.pdf",
        "..\\secret.pdf",
        "data/\0.pdf",
        "\0",
        "data/" + "a/../" * 50 + "../secret.pdf",
        "./secret.pdf",
    ],
)
def test_files_outside_of_the_folder_are_refused(name, refusal, tmp_path):
    for place in ("secret.pdf", "data2/secret.pdf"):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).write_bytes(PDF)
    message = refusal(name)
    assert "not inside the folder data; files from elsewhere are not read" in message
    assert str(tmp_path) not in message


def test_a_path_whose_absolute_name_is_inside_the_folder_is_a_file_of_it(find, save):
    assert find(str(save(PDF))) == save(PDF)


def test_links_that_lead_out_of_the_folder_are_refused_and_those_within_it_followed(find, refusal, save, tmp_path):
    (tmp_path / "secret.pdf").write_bytes(PDF)
    (tmp_path / "data" / "out.pdf").symlink_to(tmp_path / "secret.pdf")
    (tmp_path / "data" / "folder").symlink_to(tmp_path)
    (tmp_path / "data" / "in.pdf").symlink_to(save(PDF))
    for name in ("data/out.pdf", "data/folder/secret.pdf"):
        assert "not inside the folder data" in refusal(name)
    assert find("data/in.pdf") == save(PDF)


def test_a_link_to_itself_is_refused(refusal, tmp_path):
    (tmp_path / "data" / "loop.pdf").symlink_to("loop.pdf")
    assert refusal("data/loop.pdf")


@pytest.mark.parametrize(
    "name",
    [
        "data",
        "data/",
        "data/folder",
        "data/none.pdf",
        "data/document.pdf/x",
        "data/" + "a" * 300,
        "data/" + "a/" * 5000 + "b.pdf",
        "data/pipe",
    ],
)
def test_a_file_outside_the_folder_is_refused_briefly(name, refusal, save, tmp_path):
    save(PDF)
    (tmp_path / "data" / "folder").mkdir()
    os.mkfifo(tmp_path / "data" / "pipe")
    message = refusal(name)
    assert "there is no such file" in message or "not inside the folder" in message
    assert str(tmp_path) not in message
    assert len(message) < 400


@pytest.mark.parametrize("pdf_url", ["", "  ", "\n"])
def test_nothing_is_no_document(pdf_url, refusal):
    assert "pdf_url is empty" in refusal(pdf_url)


def test_a_file_that_is_no_pdf_or_too_large_is_refused(refusal, save):
    save(zip_file(), "zip.pdf")
    save(PDF + b" " * 2**20, "large.pdf")
    assert refusal("data/zip.pdf") == "data/zip.pdf: this is no PDF, whatever its name or type says"
    assert refusal("data/large.pdf") == "data/large.pdf: the document is larger than 1 MB"


def test_a_file_is_no_url_whatever_is_allowed(refusal, save):
    assert "only https is allowed, not file" in refusal(f"file://{save(PDF)}")
    assert "only https is allowed, not c" in refusal("C:\\data\\guide.pdf")


# Downloads


def test_a_download_is_named_by_its_bytes_and_nothing_of_its_url(find, web, cache):
    for path in ("/../../evil.pdf", "/%2e%2e/%00", "/a.pdf", "/" + "x" * 3000):
        web.pages[path] = answer(PDF, content_disposition='attachment; filename="../../evil"')
    found = {find(f"{web.url}{path}?name=../../evil") for path in list(web.pages)[2:]}
    found.add(find(f"{web.url}/a.pdf;/../../evil/../a.pdf"))
    assert found == {cache / "documents" / f"{hashlib.sha256(PDF).hexdigest()}.pdf"}
    assert [path for path in cache.rglob("*") if path.is_file()] == list(found)
    assert found.pop().read_bytes() == PDF


def test_spaces_around_a_url_do_not_matter(find, web):
    web.pages["/a.pdf"] = answer(PDF)
    assert find(f" {web.url}/a.pdf\n").read_bytes() == PDF


def test_twenty_at_once_are_one_request(web, tmp_path):
    def slow(send):
        time.sleep(0.1)
        send(answer(PDF))

    web.pages["/a.pdf"] = slow

    async def twenty():
        return await asyncio.gather(*(find_document(f"{web.url}/a.pdf", tmp_path, True, QUICK) for _ in range(20)))

    assert len(set(asyncio.run(twenty()))) == 1
    assert len(web.requests) == 1


def test_when_one_of_twenty_is_cancelled_the_others_have_the_document(web, tmp_path):
    def slow(send):
        time.sleep(0.2)
        send(answer(PDF))

    web.pages["/a.pdf"] = slow

    async def twenty():
        tasks = [asyncio.ensure_future(find_document(f"{web.url}/a.pdf", tmp_path, True, QUICK)) for _ in range(20)]
        await asyncio.sleep(0.05)
        tasks[0].cancel()
        return await asyncio.gather(*tasks, return_exceptions=True)

    first, *others = asyncio.run(twenty())
    assert isinstance(first, asyncio.CancelledError)
    assert all(path.read_bytes() == PDF for path in others)
    assert len(web.requests) == 1


def test_a_document_is_remembered_for_a_while_and_asked_for_again_after_that(find, web, monkeypatch):
    web.pages["/a.pdf"] = answer(PDF)
    url = f"{web.url}/a.pdf"
    first = find(url)
    web.pages["/a.pdf"] = answer(pdf_of([["Another edition."]]))
    assert find(url) == first
    assert len(web.requests) == 1
    assert "only https is allowed, not http" in str(pytest.raises(DocumentError, find, url, allow_loopback=False).value)
    monkeypatch.setattr(documents, "REMEMBERED_S", 0)
    assert find(url) != first
    assert len(web.requests) == 2


def test_a_document_that_was_deleted_is_downloaded_again(find, web):
    web.pages["/a.pdf"] = answer(PDF)
    find(f"{web.url}/a.pdf").unlink()
    assert find(f"{web.url}/a.pdf").read_bytes() == PDF
    assert len(web.requests) == 2


def test_a_refusal_is_not_remembered(find, refusal, web):
    assert "404" in refusal(f"{web.url}/a.pdf")
    web.pages["/a.pdf"] = answer(PDF)
    assert find(f"{web.url}/a.pdf").read_bytes() == PDF


def test_nothing_is_left_behind_by_a_refusal(refusal, web, cache):
    web.pages.update(
        {
            "/zip.pdf": answer(zip_file()),
            "/large.pdf": answer(PDF + bytes(2**20)),
            "/cut.pdf": answer(PDF)[:-5],
            "/slow.pdf": web.drip(answer(PDF), 600),
            "/away.pdf": redirect("https://10.0.0.1/"),
            "/packed.pdf": answer(PDF, content_encoding="gzip"),
            "/endless.pdf": redirect("/endless.pdf"),
        }
    )
    for path in [*web.pages, "/none.pdf"]:
        refusal(f"{web.url}{path}")
    refusal(web.url, allow_loopback=False)
    assert list((cache / "documents").iterdir()) == []


def test_nothing_is_left_behind_by_a_loop_that_ends_in_the_middle(web, tmp_path, cache):
    started = threading.Event()

    def silence(send):
        send(answer(PDF)[:600])
        started.set()
        web.closing.wait(5)

    web.pages["/a.pdf"] = silence

    async def give_up():
        task = asyncio.ensure_future(find_document(f"{web.url}/a.pdf", tmp_path, True))
        await asyncio.to_thread(started.wait, 5)
        task.cancel()

    asyncio.run(give_up())
    assert list((cache / "documents").iterdir()) == []


@pytest.mark.parametrize("content", [PDF[:-200], b"%PDF-1.4\n" + bytes(5000) + b"\n%%EOF\n"], ids=["cut off", "broken"])
def test_a_download_that_cannot_be_read_is_not_kept_and_reported_without_its_hash(content, find, web, cache, to_models):
    web.pages["/a.pdf"] = answer(content)
    document = find(f"{web.url}/a.pdf")
    with pytest.raises(DocumentError, match="^the downloaded document: "):
        asyncio.run(find_index(document, Settings(), to_models))
    assert [file for file in cache.rglob("*") if file.is_file() and file.suffix != ".lock"] == []


def test_a_file_that_cannot_be_read_stays(save, cache, to_models):
    document = save(PDF[:-200], "guide.pdf")
    with pytest.raises(DocumentError, match="^guide.pdf: the document is cut off"):
        asyncio.run(find_index(document, Settings(), to_models))
    assert document.is_file()


def test_what_a_killed_process_left_of_a_download_is_swept_up(find, web, cache):
    left, fresh = cache / "documents" / "left.part", cache / "documents" / "fresh.part"
    for part in (left, fresh):
        part.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(b"%PDF-")
    os.utime(left, (0, 0))
    web.pages["/a.pdf"] = answer(PDF)
    find(f"{web.url}/a.pdf")
    assert (left.exists(), fresh.exists()) == (False, True)


# Where they are kept


def test_a_relative_cache_is_relative_to_the_repository_wherever_a_flow_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(cache_module, "base_folder", lambda: tmp_path)
    monkeypatch.setenv("CHAT_WITH_PDF_CACHE", "mine")
    assert cache_module.cache_folder("documents") == tmp_path / "mine" / "documents"
    monkeypatch.delenv("CHAT_WITH_PDF_CACHE")
    assert cache_module.cache_folder("indexes") == tmp_path / ".cache" / "chat_with_pdf" / "indexes"


@pytest.mark.parametrize("place", ["flow", "some/where/deep/down/flow"])
def test_a_flow_that_was_copied_out_of_the_repository_keeps_its_files_in_a_temporary_folder(place, tmp_path):
    copy = shutil.copytree(Path(cache_module.__file__).parent, tmp_path / place / "chat_with_pdf")
    program = "from chat_with_pdf.cache import base_folder; print(base_folder())"
    environment = {"PATH": os.environ["PATH"], "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=copy.parent, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(tmp_path)
