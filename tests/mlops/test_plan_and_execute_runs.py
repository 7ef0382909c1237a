"""Plan and execute, as a class and as a DAG: the same model and the same web give the same plan, steps and answer."""

import asyncio
import json
import logging

import pytest
from model_server import KEY, Answer, completion, failure

FLOWS = ("class_plan_and_execute", "plan_and_execute")
SEARCH_KEY = "key-of-the-search"
QUESTIONS = ["How many people live in Gravenholt?", "What is twelve times twelve?", "What breaks?"]


def step(identifier: str, tool: str, **arguments: str) -> dict:
    return {"id": identifier, "purpose": f"purpose of {identifier}", "tool": tool, "arguments": arguments}


PLANS = {
    QUESTIONS[0]: [
        step("#E1", "wikipedia_tool", query="Gravenholt"),
        step("#E2", "web_tool", query="Gravenholt"),
        step("#E3", "llm_tool", request="How many people?", context="#E1"),
        step("#E4", "math_tool", request="#E3 times 1"),
    ],
    QUESTIONS[1]: [step("#E1", "math_tool", request="twelve times twelve")],
    QUESTIONS[2]: [
        step("#E1", "wikipedia_tool", query="qqzzxx vvkkww"),
        step("#E2", "llm_tool", request="What is it?", context="#E1"),
        step("#E3", "math_tool", request="1"),
    ],
}


def model(chat: dict) -> object:
    """The scripted model; the question, or the text of the step, decides on what it says."""
    instructions, text = chat["messages"][0]["content"], chat["messages"][-1]["content"]
    question = text.rpartition("Question: ")[2]
    if instructions.startswith("You plan"):
        return json.dumps({"steps": PLANS[question]}) if question in PLANS else failure(400, "no such question")
    if instructions.startswith("Write the arithmetic"):
        body = completion(None)
        call = {"name": "calculate", "arguments": '{"expression": "12 * 12"}'}
        body["choices"][0]["message"]["tool_calls"] = [{"id": "c", "type": "function", "function": call}]
        body["choices"][0]["finish_reason"] = "tool_calls"
        return Answer(body)
    return f"answer to {question}" if "<steps>" in text else f"read {len(text)} characters"


@pytest.fixture
def opened(server, emulator, tmp_path):
    """A session of a flow, whose model is the scripted one, and whose web and encyclopedia are the emulator's."""
    from contextlib import contextmanager

    from flows import find_flow
    from mlops.common.cli import runner_arguments
    from mlops.configuration.endpoints import AoaiConfig, SearchConfig
    from mlops.endpoint.connection import save_search_connection
    from mlops.flow_folders.variants import variants
    from mlops.runs.session import open_session, search_of_emulator

    server.answer = model

    @contextmanager
    def open_one(flow: str, *questions: str, resume_from: str | None = None):
        data = tmp_path / "questions.jsonl"
        data.write_text("".join(json.dumps({"question": question}) + "\n" for question in questions))
        lines = ["--resume_from", resume_from] if resume_from else ["--data", str(data)]
        [arguments] = variants(runner_arguments("", ["--environment_name", "pr", *lines]))
        with open_session(find_flow(flow), arguments) as session:
            aoai = AoaiConfig(connection="x", endpoint=emulator.endpoint, api_key=SEARCH_KEY, api_version="x")
            search = search_of_emulator(SearchConfig(connection="search_connection", provider="bing"), aoai)
            save_search_connection(session.pf, search, session.search_connection)
            yield session, find_flow(flow).run_arguments(session)

    return open_one


def outcome(flow: str, opened, *questions: str, resume_from: str | None = None):
    """The report of a batch, and the outputs of its lines without how long the steps took."""
    from mlops.runs.batch import open_batch

    with opened(flow, *questions, resume_from=resume_from) as (session, arguments):
        with open_batch(session) as batch:
            batch.run = batch.resumed() or session.pf.run(data=session.data, **arguments, **batch.options())
        report = batch.report()
    outputs = [json.loads(line) for line in report.output.read_text(encoding="utf-8").splitlines()]
    for output in outputs:
        for each in output["steps"]:
            assert each.pop("seconds") >= 0
    return report, outputs


def test_the_class_and_the_dag_do_the_same(opened, server, capfd, caplog):
    with caplog.at_level(logging.DEBUG):
        found = {flow: outcome(flow, opened, *QUESTIONS) for flow in FLOWS}
    (first, outputs), (second, others) = found.values()
    assert (first.lines, first.failed) == (second.lines, second.failed) == (3, ())
    assert outputs == others
    for output, question in zip(outputs, QUESTIONS):
        assert set(output) == {"answer", "plan", "steps", "number_of_steps", "degraded", "line_number"}
        assert output["degraded"] == []
        assert output["plan"] == {"steps": PLANS[question]}
        assert output["answer"] == f"answer to {question}"
        assert output["number_of_steps"] == len(output["steps"]) == len(PLANS[question])
    assert [each["result"] for each in outputs[0]["steps"]][3] == "144"
    assert "inhabitants" in outputs[0]["steps"][0]["result"] and "Source: " in outputs[0]["steps"][1]["result"]
    kept = "".join(path.read_text(errors="replace") for path in first.output.parent.rglob("*") if path.is_file())
    kept += "".join(path.read_text(errors="replace") for path in second.output.parent.rglob("*") if path.is_file())
    told = kept + "".join(capfd.readouterr())
    assert KEY not in told and SEARCH_KEY not in told
    for words in ("Unclosed", "never retrieved", "never awaited"):
        assert words not in told + caplog.text


@pytest.mark.parametrize("flow", FLOWS)
def test_a_tool_that_fails_reaches_the_solver_and_ends_neither_line_nor_batch(flow, opened, server):
    report, [good, broken] = outcome(flow, opened, QUESTIONS[1], QUESTIONS[2])
    assert report.failed == ()
    assert [each["error"] for each in good["steps"]] == [None]
    assert [each["error"] for each in broken["steps"]] == [
        'no article fits "qqzzxx vvkkww"',
        "skipped, since it needs the result of #E1",
        None,
    ]
    [told] = [
        text
        for chat in server.chats
        if "<steps>" in (text := chat["messages"][-1]["content"]) and text.endswith(QUESTIONS[2])
    ]
    assert told.count('failed="yes"') == 2 and 'no article fits "qqzzxx vvkkww"' in told


@pytest.mark.parametrize("flow", FLOWS)
def test_a_line_that_lacks_what_a_passing_fault_kept_from_it_is_named_and_asked_again(flow, opened, server):
    busy = failure(429, "busy", retry_after="3600")
    server.answer = lambda chat: busy if "arithmetic" in str(chat["messages"][0]) else model(chat)
    report, [good, poor] = outcome(flow, opened, QUESTIONS[2], QUESTIONS[1])
    assert (report.failed, report.max_degraded, good["degraded"]) == ((), 0, ["#E3: " + good["steps"][2]["error"]])
    assert [line.number for line in report.degraded] == [1, 2]
    assert poor["degraded"][0].startswith("#E1: the model does not answer math_tool: ") and "busy" in str(poor)

    server.answer, server.chats[:] = model, []
    again, [good, better] = outcome(flow, opened, QUESTIONS[2], QUESTIONS[1], resume_from=report.run)
    assert (again.failed, again.degraded, better["degraded"]) == ((), (), [])
    assert better["steps"][0]["result"] == "144"

    server.chats[:] = []
    last, outputs = outcome(flow, opened, QUESTIONS[2], QUESTIONS[1], resume_from=again.run)
    assert (server.chats, last.degraded) == ([], ())
    assert outputs == [good, better]


@pytest.mark.parametrize("flow", FLOWS)
def test_a_line_without_a_usable_plan_fails_alone(flow, opened, server):
    unplanned = "What has no plan?"
    server.answer = lambda chat: "no JSON" if unplanned in str(chat["messages"]) else model(chat)
    report, [good] = outcome(flow, opened, unplanned, QUESTIONS[1])
    [failed] = report.failed
    assert failed.number == 1 and "no usable plan after 2 attempts" in failed.reason
    assert good["line_number"] == 1


async def test_the_dag_answers_several_at_a_time_over_shared_connections(opened, server):
    from promptflow.client import load_flow

    from flows.shared.planning import flow_config
    from mlops.flow_folders.async_flows import as_async_function

    with opened("plan_and_execute", *QUESTIONS) as (session, arguments):
        loaded = load_flow(arguments["flow"])
        loaded.context.connections = arguments["connections"]
        call, before = as_async_function(loaded), server.connections
        given = [{"question": question, "config": flow_config(session)} for question in [*QUESTIONS, *QUESTIONS[:2]]]
        answers = await asyncio.gather(*(call(**each) for each in given))
    assert [each["answer"] for each in answers] == [f"answer to {each['question']}" for each in given]
    assert server.connections - before <= len(given) * 2


@pytest.mark.parametrize("flow", FLOWS)
def test_a_single_test_shows_its_plan_while_it_runs(flow, opened, capfd):
    from promptflow.client import load_flow

    from flows.shared.planning import flow_config, log_plans

    with opened(flow, *QUESTIONS) as (session, arguments), log_plans():
        if "init" in arguments:
            record = {"question": QUESTIONS[0]}
            answer = session.pf.test(flow=arguments["flow"], inputs=record, init=arguments["init"])
        else:
            loaded = load_flow(arguments["flow"])
            loaded.context.connections = arguments["connections"]
            answer = loaded(question=QUESTIONS[0], config=flow_config(session))
    assert answer["answer"] == f"answer to {QUESTIONS[0]}"
    err = capfd.readouterr().err
    assert "  #E3  llm_tool: purpose of #E3  after #E1\n" in err
    assert err.count("  done  ") == 4
