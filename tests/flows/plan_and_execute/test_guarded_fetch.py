"""Guarded fetching: headers, kinds of failure, what is told of an answer; the rest is tested with chat_with_pdf."""

import asyncio
import socket

import pytest
from guarded_web.fetch import Fetched, FetchError, Limits, TransientFetchError, fetch, receive
from hypothesis import given
from hypothesis import strategies as st
from plan_web import PlanWeb, page

QUICK = Limits(megabytes=1, seconds=3, redirects=3, patience=0.4)
HEADERS = {"user-agent": "tester/1.0", "x-key": "hunter2", "accept": "text/html"}


async def refusal(url: str, limits: Limits = QUICK, **options) -> FetchError:
    with pytest.raises(FetchError) as caught:
        await fetch(url, **{"allow_loopback": True, "limits": limits, **options})
    assert "hunter2" not in str(caught.value)
    return caught.value


async def test_what_is_behind_a_url_is_returned_with_what_the_server_says_of_it(web):
    web.pages["/a"] = page("é".encode("latin-1"), content_type="text/html; charset=ISO-8859-1")
    found = await fetch(f"{web.url}/a?sig=hunter2#part", allow_loopback=True)
    assert found == Fetched(f"{web.url}/a", "text/html", "ISO-8859-1", b"\xe9")


@pytest.mark.parametrize(
    ("content_type", "charset"),
    [
        ("text/html", ""),
        ("text/html; charset=", ""),
        ("text/html;;;=", ""),
        ("text/html; charset=nonsense", "nonsense"),
        ("text/html; Charset=Shift_JIS", "Shift_JIS"),
        ('text/html; charset="utf-16"', "utf-16"),
    ],
)
async def test_a_charset_is_passed_on_as_the_server_names_it_or_not_at_all(content_type, charset, web):
    web.pages["/a"] = page("x", content_type=content_type)
    found = await fetch(f"{web.url}/a", allow_loopback=True, limits=QUICK)
    assert (found.content_type, found.charset) == ("text/html", charset)


async def test_headers_are_sent_but_a_redirect_to_another_host_gets_the_user_agent_alone(web):
    with PlanWeb() as other:
        web.pages["/a"] = page(status="302 Found", location="/b")
        web.pages["/b"] = page(status="302 Found", location=f"{other.url}/c")
        other.pages["/c"] = page("there")
        found = await fetch(f"{web.url}/a", allow_loopback=True, headers=HEADERS)
        assert found.body == b"there"
        assert all("x-key: hunter2" in head for head in web.heads) and len(web.heads) == 2
        [head] = other.heads
        assert "hunter2" not in head
        assert "user-agent: tester/1.0" in head and "accept: text/html" in head


async def test_a_redirect_to_another_port_is_one_to_another_host(web):
    with PlanWeb() as other:
        web.pages["/a"] = page(status="307 Temporary", location=f"{other.url}/a")
        other.pages["/a"] = page("x")
        await fetch(f"{web.url}/a", allow_loopback=True, headers=HEADERS)
        assert "hunter2" not in other.heads[0]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("400 Bad", FetchError),
        ("401 No", FetchError),
        ("403 No", FetchError),
        ("404 No", FetchError),
        ("410 Gone", FetchError),
        ("204 None", FetchError),
        ("501 No", FetchError),
        ("302 Found", FetchError),
        ("408 Slow", TransientFetchError),
        ("425 Early", TransientFetchError),
        ("429 Many", TransientFetchError),
        ("500 Oops", TransientFetchError),
        ("502 Oops", TransientFetchError),
        ("503 Oops", TransientFetchError),
        ("504 Oops", TransientFetchError),
        ("522 Away", TransientFetchError),
        ("529 Busy", TransientFetchError),
    ],
)
async def test_another_attempt_may_help_just_where_the_server_is_busy_or_ill(status, kind, web):
    web.pages["/a"] = page(status=status)
    error = await refusal(f"{web.url}/a")
    assert type(error) is kind
    assert str(error) == f"{web.url}/a: the server answered {status}"


async def test_a_server_that_is_silent_or_not_there_may_answer_later(web):
    web.pages["/a"] = lambda send: web.closing.wait(2)
    assert type(await refusal(f"{web.url}/a")) is TransientFetchError
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert type(await refusal(f"http://127.0.0.1:{port}/a")) is TransientFetchError


@pytest.mark.parametrize(("errno", "kind"), [(socket.EAI_NONAME, FetchError), (socket.EAI_AGAIN, TransientFetchError)])
async def test_a_name_that_nobody_has_stays_unknown_but_a_name_server_may_come_back(errno, kind, monkeypatch):
    def look_up(*args, **kwargs):
        raise socket.gaierror(errno, "as the name server says")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert type(await refusal("https://nowhere.example/a")) is kind


@pytest.mark.parametrize("location", ["https://[::1", "http://\xff\xfe/", "\xff", "https://a..b/", "//"])
async def test_a_redirect_to_what_is_no_url_is_reported(location, web):
    web.pages["/a"] = page(status="302 Found", location=location)
    assert await refusal(f"{web.url}/a?sig=hunter2")


async def test_the_receiver_may_have_no_more(web):
    class Enough(Exception):
        pass

    def take(chunk: bytes):
        raise Enough

    web.pages["/a"] = page(b"x" * 1000)
    with pytest.raises(Enough):
        await receive(f"{web.url}/a", take, allow_loopback=True)


async def test_a_task_that_is_cancelled_ends_at_once(web):
    web.pages["/a"] = lambda send: web.closing.wait(5)
    task = asyncio.create_task(fetch(f"{web.url}/a", allow_loopback=True))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 1)


def urls():
    parts = [
        "https://",
        "http://",
        "//",
        "/",
        ":",
        "@",
        "[",
        "]",
        "%",
        "?",
        "#",
        "..",
        "\\",
        "\0",
        "\n",
        " ",
        "\ud800",
        "é",
        "xn--a",
        "a" * 70,
        "127.0.0.1",
        "localhost",
        "99999",
        "443",
        "::1",
        "ﬁ",
        "\u3002",
        "a.b",
    ]
    return st.lists(st.sampled_from(parts), max_size=8).map("".join)


@given(urls() | urls().map("https://".__add__) | st.text(max_size=30))
def test_any_text_is_fetched_or_refused_and_nothing_else(no_names, url):
    async def attempt():
        try:
            await fetch(url, limits=QUICK)
        except FetchError as error:
            return str(error)

    assert asyncio.run(attempt())


@pytest.fixture(scope="module")
def no_names():
    with pytest.MonkeyPatch.context() as patch:

        def look_up(*args, **kwargs):
            raise socket.gaierror("there are no names here")

        patch.setattr(socket, "getaddrinfo", look_up)
        yield
