"""Faults that pass: each request is repeated by itself, and what they leave out of an answer is told."""

import re

import pytest
from model_server import failure
from plan_and_execute.errors import TransientToolError
from plan_and_execute.executor import execute_plan, transient_faults
from plan_and_execute.plan import Plan
from plan_and_execute.tools.web_tool import web_tool
from plan_and_execute.tools.wikipedia_tool import wikipedia_tool
from plan_model import script, step
from plan_web import hits, json_page, page

SEARCH, WIKI = "/v7.0/search", "/w/api.php"
FOUND = json_page({"query": {"search": [{"title": "A"}, {"title": "B"}], "pages": [{"title": "A", "extract": "text"}]}})
MAXLAG = {"error": {"code": "maxlag", "info": "Waiting for a database server: 6 seconds lagged."}}


BUSY = page(status="429 Many")


def after(faults: int, answer: bytes, fault: bytes = BUSY, only: str = ""):
    """Send a fault to the first requests, or to the first of those whose path holds a text, then the answer."""
    seen = []

    def wanted(web):
        def send_page(send):
            path = web.requests[-1]
            if only in path:
                seen.append(path)
            send(fault if only in path and len(seen) <= faults else answer)

        return send_page

    return wanted


@pytest.mark.parametrize(
    "fault",
    [
        page(status="429 Many"),
        page(status="500 Oops"),
        page(status="503 Busy", Retry_After="0.01"),
        json_page(MAXLAG),
        page(status="429 Many", retry_after_ms="5"),
        json_page({"error": {"code": "ratelimited", "info": "too often"}}),
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{",
    ],
    ids=["429", "500", "503 with a pause", "maxlag", "429 in ms", "ratelimited", "hung up", "cut off"],
)
async def test_of_the_requests_of_a_look_up_only_the_one_that_failed_is_repeated(fault, tool_context, web):
    web.pages[WIKI] = after(2, FOUND, fault, only="titles=B")(web)
    assert "text" in await wikipedia_tool(tool_context(), query="a")
    asked = [re.search("srsearch|titles=.", path)[0] for path in web.requests]
    assert (asked.count("srsearch"), asked.count("titles=A"), asked.count("titles=B")) == (1, 1, 3)


async def test_the_search_and_each_page_are_repeated_by_themselves(tool_context, web):
    web.pages[SEARCH] = after(2, hits(f"{web.url}/a", f"{web.url}/b"))(web)
    web.pages["/a"] = page("<p>first</p>")
    web.pages["/b"] = after(2, page("<p>second</p>"), only="/b")(web)
    found = tool_context()
    text = await web_tool(found, query="rivers")
    assert "first" in text and "second" in text and found.faults == []
    paths = [path.partition("?")[0] for path in web.requests]
    assert (paths.count(SEARCH), paths.count("/a"), paths.count("/b")) == (3, 1, 3)


@pytest.mark.parametrize("headers", [{"Retry_After": "3600"}, {"retry_after_ms": "3600000"}])
async def test_a_server_that_asks_for_an_hour_is_not_waited_for(headers, tool_context, web):
    web.pages[WIKI] = page(status="429 Many", **headers)
    with pytest.raises(TransientToolError) as caught:
        await wikipedia_tool(tool_context(), query="a")
    assert str(caught.value).endswith("429 Many; it asks to wait for 3,600 seconds, and 30 are left")
    assert len(web.requests) == 1


async def outcome(tool_context, *steps: dict):
    return await execute_plan(Plan(steps=list(steps)), tool_context, tool_context.settings.limits)


async def test_a_step_that_failed_for_what_may_pass_says_so_and_one_that_needs_it_does_not_say_it_again(
    tool_context, web
):
    web.pages[WIKI] = page(status="503 Busy")
    found = await outcome(
        tool_context(), step("#E1", "wikipedia_tool", query="a"), step("#E2", "llm_tool", request="r", context="#E1")
    )
    [told] = transient_faults(found)
    assert re.fullmatch(r"#E1: http://\S+: the server answered 503 Busy \(6 attempts\)", told)
    assert [each["error"] is None for each in found] == [False, False]


async def test_a_page_replaced_by_its_snippet_is_reported_if_it_may_be_there_later(tool_context, web):
    web.pages[SEARCH] = hits(f"{web.url}/gone", f"{web.url}/busy")
    web.pages["/busy"] = page(status="500 Oops")
    [found] = await outcome(tool_context(), step("#E1", "web_tool", query="a"))
    assert found["error"] is None and "Snippet 1" in found["result"]
    assert [re.sub(r"http://\S+/", "/", each) for each in found["faults"]] == [
        "/busy: the server answered 500 Oops (6 attempts)"
    ]


async def test_what_will_not_pass_is_a_result_like_any_other(tool_context, web):
    web.pages[WIKI] = page(status="404 No")
    assert transient_faults(await outcome(tool_context(), step("#E1", "wikipedia_tool", query="a"))) == []


@pytest.mark.parametrize(
    ("answer", "may_pass"),
    [
        (failure(429, "busy", retry_after="3600"), True),
        (failure(408, "slow", retry_after="3600"), True),
        (failure(503, "away", retry_after="3600"), True),
        (failure(400, "a filter's refusal"), False),
    ],
)
async def test_a_model_that_does_not_answer_a_step_may_do_so_later(answer, may_pass, tool_context, access, server):
    server.answer = script(reader=answer)
    [found] = await outcome(tool_context(access=access), step("#E1", "llm_tool", request="r", context="c"))
    assert found["error"] and bool(found["faults"]) == may_pass
    assert len(server.chats) == 1
