"""The flow as Prompt flow runs it: questions, follow-ups, a batch, and what no input can do."""

import asyncio
import dataclasses
import json
import threading

import pytest
from model_server import KEY, endpoint_at
from pdf_samples import encrypted_pdf, pdf_of
from web_server import answer

from flows.chat_with_pdf.definition import FLOW, flow_config
from mlops.common.cli import runner_arguments
from mlops.flow_folders.async_flows import as_async_function
from mlops.flow_folders.variants import variants
from mlops.run_chat_with_pdf import load
from mlops.runs.batch import open_batch
from mlops.runs.session import open_session

HISTORY = [{"inputs": {"question": "What do members pay?"}, "outputs": {"answer": "Twelve euros [p. 2]."}}]


@pytest.fixture
def open_flow(models, monkeypatch, tmp_path):
    """Open a session of the flow on the test's model endpoint; documents may come from loopback if it is said."""
    monkeypatch.setenv("AOAI_BASE_ENDPOINT", models.endpoint)
    monkeypatch.setenv("AOAI_API_KEY", KEY)
    models.answer = lambda chat: "Rewritten?" if "Rewrite the last question" in str(chat) else "Twelve euros [p. 2]."
    sessions = []

    def open_with(lines=(), allow_loopback=False):
        data = tmp_path / "lines.jsonl"
        data.write_text("".join(json.dumps(line) + "\n" for line in lines or [line_of("data/documents/a.pdf")]))
        arguments = runner_arguments("", ["--environment_name", "pr", "--data", str(data)])
        opened = open_session(FLOW, variants(arguments)[0])
        session = opened.__enter__()
        sessions.append(opened)
        retrieval = session.config.retrieval.model_copy(update={"allow_loopback": allow_loopback})
        return dataclasses.replace(session, config=session.config.model_copy(update={"retrieval": retrieval}))

    yield open_with
    for opened in reversed(sessions):
        opened.__exit__(None, None, None)


@pytest.fixture
def ask(open_flow, web):
    """Ask the flow about a document of the test's web server."""
    web.pages["/a.pdf"] = answer(pdf_of())
    opened = {}

    def call(question="What do members pay?", pdf_url=f"{web.url}/a.pdf", permitted=True, config=None, **inputs):
        if permitted not in opened:
            session = open_flow(allow_loopback=permitted)
            opened[permitted] = load(FLOW.run_arguments(session)), flow_config(session)
        flow, usual = opened[permitted]
        return flow(pdf_url=pdf_url, question=question, config={**usual, **(config or {})}, **inputs)

    return call


def line_of(url: str, number: int = 0, history: list | None = None) -> dict:
    return {"pdf_url": url, "question": f"Question {number}: what do members pay?", "chat_history": history or []}


def batch_of(session):
    with open_batch(session) as batch:
        batch.run = session.pf.run(data=session.data, **FLOW.run_arguments(session), **batch.options())
    return batch.report()


# Questions


def test_a_first_question_is_answered_with_the_passages_and_is_not_rewritten(ask, models):
    result = ask()
    assert result["answer"] == "Twelve euros [p. 2]."
    assert [sorted(passage) for passage in result["context"]] == [["page", "score", "text"]] * 3
    assert result["context"][0]["page"] == 2
    [chat] = models.chats
    assert [message["role"] for message in chat["messages"]] == ["system", "user"]
    assert "Members pay twelve euros a year." in chat["messages"][1]["content"]
    assert models.inputs[1] == ["What do members pay?"]


def test_a_follow_up_is_rewritten_and_asked_with_the_conversation(ask, models):
    ask("And for students?", chat_history=HISTORY)
    rewriting, answering = models.chats
    assert "User: What do members pay?\nAssistant: Twelve euros [p. 2]." in rewriting["messages"][1]["content"]
    assert rewriting["messages"][1]["content"].endswith("Question: And for students?\nStandalone question:")
    conversation = [message["content"] for message in answering["messages"][1:3]]
    assert conversation == ["What do members pay?", "Twelve euros [p. 2]."]
    assert answering["messages"][-1]["content"].endswith("Question: Rewritten?")
    assert models.inputs[1] == ["Rewritten?"]


def test_a_second_question_neither_downloads_nor_embeds_the_document_again(ask, models, web):
    ask()
    ask("When does it open?")
    assert len(web.requests) == 1
    assert [len(texts) for texts in models.inputs] == [3, 1, 1]


WRONG = [
    ({"question": " "}, "question is empty"),
    ({"question": "How many words are there? " * 3000}, "question is too long for a prompt_token_limit of 8000 tokens"),
    ({"pdf_url": ""}, "pdf_url is empty"),
    ({"pdf_url": "data/../config/config.yaml"}, "not inside the folder data"),
    ({"pdf_url": "/etc/passwd"}, "not inside the folder data"),
    ({"pdf_url": "file:///etc/passwd"}, "only https is allowed, not file"),
    ({"config": {"pasages": 3}}, "config.pasages: Extra inputs are not permitted"),
    ({"chat_history": [{"role": "user", "content": "a"}]}, "chat_history has to be a list of"),
]
CONTRIVED = [
    {"allow_loopback": True},
    {"config": {"allow_loopback": True}},
    {"data_folder": "/"},
    {"download_document": {"allow_loopback": True}},
    {"variant": "${download_document.loopback}"},
    {"node_variants": {"download_document": "loopback"}},
]


def test_what_is_wrong_with_an_input_is_reported_without_a_word_to_the_chat_model(ask, models):
    for inputs, reason in WRONG:
        with pytest.raises(Exception, match=reason):
            ask(**inputs)
    assert models.chats == []
    assert [texts for texts in models.inputs if len(texts) == 1] == []


def test_no_input_can_allow_documents_of_this_machine(ask, web):
    for inputs in CONTRIVED:
        with pytest.raises(Exception, match="only https is allowed, not http|config.allow_loopback: Extra inputs"):
            ask(permitted=False, **inputs)
    assert web.requests == []


def test_a_session_that_may_use_loopback_does_not_allow_one_that_may_not(ask, web):
    ask()
    with pytest.raises(Exception, match="only https is allowed, not http"):
        ask(permitted=False)
    assert len(web.requests) == 1


# Batches


def test_lines_of_a_batch_about_one_new_document_download_and_embed_it_once(open_flow, models, web):
    def slow(send):
        web.closing.wait(0.2)
        send(answer(pdf_of()))

    web.pages["/a.pdf"] = slow
    models.seconds = 0.05
    lines = [line_of(f"{web.url}/a.pdf", number, HISTORY * (number % 2)) for number in range(20)]
    report = batch_of(open_flow(lines, allow_loopback=True))
    assert (report.lines, report.failed) == (20, ())
    assert web.requests == ["/a.pdf"]
    assert [len(texts) for texts in models.inputs if len(texts) > 1] == [3]
    assert len(models.inputs) == 21
    assert len(models.chats) == 30
    results = [json.loads(line) for line in report.output.read_text().splitlines()]
    assert {result["answer"] for result in results} == {"Twelve euros [p. 2]."}
    assert all(len(result["context"]) == 3 for result in results)


def test_a_line_that_fails_says_why_and_the_others_go_on(open_flow, web):
    web.pages.update({"/a.pdf": answer(pdf_of()), "/secret.pdf": answer(encrypted_pdf("x")), "/zip.pdf": answer(b"PK")})
    urls = [f"{web.url}/{name}.pdf?sig=hunter2" for name in ("a", "secret", "none", "zip")]
    lines = [line_of(url) for url in (*urls, "data/../../x.pdf", "https://10.0.0.1/a.pdf")]
    report = batch_of(open_flow(lines, allow_loopback=True))
    reasons = {failed.number: failed.reason for failed in report.failed}
    assert sorted(reasons) == [2, 3, 4, 5, 6]
    for number, reason in {
        2: "the document is encrypted",
        3: "the server answered 404",
        4: "this is no PDF",
        5: "not inside the folder data",
        6: "it leads to 10.0.0.1, which is not a public",
    }.items():
        assert reason in reasons[number]
    assert "hunter2" not in "".join(reasons.values())


# On the emulator


def test_a_streamed_answer_comes_in_pieces_from_a_file_of_a_folder_that_the_caller_named(
    emulator, open_flow, save, monkeypatch
):
    monkeypatch.setenv("AOAI_BASE_ENDPOINT", emulator.endpoint)
    session = open_flow()
    flow = load(FLOW.run_arguments(session))
    flow.context.streaming = True
    flow.context.overrides = {"nodes.download_document.inputs.data_folder": str(save(pdf_of()).parent)}

    async def pieces():
        inputs = {"question": "What do members pay?", "chat_history": [], "config": flow_config(session)}
        result = await as_async_function(flow)(pdf_url="data/document.pdf", streaming=True, **inputs)
        return [piece async for piece in result["answer"]]

    found = asyncio.run(pieces())
    assert len(found) > 1 and "".join(found).strip()


def test_threads_with_event_loops_of_their_own_do_not_get_in_each_others_way(emulator, save, tmp_path):
    from chat_with_pdf.chat import complete
    from chat_with_pdf.documents import find_document
    from chat_with_pdf.index import find_index, open_index
    from chat_with_pdf.prompts import answering_messages
    from chat_with_pdf.settings import Settings

    from model_endpoint import shared_client

    save(pdf_of())
    answers = []

    async def answer_one():
        settings, endpoint = Settings(), endpoint_at(emulator.endpoint)
        document = await find_document("data/document.pdf", tmp_path / "data", False)
        index = open_index(await find_index(document, settings, endpoint))
        context = [{"page": passage.page, "text": passage.text} for passage in index.passages]
        messages = answering_messages("What do members pay?", context, [], settings.prompt_token_limit)
        answers.append(await complete(await shared_client(endpoint), settings, messages))

    threads = [threading.Thread(target=asyncio.run, args=(answer_one(),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(answers) == 3 and all(answers)
