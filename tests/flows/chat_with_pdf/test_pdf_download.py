"""Downloads: what a URL, a redirect or a name may lead to."""

import asyncio
import io
import re
import socket
import ssl

import pytest
from chat_with_pdf.download import Limits, download
from chat_with_pdf.errors import DocumentError
from pdf_samples import pdf_of, zip_file
from web_server import Web, answer, redirect

PDF = pdf_of()
QUICK = Limits(megabytes=1, seconds=3, redirects=3, slowest=4096, patience=0.4)


def fetch(url: str, allow_loopback: bool = True, limits: Limits = QUICK) -> bytes:
    file = io.BytesIO()
    asyncio.run(download(url, file, allow_loopback, limits))
    return file.getvalue()


def refusal(url: str, allow_loopback: bool = True, limits: Limits = QUICK) -> str:
    with pytest.raises(DocumentError) as caught:
        fetch(url, allow_loopback, limits)
    return str(caught.value)


@pytest.fixture
def names(monkeypatch):
    """What names lead to: a list of addresses for each lookup, the last for all that follow."""
    table: dict[str, list[list[str]]] = {}
    real = socket.getaddrinfo

    def look_up(host, port, *args, **kwargs):
        if host not in table:
            return real(host, port, *args, **kwargs)
        found = table[host].pop(0) if len(table[host]) > 1 else table[host][0]
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0))
            if ":" in address
            else (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in found
        ]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return table


# What a URL may be


def test_a_document_is_downloaded_from_loopback_where_that_is_allowed(web):
    web.pages["/guide.pdf"] = answer(PDF)
    assert fetch(f"{web.url}/guide.pdf?v=1#page=2") == PDF
    assert fetch(f"http://localhost:{web.port}/guide.pdf") == PDF
    assert web.requests == ["/guide.pdf?v=1", "/guide.pdf"]
    head = web.heads[0].lower()
    assert "accept-encoding: identity" in head
    assert "cookie" not in head and "authorization" not in head and "referer" not in head


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.com/a.pdf",
        "data:application/pdf;base64,JVBERi0=",
        "javascript:alert(1)",
        "gopher://127.0.0.1:6379/_INFO",
        "",
        "   ",
        "//example.com/a.pdf",
        "a.pdf",
        "HTTPX://a/b",
        "unix:///run/x.sock",
    ],
)
@pytest.mark.parametrize("allow_loopback", [True, False])
def test_other_schemes_than_https_are_refused(url, allow_loopback):
    assert "only https is allowed" in refusal(url, allow_loopback)


@pytest.mark.parametrize(
    "url",
    [
        "https://",
        "https:///a.pdf",
        "https://:443/a",
        "https://[::1/a.pdf",
        "https://a:b/",
        "https://a:99999/x.pdf",
        "https://exa mple/",
        "https://a\\b/",
        "https://\0/",
    ],
)
def test_a_url_without_a_host_or_with_a_broken_one_is_refused(url):
    assert refusal(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/a.pdf",
        "http://10.0.0.1/a.pdf",
        "http://127.0.0.1.example.com/",
        "http://localhost.example.com/",
        "http://168.63.129.16/",
        "http://2130706433/",
    ],
)
def test_http_is_refused_except_on_loopback(url):
    assert "only https, or http on loopback, is allowed" in refusal(url)
    assert "only https is allowed, not http" in refusal(url, allow_loopback=False)


def test_http_on_loopback_is_refused_unless_it_is_allowed(web):
    web.pages["/a.pdf"] = answer(PDF)
    assert "only https is allowed, not http" in refusal(f"{web.url}/a.pdf", allow_loopback=False)
    assert web.requests == []


def test_a_user_or_password_is_refused_and_not_repeated(web):
    for user in ("user:hunter2@", "hunter2@", "hunter2%40x@", "@"):
        message = refusal(f"http://{user}127.0.0.1:{web.port}/a.pdf")
        assert "user name or password" in message and "hunter2" not in message
    assert web.requests == []


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "[::1]",
        "0.0.0.0",
        "[::ffff:127.0.0.1]",
        "localhost",
        "127.0.0.1.",
        "[::]",
        "[::ffff:7f00:1]",
    ],
)
def test_https_does_not_lead_to_loopback_unless_it_is_allowed_however_it_is_spelled(host, web):
    message = refusal(f"https://{host}:{web.port}/a.pdf", allow_loopback=False)
    assert re.search("not a public address|the download failed|not valid", message)
    assert web.heads == []


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "169.254.169.254",
        "168.63.129.16",
        "192.168.1.1",
        "fd00::1",
        "fe80::1",
        "100.64.0.1",
        "127.0.0.1",
        "fec0::1",
    ],
)
def test_a_public_name_that_leads_to_an_address_inside_is_refused(address, names):
    names["files.example.com"] = [[address]]
    message = refusal("https://files.example.com/a.pdf?sig=hunter2", allow_loopback=False)
    assert message.startswith("https://files.example.com/a.pdf: it leads to")
    assert "not a public address" in message


def test_one_address_inside_among_public_ones_is_refused_when_it_is_tried(names):
    names["files.example.com"] = [["10.0.0.1", "93.184.216.34"]]
    assert "it leads to 10.0.0.1" in refusal("https://files.example.com/a.pdf", allow_loopback=False)


def test_a_name_that_changes_what_it_leads_to_is_refused_when_it_leads_inside(names, web):
    """The check is of the address that is connected to, so there is no lookup after it that could differ."""
    names["rebinding.example.com"] = [["192.0.2.1"], ["127.0.0.1"]]
    url = f"https://rebinding.example.com:{web.port}/a.pdf"
    assert "it leads to 192.0.2.1" in refusal(url, allow_loopback=False)
    assert "it leads to 127.0.0.1" in refusal(url, allow_loopback=False)
    assert web.heads == []


def test_no_proxy_of_the_environment_is_used(web, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    web.pages["/a.pdf"] = answer(PDF)
    assert fetch(f"{web.url}/a.pdf") == PDF


# Redirects


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_redirects_are_followed_also_relative_ones(status, web):
    web.pages["/old/a.pdf"] = redirect("../new/a.pdf", status)
    web.pages["/new/a.pdf"] = answer(PDF)
    assert fetch(f"{web.url}/old/a.pdf") == PDF


@pytest.mark.parametrize(
    "to, reason",
    [
        ("file:///etc/passwd", "only https is allowed, not file"),
        ("ftp://127.0.0.1/a.pdf", "only https is allowed, not ftp"),
        ("http://example.com/a.pdf", "http on loopback"),
        ("http://169.254.169.254/metadata", "http on loopback"),
        ("https://169.254.169.254/metadata", "it leads to 169.254.169.254"),
        ("https://10.0.0.1/", "it leads to 10.0.0.1"),
        ("http://user:hunter2@127.0.0.1/", "user name or password"),
        ("https://[::1", "what is no URL"),
        ("//10.0.0.1/a.pdf", "http on loopback"),
    ],
)
def test_a_redirect_leads_no_further_than_a_url_may(to, reason, web):
    web.pages["/a.pdf"] = redirect(to)
    message = refusal(f"{web.url}/a.pdf?sig=hunter2")
    assert reason in message and "hunter2" not in message


def test_an_endless_redirect_ends(web):
    web.pages["/a.pdf"] = redirect("/a.pdf?again")
    assert "more than 3 redirects" in refusal(f"{web.url}/a.pdf")
    assert len(web.requests) == QUICK.redirects + 1


def test_a_redirect_to_nowhere_is_an_answer_that_is_no_document(web):
    web.pages["/a.pdf"] = answer(PDF, "302 Found")
    assert "the server answered 302" in refusal(f"{web.url}/a.pdf")


# TLS


def test_a_certificate_that_nobody_vouches_for_is_refused(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with Web(context) as web:
        web.pages["/a.pdf"] = answer(PDF)
        message = refusal(f"{web.url}/a.pdf?sig=hunter2")
        assert "certificate" in message.lower() and "hunter2" not in message
        assert web.requests == []
        with Web() as plain:
            plain.pages["/a.pdf"] = redirect(f"{web.url}/a.pdf")
            assert "certificate" in refusal(f"{plain.url}/a.pdf").lower()


def test_https_leads_to_no_http_but_that_of_loopback(certificate, monkeypatch):
    trusting = ssl.create_default_context(cafile=certificate)
    monkeypatch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", trusting)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with Web(context) as web, Web() as plain:
        web.pages["/a.pdf"] = plain.pages["/a.pdf"] = answer(PDF)
        web.pages["/out"] = redirect("http://example.com/a.pdf")
        web.pages["/loopback"] = redirect(f"{plain.url}/a.pdf")
        assert fetch(f"{web.url}/a.pdf") == fetch(f"{web.url}/loopback") == PDF
        assert "only https, or http on loopback, is allowed" in refusal(f"{web.url}/out")
        assert "not a public address" in refusal(f"{web.url}/a.pdf", allow_loopback=False)


@pytest.fixture
def certificate(tmp_path):
    """A file with a self-signed certificate for 127.0.0.1 and its key."""
    import datetime
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.timezone.utc)
    signed = (
        x509.CertificateBuilder(
            name, name, key.public_key(), x509.random_serial_number(), now, now + datetime.timedelta(days=1)
        )
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "certificate.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path


def test_a_zip_file_with_the_name_and_type_of_a_pdf_is_refused(web):
    web.pages["/a.pdf"] = answer(zip_file(), content_type="application/pdf")
    assert "this is no PDF, whatever its name or type says" in refusal(f"{web.url}/a.pdf")


# Faults that pass


@pytest.mark.parametrize(
    "fault",
    [
        answer(status="429 Too Many Requests"),
        answer(status="503 Service Unavailable", Retry_After="0.01"),
        b"",
        answer(PDF)[:-100],
    ],
    ids=["429", "503 with a pause", "hung up", "cut off"],
)
def test_a_download_that_fails_begins_anew(fault, web):
    web.pages["/a.pdf"] = lambda send: send(fault if len(web.requests) < 3 else answer(PDF))
    assert fetch(f"{web.url}/a.pdf") == PDF
    assert len(web.requests) == 3


def test_a_server_that_asks_for_an_hour_is_reported_at_once(web):
    web.pages["/a.pdf"] = answer(status="429 Too Many Requests", Retry_After="3600")
    assert re.search(
        "429 Too Many Requests; it asks to wait for 3,600 seconds, and . are left$", refusal(f"{web.url}/a.pdf")
    )
    assert len(web.requests) == 1
