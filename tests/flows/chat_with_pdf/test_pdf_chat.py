"""Answers of the chat model: whole, as a stream, and those that are not there as a whole."""

import asyncio
import json

import pytest
from chat_with_pdf.chat import complete, stream
from chat_with_pdf.settings import Settings
from embedding_server import finished
from model_server import KEY, Answer, completion, endpoint_at
from web_server import Web, answer

from model_endpoint import IncompleteAnswer, shared_client

USUAL = Settings()
MESSAGES = [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}]
PATH = "/openai/deployments/gpt-5.6-luna/chat/completions"
FILTERED = "the service's content filter blocked the model's answer"


@pytest.fixture
def asked(models, to_models):
    """The whole answer of the model."""

    def ask(settings=USUAL):
        async def run():
            return await complete(await shared_client(to_models), settings, MESSAGES)

        return asyncio.run(run())

    return ask


@pytest.fixture
def streamed(web: Web):
    """The pieces of an answer that comes as events, and the error in the end."""

    def ask(*events: object, settings=USUAL, end: bytes = b"data: [DONE]\n\n", take: int = 1000):
        body = b"".join(b"data: %s\n\n" % json.dumps(event).encode() for event in events) + end
        web.pages[PATH] = answer(body, length=False, content_type="text/event-stream")

        async def run():
            pieces = []
            try:
                async for piece in stream(await shared_client(endpoint_at(web.url)), settings, MESSAGES):
                    pieces.append(piece)
                    if len(pieces) == take:
                        break
            except Exception as error:
                return pieces, error
            return pieces, None

        return asyncio.run(run())

    return ask


def event(content: str | None = None, reason: str | None = None, **more: object) -> dict:
    choice = {"index": 0, "delta": {} if content is None else {"content": content}, "finish_reason": reason}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice], **more}


# Whole


def test_an_answer_is_returned_without_the_space_around_it(models, asked):
    models.answer = lambda chat: "  It costs twelve euros [p. 2].\n"
    assert asked() == "It costs twelve euros [p. 2]."


@pytest.mark.parametrize(
    "reply, reason",
    [
        (finished("stop", ""), "the model's answer is empty"),
        (finished("stop", " \n"), "the model's answer is empty"),
        (Answer(completion(None)), "the model's answer is empty"),
        (finished("length", "It costs tw"), "the model's answer is cut off: raise max_output_tokens"),
        (finished("length", ""), "hidden reasoning counts against too"),
        (finished("content_filter", "It costs"), FILTERED),
        (finished("content_filter", None), FILTERED),
    ],
)
def test_an_answer_that_is_not_there_as_a_whole_is_an_error(reply, reason, models, asked):
    models.answer = lambda chat: reply
    with pytest.raises(IncompleteAnswer, match=reason):
        asked()
    assert len(models.chats) == 1


@pytest.mark.parametrize(
    "settings, expected",
    [
        (Settings(max_completion_tokens=77), {"max_completion_tokens": 77}),
        (Settings(chat_family="reasoning", temperature=1), {"max_completion_tokens": 1000}),
        (Settings(chat_family="chat", max_completion_tokens=77), {"max_tokens": 77, "temperature": 0}),
        (Settings(chat_family="chat", temperature=0.5), {"max_tokens": 1000, "temperature": 0.5}),
    ],
)
def test_parameters_are_named_as_the_family_of_the_model_has_them(settings, expected, models, asked, streamed, web):
    asked(settings)
    sent = {"messages": MESSAGES, "model": "gpt-5.6-luna", **expected}
    assert models.chats == [sent]
    assert PATH in models.paths[0]
    assert models.headers[0]["api-key"] == KEY
    streamed(event("Twelve.", "stop"), settings=settings)
    assert json.loads(web.bodies[0]) == {**sent, "stream": True}


def test_the_deployment_is_the_one_of_the_settings(models, asked):
    asked(Settings(chat_deployment="other"))
    assert "/openai/deployments/other/chat/completions" in models.paths[0]


@pytest.mark.parametrize("name", ["../../files", "a/b", "a?x=1#y", "..", "%2e%2e"])
def test_the_name_of_a_deployment_leads_to_no_other_part_of_the_service(name, models, asked):
    try:
        asked(Settings(chat_deployment=name))
    except ValueError:
        assert models.paths == []
    else:
        assert models.paths[0].startswith("/openai/deployments/")
        assert models.paths[0].partition("?")[0].endswith("/chat/completions")
        assert models.paths[0].partition("?")[0].count("/") == 5


# As a stream


def test_an_answer_comes_piece_by_piece(streamed):
    filter_results = {**event(), "choices": []}  # Azure's first event
    pieces, error = streamed(filter_results, event(""), event("It costs "), event("twelve."), event(reason="stop"))
    assert pieces == ["It costs ", "twelve."] and error is None


@pytest.mark.parametrize(
    "events, pieces, reason",
    [
        ([event(reason="stop")], [], "the model's answer is empty"),
        ([event(" "), event(reason="stop")], [" "], "the model's answer is empty"),
        ([], [], "the model's answer is empty"),
        ([event("It costs tw"), event(reason="length")], ["It costs tw"], "the model's answer is cut off"),
        ([event(reason="length")], [], "the model's answer is cut off"),
        ([event("It "), event(reason="content_filter")], ["It "], FILTERED),
    ],
)
def test_a_stream_that_is_not_whole_is_an_error_in_the_end(events, pieces, reason, streamed):
    found, error = streamed(*events)
    assert found == pieces
    assert isinstance(error, IncompleteAnswer) and reason in str(error)


def test_a_stream_that_ends_without_a_word_on_why_is_not_whole(streamed):
    pieces, error = streamed(event("It costs tw"), end=b"")
    assert pieces == ["It costs tw"]
    assert isinstance(error, IncompleteAnswer) and "cut off" in str(error)


def test_who_has_heard_enough_may_go(streamed):
    assert streamed(event("a"), event("b"), event("c", "stop"), take=2) == (["a", "b"], None)
