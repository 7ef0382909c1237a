"""Search providers: which there are, and what they make of a network that is not there."""

import socket
import time

import pytest
from plan_and_execute.errors import ToolError, TransientToolError
from plan_and_execute.search import Hit, search
from plan_web import hits, json_page


@pytest.mark.parametrize(
    "provider",
    [
        "google",
        "",
        "../x",
        "..",
        "__init__",
        "__pycache__",
        "__main__",
        "bing.x",
        "os",
        "bing ",
        "Bing",
        "plan_and_execute.search.bing",
        "\0",
        "/etc/passwd",
    ],
)
async def test_a_provider_that_is_no_module_of_the_folder_is_refused(provider, tool_context):
    with pytest.raises(ToolError, match="there is no search provider"):
        await search(tool_context(provider=provider), "rivers")


async def test_an_endpoint_of_bings_shape_is_asked_for_a_few_pages(tool_context, web):
    web.pages["/v7.0/search"] = hits("https://a.example/1", "https://a.example/2")
    found = await search(tool_context(), "long rivers & seas")
    assert found == [Hit(f"Title {place}", f"https://a.example/{place + 1}", f"Snippet {place}") for place in (0, 1)]
    assert web.asked() == ["/v7.0/search?q=long+rivers+%26+seas&count=5&responseFilter=Webpages"]


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"webPages": None},
        {"webPages": {}},
        {"webPages": {"value": []}},
        {"webPages": {"value": [{"name": "no address"}]}},
    ],
)
async def test_no_pages_are_no_hits(answer, tool_context, web):
    web.pages["/v7.0/search"] = json_page(answer)
    assert await search(tool_context(), "rivers") == []


async def test_without_a_network_the_search_without_a_key_may_be_tried_again(tool_context, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("DDGS_PROXY", f"http://127.0.0.1:{free.getsockname()[1]}")  # nobody answers there
    start = time.monotonic()
    with pytest.raises(TransientToolError, match="the public search engines do not answer"):
        await search(tool_context(provider="ddgs"), "rivers")
    assert time.monotonic() - start < 10
