"""The tools that look things up: against an encyclopedia, and against servers that fail, lie or want to do harm."""

import logging
import socket
import time

import pytest
from plan_and_execute.errors import ToolError, TransientToolError
from plan_and_execute.search import search
from plan_and_execute.tools.web_tool import web_tool
from plan_and_execute.tools.wikipedia_tool import wikipedia_tool
from plan_web import PlanWeb, hits, json_page, page

SEARCH_KEY = "key-of-the-search"
SEARCH, WIKI = "/v7.0/search", "/w/api.php"
AGENT = "plan-and-execute-sample/1.0"


@pytest.fixture(autouse=True)
def the_key_is_never_told(caplog, capfd):
    with caplog.at_level(logging.DEBUG):
        yield
    assert SEARCH_KEY not in caplog.text + "".join(capfd.readouterr())


@pytest.fixture
def dead() -> str:
    """The address of a site where nobody answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


async def failure(tool, tool_context, query: str = "rivers") -> ToolError:
    with pytest.raises(ToolError) as caught:
        await tool(tool_context, query=query)
    assert SEARCH_KEY not in str(caught.value)
    return caught.value


# An encyclopedia


async def test_wikipedia_gives_the_text_of_the_articles_that_fit(tool_context, emulator):
    found = await wikipedia_tool(tool_context(emulator.endpoint), query="population of Gravenholt")
    titles = [block.split("\n")[0] for block in found.split("\n\n")]
    assert titles[0] == "Gravenholt"
    assert "inhabitants" in found and "<" not in found


async def test_the_web_gives_the_readable_text_of_the_pages_that_are_found(tool_context, emulator):
    found = await web_tool(tool_context(emulator.endpoint), query="population of Gravenholt")
    assert found.startswith(f"Gravenholt\nSource: {emulator.endpoint}/wiki/Gravenholt\n")
    assert 1 < found.count("\nSource: ") <= 3
    assert "Donate" not in found and "addEventListener" not in found and "Cookies" not in found


@pytest.mark.parametrize("tool", [wikipedia_tool, web_tool])
async def test_nothing_found_is_reported(tool, tool_context, emulator):
    error = await failure(tool, tool_context(emulator.endpoint), "qqzzxx vvkkww")
    assert '"qqzzxx vvkkww"' in str(error) and not isinstance(error, TransientToolError)


@pytest.mark.parametrize("tool", [wikipedia_tool, web_tool])
@pytest.mark.parametrize("query", ["Gravenholt " + "x" * 5000, "Gravenholt & q=1#? 日本 \x00"])
async def test_any_query_can_be_asked(tool, query, tool_context, emulator):
    try:
        await tool(tool_context(emulator.endpoint), query=query)
    except ToolError as error:
        assert str(error)


@pytest.mark.parametrize("tool", [wikipedia_tool, web_tool])
async def test_several_texts_share_the_room_of_a_result(tool, tool_context, emulator):
    found = await tool(tool_context(emulator.endpoint, config={"limits": {"result_characters": 600}}), query="Lumeth")
    assert "Lumeth" in found and len(found) < 600 + 3 * 120


# Endpoints that fail


@pytest.mark.parametrize(("tool", "path"), [(web_tool, SEARCH), (wikipedia_tool, WIKI)])
@pytest.mark.parametrize(
    ("answer", "transient"),
    [
        (page("", "500 Oops"), True),
        (page("", "503 Busy"), True),
        (page("", "429 Many"), True),
        (page("", "401 No"), False),
        (page("", "404 No"), False),
        (page("<html>Sign in</html>"), False),
        (json_page([1]), False),
        (json_page("text"), False),
        (json_page(None), False),
        (page("{", "200 OK"), False),
        (page("[" * 100_000), False),
        (page('{"a":' * 100_000), False),
        (page(b"\xff\xfe{}"), False),
        (page('{"webPages": {"value": [{"url": "\\ud800"}]}, "query": {"search": [{"title": "\\ud800"}]}}'), False),
        (json_page({"webPages": [1], "query": [1]}), False),
        (json_page({"webPages": "x", "query": "x"}), False),
        (json_page({"webPages": {"value": ["x"]}, "query": {"search": ["x"]}}), False),
        (json_page({"webPages": {"value": {"url": 1}}, "query": {"search": {"title": 1}}}), False),
        (json_page({"webPages": {"value": [{"url": 1}]}, "query": {"search": [{"title": 1}]}}), False),
        (json_page({"webPages": {"value": [{}]}, "query": {"search": [{}]}}), False),
        (json_page({"webPages": None, "query": None}), False),
        (json_page({"error": "no"}), False),
        (json_page({"error": {"code": "badvalue", "info": "no such list"}}), False),
        (json_page({}), False),
        (page(b"{}" + b" " * 5 * 2**20), False),
    ],
)
async def test_an_endpoint_that_fails_or_answers_nonsense_is_reported(tool, path, answer, transient, tool_context, web):
    web.pages[path] = answer
    error = await failure(tool, tool_context())
    assert isinstance(error, TransientToolError) == transient


@pytest.mark.parametrize("tool", [wikipedia_tool, web_tool])
async def test_an_endpoint_that_is_not_there_may_come_back(tool, tool_context, dead):
    assert isinstance(await failure(tool, tool_context(dead)), TransientToolError)


@pytest.mark.parametrize("tool", [wikipedia_tool, web_tool])
async def test_an_endpoint_on_loopback_is_not_asked_unless_that_is_allowed(tool, tool_context, web):
    assert "only https is allowed" in str(await failure(tool, tool_context(allow="false")))
    assert web.heads == []


async def test_what_a_wiki_says_of_a_query_that_it_refuses_is_reported(tool_context, web):
    web.pages[WIKI] = json_page({"error": {"code": "x", "info": "srsearch is too long"}})
    assert "the wiki refuses the query: srsearch is too long" in str(await failure(wikipedia_tool, tool_context()))


async def test_an_article_without_a_text_is_an_empty_one(tool_context, web):
    web.pages[WIKI] = json_page({"query": {"search": [{"title": "A"}], "pages": [{"title": "A", "missing": True}]}})
    assert (await wikipedia_tool(tool_context(), query="a")).startswith("A\n")


# Who is told what


async def test_the_key_goes_to_the_search_alone_and_the_user_agent_to_every_site(tool_context, web):
    with PlanWeb() as other:
        web.pages.update({SEARCH: hits(f"{other.url}/a"), "/found": hits(f"{other.url}/a")})
        other.pages["/a"] = page("<p>Text</p>")
        await web_tool(tool_context(), query="rivers")
        assert f"Ocp-Apim-Subscription-Key: {SEARCH_KEY}" in web.heads[0]
        assert SEARCH_KEY not in other.heads[0] + web.heads[0].splitlines()[0]
        assert AGENT in web.heads[0] and AGENT in other.heads[0]
        web.pages[WIKI] = json_page({"query": {}})
        await failure(wikipedia_tool, tool_context())
        assert AGENT in web.heads[-1] and SEARCH_KEY not in web.heads[-1]


async def test_a_search_that_redirects_to_another_host_does_not_hand_it_the_key(tool_context, web):
    with PlanWeb() as other:
        web.pages[SEARCH] = page("", "302 Found", location=f"{other.url}{SEARCH}")
        other.pages[SEARCH] = hits()
        await failure(web_tool, tool_context())
        assert len(other.heads) == 1 and SEARCH_KEY not in other.heads[0]


async def test_a_key_that_is_no_header_is_not_reported(tool_context, web):
    from dataclasses import replace

    given = tool_context()
    secret = type(given.search.api_key)("one\r\nX: two")
    with pytest.raises(Exception) as caught:
        await search(replace(given, search=replace(given.search, api_key=secret)), "rivers")
    assert "two" not in str(caught.value) and web.heads == []


# Pages


def endless(send):
    send(page("<p>x</p>", content_length=str(10**9)))
    while True:
        send(b"<p>" + b"x" * 60_000)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (page("", "404 Not Found"), "the server answered 404"),
        (page("", "500 Oops \xff"), "the server answered 500"),
        (page(b"%PDF", content_type="application/pdf"), "application/pdf is no text"),
        (page("<script>1</script>"), "the page holds no text"),
        (page("", "302 Found", location="/bad"), "more than 5"),
        (page("", "302 Found", location="https://10.0.0.1/x"), "10.0.0.1, which is not a public address"),
        (page("", "302 Found", location="http://169.254.169.254/metadata"), "http on loopback"),
        (page("", "302 Found", location="file:///etc/passwd"), "only https is allowed"),
        (page("", content_length=str(50 * 2**20)), "larger than 2 MB"),
        (endless, "larger than 2 MB"),
        (page(b"x", content_encoding="gzip"), "compresses"),
        (b"nonsense\r\n\r\n", "no valid HTTP"),
    ],
)
async def test_a_page_that_cannot_be_read_is_represented_by_its_snippet_and_the_reason(bad, reason, tool_context, web):
    web.pages.update(
        {
            SEARCH: hits(f"{web.url}/1", f"{web.url}/bad", f"{web.url}/3"),
            "/bad": bad,
            "/1": page("<p>First page</p>"),
            "/3": page("Third page", content_type="text/plain"),
        }
    )
    first, second, third = (await web_tool(tool_context(), query="rivers")).split("\n\n")
    assert first == f"Title 0\nSource: {web.url}/1\nFirst page"
    assert second.startswith(f"Title 1\nSource: {web.url}/bad\nSnippet 1\n(The page itself could not be read: ")
    assert reason in second
    assert third == f"Title 2\nSource: {web.url}/3\nThird page"


@pytest.mark.parametrize("url", ["file:///etc/passwd", "javascript:alert(1)", "https://[::1", "x", "https://10.0.0.1/"])
async def test_what_is_found_is_not_fetched_where_it_is_no_page_of_the_web(url, tool_context, web):
    web.pages[SEARCH] = hits(url)
    assert "Snippet 0\n(The page itself could not be read: " in await web_tool(tool_context(), query="rivers")


async def test_three_pages_at_most_are_read_and_at_the_same_time(tool_context, web):
    def slow(send):
        time.sleep(1)
        send(page("<p>Text</p>"))

    web.pages.update(
        {SEARCH: hits(*(f"{web.url}/{place}" for place in range(5))), **{f"/{place}": slow for place in range(5)}}
    )
    start = time.monotonic()
    assert (await web_tool(tool_context(), query="rivers")).count("Source: ") == 3
    assert time.monotonic() - start < 2.8
