import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import openai
import pytest
from emulator_clients import API_VERSION, azure
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from src.emulator.answers import RecordingError, Recordings, recording_files, write_recordings
from src.emulator.answers.recording import Recording, read_recordings, request_key
from src.emulator.conversation import Conversation, Message, Reply, ToolCall, Usage

DATE = "2026-07-31"
QUESTION = "How high is Mount Corvane?"


def recorded(answer, question=QUESTION, by="hand", **conversation):
    """A recording of an answer to a user's question, for a chat model."""
    asked = Conversation((Message("user", question),), **conversation)
    reply = answer if isinstance(answer, Reply) else Reply(answer, (), "stop", Usage(11, 3), by)
    return Recording(request_key(asked), question, reply, DATE)


@pytest.fixture
def play(start, tmp_path):
    """Start an emulator that plays recordings; gives a client and the answerer."""

    def run(*recordings):
        write_recordings(tmp_path / "flow.jsonl", recordings)
        answerer = Recordings([tmp_path / "flow.jsonl"])
        return azure(start(answerer=answerer)), answerer

    return run


def asked(client, question=QUESTION, **options):
    return client.chat.completions.create(
        **{"model": "gpt-4.1-mini", "messages": [{"role": "user", "content": question}], **options}
    )


def test_a_recorded_answer_is_played_with_its_usage_and_says_who_gave_it(play):
    client, answerer = play(recorded("3,418 metres.", by="models/SmolLM2 135M"))
    raw = client.chat.completions.with_raw_response.create(
        model="gpt-4.1-mini", messages=[{"role": "user", "content": QUESTION}]
    )
    completion = raw.parse()
    assert completion.choices[0].message.content == "3,418 metres."
    assert completion.system_fingerprint == "fp_recording"
    assert raw.headers["x-emulator"] == "recording; by=models_SmolLM2_135M"
    assert (completion.usage.prompt_tokens, completion.usage.completion_tokens) == (11, 3)
    assert answerer.counts == {"models/SmolLM2 135M": 1}


@pytest.mark.parametrize("reason", ["length", "content_filter"])
def test_an_answer_that_was_cut_short_is_played_so(play, reason):
    client, _ = play(recorded(Reply("3,4", (), reason, Usage(11, 1000), "m")))
    choice = asked(client, max_tokens=2000).choices[0]
    assert (choice.message.content, choice.finish_reason) == ("3,4", reason)
    last = [chunk.choices[0] for chunk in asked(client, stream=True) if chunk.choices][-1]
    assert last.finish_reason == reason


def test_a_whole_answer_is_cut_where_the_request_allows_less(play):
    client, _ = play(recorded(Reply("one two three four", (), "stop", Usage(11, 4), "m")))
    assert asked(client, max_tokens=4).choices[0].message.content == "one two three four"
    cut = asked(client, max_tokens=2)
    assert (cut.choices[0].message.content, cut.choices[0].finish_reason) == ("one two", "length")
    assert cut.usage.completion_tokens == 2
    assert asked(client, stop=" three").choices[0].message.content == "one two"


def test_what_a_model_thought_counts_against_the_limit(play):
    client, _ = play(recorded(Reply("Yes.", (), "stop", Usage(11, 500), "m"), family="reasoning"))
    whole, cut = [asked(client, model="gpt-5.4", max_completion_tokens=most) for most in (500, 400)]
    assert (whole.choices[0].message.content, whole.usage.completion_tokens) == ("Yes.", 500)
    assert (cut.choices[0].message.content, cut.choices[0].finish_reason) == ("", "length")
    assert cut.usage.completion_tokens == 400


def test_several_answers_are_played_in_their_order_and_again(play):
    client, answerer = play(recorded("first"), recorded("second", by="stand-in"), recorded("third"))
    texts = [asked(client, n=2).choices[1].message.content for _ in range(7)]
    assert texts == ["first", "second", "third"] * 2 + ["first"]
    assert answerer.counts == {"hand": 5, "stand-in": 2}


def test_requests_at_the_same_time_share_the_answers_evenly(play):
    client, _ = play(*[recorded(str(number)) for number in range(4)])
    with ThreadPoolExecutor(8) as pool:
        texts = list(pool.map(lambda _: asked(client).choices[0].message.content, range(40)))
    assert sorted(texts) == sorted("0123" * 10)


def test_what_is_not_recorded_is_refused_with_what_to_do(play):
    client, answerer = play(recorded("3,418 metres."))
    with pytest.raises(openai.NotFoundError) as error:
        asked(client, "How deep is Lake Fennimore?\nBe short.")
    assert error.value.code == "NotRecorded"
    for told in ("'How deep is Lake Fennimore? Be short.'", "python -m mlops.record --environment_name", "laptop"):
        assert told in error.value.message
    assert answerer.counts == {"not recorded": 1}


def test_an_emulator_without_an_answerer_refuses_every_chat(start):
    with pytest.raises(openai.NotFoundError, match="No answer to this request is recorded"):
        asked(azure(start(answerer=None)))


def test_a_fault_is_not_played_over(play):
    client, answerer = play(recorded("first"), recorded("second"))
    with pytest.raises(openai.InternalServerError):
        asked(client, extra_headers={"x-emulator-fault": "500"})
    assert asked(client).choices[0].message.content == "first"
    assert answerer.counts == {"hand": 1}


def test_calls_of_tools_are_played(play):
    tool = {"type": "function", "function": {"name": "measure", "parameters": {"type": "object"}}}
    call = ToolCall("measure", '{"peak": "Corvane"}')
    client, _ = play(recorded(Reply("", (call,), "tool_calls", Usage(30, 9), "m"), tools=(tool,)))
    choice = asked(client, tools=[tool]).choices[0]
    assert choice.finish_reason == "tool_calls"
    assert choice.message.tool_calls[0].function.arguments == call.arguments


def test_addresses_on_loopback_are_those_of_the_run_that_plays(play):
    question = "Which page tells it: http://127.0.0.1:5000/wiki/Orva?"
    client, _ = play(recorded("See http://127.0.0.1/wiki/Orva.", question))
    for origin in ("http://127.0.0.1:6000", "http://localhost:7000"):
        answer = asked(client, question.replace("http://127.0.0.1:5000", origin))
        assert answer.choices[0].message.content == f"See {origin}/wiki/Orva."


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXTS)
def test_a_played_stream_adds_up_to_the_recorded_text(play, text):
    client, _ = play(recorded(Reply(text, (), "stop", Usage(1, 10), "m")))
    chunks = list(asked(client, stream=True, stream_options={"include_usage": True}))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == text
    assert chunks[-1].usage.completion_tokens == 10
    assert chunks[-1].system_fingerprint == "fp_recording"


async def test_the_asynchronous_client_streams_recordings_at_the_same_time(start, tmp_path):
    write_recordings(tmp_path / "a.jsonl", [recorded(f"Answer {number} of many.", str(number)) for number in range(20)])
    emulator = start(answerer=Recordings([tmp_path / "a.jsonl"]))
    address = {"azure_endpoint": emulator.endpoint, "api_version": API_VERSION}
    async with openai.AsyncAzureOpenAI(api_key="k", **address) as client:

        async def text_of(number):
            stream = await client.chat.completions.create(
                model="gpt-4.1", messages=[{"role": "user", "content": str(number)}], stream=True
            )
            return "".join([chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices])

        texts = await asyncio.gather(*map(text_of, range(20)))
    assert texts == [f"Answer {number} of many." for number in range(20)]


def test_the_earlier_of_two_files_answers(start, tmp_path):
    for name, answer in (("b", "of b"), ("a", "of a")):
        write_recordings(tmp_path / f"{name}.jsonl", [recorded(answer), recorded(answer, name)])
    client = azure(start(answerer=Recordings(recording_files(tmp_path))))
    assert [asked(client).choices[0].message.content for _ in range(2)] == ["of a", "of a"]
    assert asked(client, "b").choices[0].message.content == "of b"


ANY_TEXT = st.text(max_size=30)  # lone surrogates included
RECORDINGS = st.lists(
    st.builds(
        Recording,
        st.integers(0, 3).map("{:032x}".format),
        st.sampled_from(["a", "b", "ä"]),
        st.builds(
            Reply,
            ANY_TEXT,
            st.lists(st.builds(ToolCall, ANY_TEXT, ANY_TEXT), max_size=2).map(tuple),
            st.sampled_from(["stop", "length", "tool_calls", "content_filter"]),
            st.none() | st.builds(Usage, st.integers(0, 9), st.integers(0, 9)),
            ANY_TEXT,
        ),
        st.just(DATE),
        st.sampled_from(["", "azure"]),
    ),
    max_size=8,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(RECORDINGS)
def test_what_is_written_is_read_again_sorted_and_one_a_line(tmp_path, recordings):
    path = tmp_path / "new" / "flow.jsonl"
    write_recordings(path, recordings)
    read = read_recordings(path)
    assert read == sorted(recordings, key=lambda recording: (recording.question, recording.key))
    content = path.read_bytes()
    assert content.count(b"\n") == len(recordings) and b"\r" not in content
    write_recordings(path, read)
    assert path.read_bytes() == content


def test_a_line_is_readable(tmp_path):
    write_recordings(
        tmp_path / "a.jsonl",
        [Recording("0" * 32, "Wie hoch?", Reply("3.418 m – hoch", (), "stop", Usage(5, 6), "SmolLM2"), DATE, "openai")],
    )
    assert (tmp_path / "a.jsonl").read_text("utf-8") == (
        '{"key": "00000000000000000000000000000000", "question": "Wie hoch?", "answer": "3.418 m – hoch", '
        '"finish_reason": "stop", "usage": {"prompt_tokens": 5, "completion_tokens": 6}, '
        '"source": {"by": "SmolLM2", "endpoint": "openai", "date": "2026-07-31"}}\n'
    )


LINE = {
    "key": "0" * 32,
    "question": "Q",
    "answer": "A",
    "finish_reason": "stop",
    "usage": {"prompt_tokens": 1, "completion_tokens": 1},
    "source": {"by": "hand", "date": DATE},
}


def line(**changes):
    return json.dumps({**LINE, **changes})


@pytest.mark.parametrize(
    "text, told",
    [
        ('{"key": "0', "Unterminated"),
        ("5", "has to be an object"),
        ("[" * 100_000, "recursion"),
        (line(answr="A"), "unknown key 'answr'"),
        (line(key="short"), "32 hexadecimal digits"),
        (line(answer=None), "'answer' has to be of the type str"),
        (line(finish_reason="done"), "finish_reason"),
        (line(usage={"prompt_tokens": 1}), "completion_tokens"),
        (line(usage={**LINE["usage"], "x": 1}), "'x'"),
        (line(usage={"prompt_tokens": True, "completion_tokens": 1}), "type int"),
        (line(source={"by": "hand", "date": "today"}), "date"),
        (line(source={"date": DATE}), "has no 'by'"),
        (line(source={**LINE["source"], "host": "example.org"}), "unknown key 'host'"),
        (line(tool_calls=[{"name": "f"}]), "arguments"),
        (line()[:-1] + ', "answer": "B"}', "duplicate key 'answer'"),
        ("<<<<<<< ours", "Expecting value"),
        (json.dumps({}), "has no 'key'"),
    ],
)
def test_a_damaged_line_is_one_error_with_file_and_line(tmp_path, text, told):
    path = tmp_path / "flow.jsonl"
    path.write_text(f"{line()}\n\n{text}\n{line()}\n", encoding="utf-8")
    with pytest.raises(RecordingError) as error:
        Recordings([path])
    assert f"{path}:3" in str(error.value) and told in str(error.value) and "\n" not in str(error.value)


def test_a_file_that_is_missing_or_no_text_is_named(tmp_path):
    (tmp_path / "bytes.jsonl").write_bytes(b"\xff\xfe")
    for path in (tmp_path / "bytes.jsonl", tmp_path / "none.jsonl"):
        with pytest.raises(RecordingError, match=path.name):
            Recordings([path])
    with pytest.raises(RecordingError, match="nowhere"):
        recording_files(tmp_path / "nowhere")
