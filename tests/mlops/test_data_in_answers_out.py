"""Every line has its own answer, and evaluators see what the flow returned and what the data held, of the same type."""

import csv
import json
import shutil
import sqlite3
import sys
from dataclasses import replace

import pytest
from model_server import FLOWS, listed, text_of

from mlops.common.cli import exit_status
from mlops.common.errors import UserError
from mlops.common.paths import REPOSITORY
from mlops.evaluation import baselines
from mlops.evaluation import command as evaluation_command
from mlops.evaluation.command import evaluate_flow, evaluation_arguments
from mlops.evaluation.reports import read_results
from mlops.promptflow_patches.fixes import share_node_log

TEXTS = ["one", "two", "three", "four"]
# Prompt flow pairs lines with answers by a column of this name: microsoft/promptflow#2646.
PLACES = {
    "swapped": [1, 0, 3, 2],
    "backwards": [4, 3, 2, 1],
    "too far": [0, 99, 2, 3],
    "in some": [0, None, 0, None],
    "texts": ["b", "a", "d", "c"],
    "the same": [1, 1, 1, 1],
}
# What pandas makes of each, read as JSON lines or CSV: pandas-dev/pandas#42471 and #40992, and its documentation.
VALUES = [
    "01632960733",
    "1e5",
    "NaN",
    "null",
    "true",
    "None",
    "2021-03-04",
    "1,000",
    " 5",
    "",
    "0x10",
    "Infinity",
    "\u2028",
    90071992547409930001,
    2**63,
    -0.0,
    0.1 + 0.2,
    1.0,
    1,
    True,
    False,
    [],
    ["007"],
    [1.0, "1.0", True],
    {"a": {"b": None}},
]


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def answers_of(report):
    return [(row["line_number"], row["answer"]) for row in map(json.loads, report.output.read_text().splitlines())]


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("places", PLACES.values(), ids=PLACES)
def test_a_column_by_prompt_flows_name_for_places_changes_no_answer(flow, places, server, run_flow, tmp_path):
    server.answer = lambda chat: listed(chat, text_of(chat))
    rows = [{"entity_type": "job title", "text": text} for text in TEXTS]
    rows = [row if place is None else {"line_number": place, **row} for row, place in zip(rows, places)]
    report = run_flow(flow, "--batch_only", "--data", write(tmp_path / "data.jsonl", rows))
    assert (report.lines, report.failed) == (4, ())
    assert answers_of(report) == [(number, [text]) for number, text in enumerate(TEXTS)]


def test_columns_may_have_any_name_and_dates_stay_text(server, run_flow, tmp_path, monkeypatch):
    from mlops.runs import session

    server.answer = lambda chat: listed(chat, text_of(chat))
    names = ["inputs", "outputs", "error", "a.b c", "a}b", "${data.text}", "data", "__outputs.answer", "created_at", ""]
    rows = [{**dict.fromkeys(names, "2021-03-04"), "date": text, "modified": "job title"} for text in TEXTS]
    mapping = {"entity_type": "${data.modified}", "text": "${data.date}"}
    flow = session.Configuration.flow
    monkeypatch.setattr(
        session.Configuration, "flow", lambda *args: flow(*args).model_copy(update={"column_mapping": mapping})
    )
    report = run_flow("function_basic_flow", "--batch_only", "--data", write(tmp_path / "data.jsonl", rows))
    assert answers_of(report) == [(number, [text]) for number, text in enumerate(TEXTS)]


@pytest.fixture
def seen(server, tmp_path, monkeypatch):
    """Evaluate function_basic_flow on rows; return what an evaluator was given for each, and the evaluation."""
    for module in (evaluation_command, baselines):
        monkeypatch.setattr(module, "EVALUATIONS", tmp_path / "evaluations")

    def evaluated(rows, *options, path=None):
        from flows.function_basic_flow import definition

        given = {}

        def evaluator(*, text: str, response: list, extra=None):
            given.setdefault(text, []).append((response, extra))
            return {"score": 1.0}

        mapping = {"text": "${data.text}", "response": "${target.answer}", "extra": "${data.extra}"}
        flow = replace(
            definition.FLOW,
            evaluators=lambda session: {"seen": evaluator},
            evaluator_config={"seen": {"column_mapping": mapping}},
        )
        path = path or write(tmp_path / "rows.jsonl", rows)
        [outcome] = evaluate_flow(
            flow, evaluation_arguments("", ["--environment_name", "pr", "--data", str(path), *options])
        )
        return given, outcome

    return evaluated


def test_an_evaluator_sees_every_value_as_it_is(seen, server, tmp_path):
    server.answer = lambda chat: listed(chat, text_of(chat))
    rows = [{"entity_type": "x", "text": f"{n}", "extra": value} for n, value in enumerate(VALUES)]
    given, outcome = seen(rows)
    wanted = [[([f"{n}"], value)] for n, value in enumerate(VALUES)]
    assert repr([given[f"{n}"] for n in range(len(VALUES))]) == repr(wanted)
    [folder] = (tmp_path / "evaluations").glob("*/*")
    assert repr([row.inputs for row in read_results(folder).rows]) == repr(rows)


def test_answers_that_look_like_numbers_stay_text(seen, server):
    texts = [text for text in VALUES if isinstance(text, str) and text.strip(" \u2028") and text != "None"]
    server.answer = lambda chat: listed(chat, text_of(chat))
    given, outcome = seen([{"entity_type": "x", "text": text} for text in texts])
    assert given == {text: [([text.strip()], None)] for text in texts}
    assert [row.outputs for row in outcome.rows] == [{"answer": [text.strip()]} for text in texts]


def test_a_csv_is_evaluated_as_jsonl_is(seen, server, tmp_path):
    server.answer = lambda chat: listed(chat, text_of(chat))
    path = tmp_path / "rows.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        header = ("line_number", "text", "entity_type", "extra")
        csv.writer(file).writerows([header, (1, 'a "b"', "x", "007"), (0, "c", "x", "1\r\n2")])
    server.answer = lambda chat: listed(chat, text_of(chat).replace('"', "'"))
    given, outcome = seen(None, path=path)
    assert given == {'a "b"': [(["a 'b"], "007")], "c": [(["c"], "1\r\n2")]}
    assert [row.inputs["line_number"] for row in outcome.rows] == ["1", "0"]


@pytest.mark.parametrize("flow", FLOWS)
def test_standard_output_is_what_it_was_before_a_batch(flow, server, run_flow, write_data):
    server.answer = lambda chat: listed(chat, text_of(chat))
    before = sys.stdout, sys.stderr
    report = run_flow(flow, "--batch_only", "--data", write_data([f"text {n}" for n in range(40)]))
    assert report.failed == () and (sys.stdout, sys.stderr) == before


def test_lines_that_overlap_share_one_stand_in_and_their_output_is_kept_apart(capsys):
    from promptflow.executor._script_executor import ScriptExecutor

    share_node_log()
    before, executor = sys.stdout, ScriptExecutor.__new__(ScriptExecutor)
    executor._update_operation_context = lambda *_: open("/dev/null")  # any context
    lines = [executor._exec_line_context("run", number) for number in range(5_000)]
    for line in lines:
        line.__enter__()
    inside = sys.stdout
    for line in lines:  # first in, first out
        assert sys.stdout is inside and inside._prev_out is before
        line.__exit__(None, None, None)
    assert sys.stdout is before
    with executor._exec_line_context("run", 0), executor._exec_line_context("run", 1):
        assert sys.stdout is not inside  # a stand-in stands before what is there when the first line begins
    assert sys.stdout is before


@pytest.mark.parametrize(("value", "kind"), [(None, "null"), (5, "an integer (5)"), (["a"], 'a list (["a"])')])
@pytest.mark.parametrize("flow", FLOWS)
def test_a_value_of_a_wrong_type_is_refused_before_anything_runs(flow, value, kind, server, run_flow, tmp_path):
    rows = [{"entity_type": "x", "text": "a"}, {"entity_type": "x", "text": value}]
    path = write(tmp_path / "data.jsonl", rows)
    with pytest.raises(UserError) as error:
        run_flow(flow, "--data", path)
    says = f'{path}, line 2: the column "text" is {kind}; the flow\'s input text takes a string'
    assert str(error.value) == says and server.paths == []


def test_the_batch_alone_shows_no_samples(server, run_flow, write_data, capsys):
    server.answer = lambda chat: listed(chat, text_of(chat))
    report = run_flow("class_basic_flow", "--batch_only", "--data", write_data(TEXTS))
    assert capsys.readouterr().out == "" and sorted(server.texts()) == sorted(TEXTS)

    server.chats.clear()
    assert run_flow("class_basic_flow", "--resume_from", report.run).failed == ()
    assert server.chats == []


def test_a_full_disk_is_reported_in_a_sentence_with_the_way_to_resume(
    server, status_of, write_data, monkeypatch, capsys
):
    import errno
    from pathlib import Path

    from promptflow._sdk.operations import _local_storage_operations as storage

    server.answer = lambda chat: listed(chat, text_of(chat))
    dump = storage.json_dump

    def dump_until_full(content, path):
        if Path(path).name == "metrics.json":
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        dump(content, path)

    monkeypatch.setattr(storage, "json_dump", dump_until_full)
    options = ("--environment_name", "pr", "--batch_only", "--data", write_data(TEXTS))
    status = status_of("mlops.run_class_basic_flow", *options)
    said = capsys.readouterr().err
    assert status == 2 and "Traceback" not in said
    assert (
        "metrics.json cannot be written to: no space is left on that disk; free some, or point OUTPUTS_DIRECTORY"
        in said
    )
    resume = "then resume with python -m mlops.run_class_basic_flow --environment_name pr --resume_from class_basic"
    assert resume in said


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (
            OSError(30, "Read-only file system", str(REPOSITORY / "outputs" / "x")),
            "outputs/x cannot be written to: it is read-only; make it writable, or point",
        ),
        (PermissionError(13, "Permission denied", "/somewhere"), "/somewhere cannot be written to: this user may not"),
        (OSError(28, "No space left on device"), "cannot be written to: no space is left on that disk"),
        (
            shutil.Error([("a", "/somewhere/b", "[Errno 28] No space left on device: 'b'")]),
            "/somewhere/b cannot be written to: no space is left on that disk",
        ),
        (sqlite3.OperationalError("attempt to write a readonly database"), "it is read-only"),
        (sqlite3.OperationalError("database or disk is full"), "no space is left on that disk"),
    ],
)
def test_what_cannot_be_written_is_a_sentence_and_status_2_however_deep_it_is(fault, says, capsys):
    def command():
        try:
            raise fault
        except Exception as error:
            raise RuntimeError("something else") from error

    assert exit_status(command) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ") and says in said and said.count("\n") == 1


def test_other_errors_are_no_faults_of_storage():
    def command():
        raise FileNotFoundError(2, "No such file", "x")

    with pytest.raises(FileNotFoundError):
        exit_status(command)
