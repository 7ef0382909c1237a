"""Downloads: servers that are slow, endless, broken or lie."""

import asyncio
import gzip
import io
import socket
import time

import pytest
from chat_with_pdf.download import Limits, download
from chat_with_pdf.errors import DocumentError
from pdf_samples import pdf_of
from web_server import answer

PDF = pdf_of()
MEGABYTE = 2**20
QUICK = Limits(megabytes=1, seconds=20, redirects=3, slowest=4096, patience=0.4)
SECRET = "hunter2"


def fetch(url: str, limits: Limits = QUICK) -> bytes:
    file = io.BytesIO()
    asyncio.run(download(url, file, True, limits))
    return file.getvalue()


@pytest.fixture
def refusal(web):
    """The reason why what a server sends is refused; it names the URL, without the secret of its query."""

    def ask(page, limits: Limits = QUICK) -> str:
        web.pages["/a.pdf"] = page
        with pytest.raises(DocumentError) as caught:
            fetch(f"{web.url}/a.pdf?sig={SECRET}#{SECRET}", limits)
        message = str(caught.value)
        assert message.startswith(f"{web.url}/a.pdf: ")
        assert SECRET not in message
        assert web.requests[-1] == f"/a.pdf?sig={SECRET}"
        return message

    return ask


# Size


def chunked(send, parts):
    send(answer(length=False, transfer_encoding="chunked"))
    for part in parts:
        send(b"%x\r\n%s\r\n" % (len(part), part))


def test_a_document_that_says_it_is_too_large_is_refused_before_it_is_sent(refusal, web):
    def announce(send):
        send(f"HTTP/1.1 200 OK\r\nContent-Length: {MEGABYTE + 1}\r\n\r\n".encode())
        web.closing.wait(20)

    start = time.monotonic()
    assert "larger than 1 MB" in refusal(announce)
    assert time.monotonic() - start < 8


def test_a_document_of_just_the_size_is_taken(web):
    whole = PDF + b" " * (MEGABYTE - len(PDF))
    web.pages["/a.pdf"] = answer(whole)
    assert fetch(f"{web.url}/a.pdf") == whole


@pytest.mark.parametrize("length", [True, False])
def test_an_endless_document_is_given_up_soon_after_the_limit(length, refusal, web):
    def endless(send):
        block = b" " * 65536
        if length:
            chunked(send, iter(lambda: PDF + block, None))
        send(answer(PDF, length=False))
        while not web.closing.is_set():
            send(block)

    assert "larger than 1 MB" in refusal(endless)
    time.sleep(0.05)
    assert web.sent < 12 * MEGABYTE  # what the sockets of both sides hold


def test_a_gzip_bomb_is_refused_unpacked(refusal, web):
    bomb = gzip.compress(PDF + bytes(50 * MEGABYTE))
    message = refusal(answer(bomb, content_encoding="gzip", content_type="application/pdf"))
    assert "compresses what was asked for uncompressed" in message


@pytest.mark.parametrize("encoding", ["br", "deflate", "zstd", "gzip, gzip", "x-unknown"])
def test_no_other_compression_is_taken_either(encoding, refusal):
    assert "compresses" in refusal(answer(PDF, content_encoding=encoding))


def test_compression_that_nobody_mentions_is_no_pdf(refusal):
    assert "this is no PDF" in refusal(answer(gzip.compress(PDF)))


# Time


def test_a_server_that_sends_its_headers_a_byte_at_a_time_is_given_up(refusal, web):
    start = time.monotonic()
    assert "too slow" in refusal(web.drip(answer(PDF)))
    assert time.monotonic() - start < 8


def test_a_server_that_sends_the_document_a_byte_at_a_time_is_given_up(refusal, web):
    page = answer(PDF)
    start = time.monotonic()
    assert "too slow: less than 4096 bytes a second" in refusal(web.drip(page, page.index(b"%PDF") + 8))
    assert time.monotonic() - start < 8


def test_a_server_that_falls_silent_is_given_up(refusal, web):
    def silence(send):
        send(answer(PDF)[:-10])
        web.closing.wait(20)

    start = time.monotonic()
    assert "too slow" in refusal(silence)
    assert time.monotonic() - start < 8


def test_a_document_that_is_long_in_coming_is_given_up_in_the_end(refusal, web):
    def steady(send):
        send(answer(PDF, length=False))
        while not web.closing.wait(0.02):
            send(b" " * 500)

    start = time.monotonic()
    message = refusal(steady, Limits(megabytes=1, seconds=0.7, slowest=4096, patience=0.4))
    assert "too slow" in message
    assert time.monotonic() - start < 8


def test_redirects_that_take_their_time_add_up(refusal, web):
    from web_server import redirect

    def slow(send):
        web.closing.wait(0.3)
        send(redirect(f"/a.pdf?sig={SECRET}"))

    start = time.monotonic()
    message = refusal(slow, Limits(seconds=0.7, redirects=50, patience=0.5))
    assert "too slow" in message
    assert time.monotonic() - start < 8


# Answers


def test_the_bytes_say_what_is_a_pdf_not_the_type(web):
    web.pages["/a.html"] = answer(PDF, content_type="text/html; charset=utf-8")
    assert fetch(f"{web.url}/a.html") == PDF


def test_a_few_bytes_before_the_mark_are_usual(web, refusal):
    web.pages["/a"] = answer(b"\xef\xbb\xbf" + PDF)
    assert fetch(f"{web.url}/a").endswith(PDF)
    assert "this is no PDF" in refusal(answer(b" " * 1024 + PDF))


@pytest.mark.parametrize("body", [b"", b"%PD", b"<html>Sign in</html>", b"\0" * 5000, b"%pdf-1.4" * 300])
def test_what_is_no_pdf_is_refused(body, refusal):
    assert "this is no PDF" in refusal(answer(body, content_type="application/pdf"))


@pytest.mark.parametrize(
    "status",
    [
        "404 Not Found",
        "500 Internal Server Error",
        "401 Unauthorized",
        "206 Partial",
        "204 No Content",
        "304 Not Modified",
        "429 Too Many",
    ],
)
def test_other_answers_than_200_are_reported(status, refusal):
    assert f"the server answered {status}" in refusal(answer(b"" if status[:3] in ("204", "304") else PDF, status))


@pytest.mark.parametrize(
    "page",
    [
        answer(PDF)[:-100],
        answer(length=False, transfer_encoding="chunked") + b"400\r\n" + PDF[:500],
        answer(PDF)[:40],
        b"",
    ],
)
def test_a_connection_that_is_cut_is_reported(page, refusal):
    assert "the download failed" in refusal(page)


@pytest.mark.parametrize(
    "page",
    [
        b"not http at all\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n" + PDF,
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n" + PDF,
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n" + PDF,
        b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n" + PDF,
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n" + PDF,
        b"HTTP/1.1 999999 What\r\n\r\n",
        b"\x16\x03\x01\x00\x05hello",
    ],
)
def test_what_is_no_http_is_reported_without_the_secrets_of_the_url(page, refusal):
    assert "the download failed" in refusal(page)


def test_a_server_that_is_not_there_is_reported():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(DocumentError, match="the download failed: ") as caught:
        fetch(f"http://127.0.0.1:{port}/a.pdf?sig={SECRET}")
    assert SECRET not in str(caught.value)


def test_a_name_that_leads_nowhere_is_reported():
    with pytest.raises(DocumentError, match="^https://nowhere.invalid/a.pdf: the download failed"):
        fetch(f"https://nowhere.invalid/a.pdf?sig={SECRET}")
