"""Evaluations from the command line: what passes, what fails, and what is written."""

import hashlib
import json
import math
import re
from dataclasses import replace
from html import unescape

import pytest
import yaml
from model_server import failure, text_of

from mlops.common.cli import exit_status
from mlops.configuration import config
from mlops.evaluation import baselines
from mlops.evaluation import command as evaluation_command
from mlops.evaluation.command import evaluate_flow, evaluation_arguments, finish
from mlops.evaluation.judges import judges
from mlops.evaluation.reports import read_results

FLOW = "function_basic_flow"
ROWS = [
    {"entity_type": "job title", "text": "The nurse met the mayor.", "ground_truth": ["nurse", "mayor"]},
    {"entity_type": "job title", "text": "A pilot waved.", "ground_truth": ["pilot"]},
    {"entity_type": "job title", "text": "Nobody was there.", "ground_truth": []},
]
GOOD = {"The nurse met the mayor.": '"nurse", "mayor"', "A pilot waved.": '"pilot"', "Nobody was there.": "None"}


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    return path


@pytest.fixture
def run(server, data, tmp_path, monkeypatch):
    """Evaluate function_basic_flow on ROWS against a model that answers as told; return the status."""
    for module in (evaluation_command, baselines):
        monkeypatch.setattr(module, "EVALUATIONS", tmp_path / "evaluations")

    def evaluated(*arguments, answers=GOOD, answer=None, thresholds=None, evaluators=None):
        from flows.function_basic_flow import definition

        server.answer = answer or (lambda request: answers[text_of(request)])
        if thresholds is not None:
            monkeypatch.setattr(config.Configuration.__init__, "__defaults__", (_config(tmp_path, thresholds), None))
        flow = definition.FLOW
        if evaluators:
            config_of = {name: definition.FLOW.evaluator_config["match"] for name in evaluators}
            flow = replace(flow, evaluators=lambda session: evaluators, evaluator_config=config_of)
        argv = ["--environment_name", "pr", "--data", str(data), *map(str, arguments)]
        parsed = evaluation_arguments("", argv)
        return exit_status(lambda: finish(evaluate_flow(flow, parsed), parsed))

    return evaluated


def _config(folder, thresholds):
    sections = yaml.safe_load(config.CONFIG_FILE.read_text(encoding="utf-8"))
    sections[f"{FLOW}_pr"]["thresholds"] = thresholds
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(sections), encoding="utf-8")
    return path


def _latest(folder):
    return max((folder / "evaluations" / f"{FLOW}_pr").glob("*/metrics.json"), key=lambda path: path.stat().st_mtime)


def test_a_good_flow_passes_and_leaves_every_report(run, tmp_path, capsys):
    assert run() == 0
    folder = _latest(tmp_path).parent
    assert {path.name for path in folder.iterdir()} == {
        "results.jsonl",
        "metrics.json",
        "report.md",
        "report.html",
        "junit.xml",
    }
    outcome = read_results(folder)
    assert outcome.passed
    assert [row.scores["match.f1"] for row in outcome.rows] == [1.0, 1.0, 1.0]
    assert outcome.rows[0].outputs == {"answer": ["nurse", "mayor"]}
    assert all(row.tokens > 0 and row.seconds > 0 for row in outcome.rows)
    assert outcome.about["commit"]
    out = capsys.readouterr().out
    assert "match.f1" in out
    assert "passed" in out


def test_a_score_under_its_threshold_fails_in_one_line_with_metric_score_and_threshold(run, capsys):
    answers = {**GOOD, "A pilot waved.": '"baker"'}
    assert run(answers=answers, thresholds={"match.f1": {"min": 0.9}}) == 1
    assert f"{FLOW}: match.f1 is 0.667, under its minimum of 0.9" in capsys.readouterr().err.splitlines()


def test_a_row_on_which_the_flow_fails_fails_the_gate_although_the_mean_is_high(run, capsys):
    answers = {**GOOD, "A pilot waved.": failure(400, message="the content was filtered")}
    assert run(answers=answers, thresholds={"match.f1": {"min": 0.1}}) == 1
    err = capsys.readouterr().err
    assert f"{FLOW}: line 2: " in err
    assert "the content was filtered" in err


def test_an_evaluator_that_returns_nan_fails_the_gate(run, capsys):
    def nan_for_pilots(*, response, ground_truth):
        return {"f1": math.nan if "pilot" in response else 1.0}

    assert run(evaluators={"odd": nan_for_pilots}, thresholds={}) == 1
    assert f"{FLOW}: line 2: odd.f1 is NaN" in capsys.readouterr().err


def test_an_evaluator_that_raises_fails_the_gate_with_its_reason(run, capsys):
    def impossible(*, response, ground_truth):
        return {"f1": 1 / len(response)}

    assert run(evaluators={"odd": impossible}, thresholds={}) == 1
    assert f"{FLOW}: line 3: odd: ZeroDivisionError: division by zero" in capsys.readouterr().err


def test_an_evaluator_that_forgets_a_score_in_one_row_fails_the_gate(run, capsys):
    def forgetful(*, response, ground_truth):
        return {"f1": 1.0, "precision": 1.0} if response else {"f1": 1.0}

    assert run(evaluators={"odd": forgetful}, thresholds={}) == 1
    assert "line 3: odd.precision is missing" in capsys.readouterr().err


def test_a_row_that_an_evaluator_has_nothing_to_say_of_passes_and_is_shown_as_such(run, tmp_path):
    def of_pilots(*, response, ground_truth):
        return {"f1": 1.0} if "pilot" in response else {"not_applicable": "it is about pilots"}

    assert run(evaluators={"odd": of_pilots}, thresholds={"odd.f1": {"min": 1}}) == 0
    folder = _latest(tmp_path).parent
    rows = [json.loads(line) for line in (folder / "results.jsonl").read_text().splitlines()]
    assert [row["scores"] for row in rows] == [{}, {"odd.f1": 1.0}, {}]
    assert rows[0]["not_applicable"] == {"odd": "it is about pilots"}
    assert "it is about pilots" in (folder / "report.html").read_text()
    assert read_results(folder / "metrics.json").rows[0].not_applicable == {"odd": "it is about pilots"}


@pytest.fixture
def judged(run, server, monkeypatch):
    """Evaluate with two judges, of which one says of a pilot what a test tells; return the status."""
    from flows.function_basic_flow import definition

    mapping = {"query": "${data.text}", "response": "${target.answer}"}
    for field, value in {
        "evaluators": lambda session: judges(session, "coherence", "relevance"),
        "evaluator_config": {name: {"column_mapping": mapping} for name in ("coherence", "relevance")},
    }.items():
        monkeypatch.setitem(definition.FLOW.__dict__, field, value)

    def evaluated(of_pilots):
        verdict = json.dumps({"reason": "It is\nas good | as <can> be.", "score": 5, "status": "completed"})
        texts = dict(GOOD)

        def answer(request):
            asked = request["messages"][-1]["content"]
            if "RESPONSE" not in asked:
                return texts[text_of(request)]
            return of_pilots if "CONVERSATION" in asked and "A pilot waved." in asked else verdict

        return run(answer=answer, thresholds={"relevance.relevance": {"min": 4}})

    return evaluated


def test_a_judges_reason_stands_beside_its_score(judged, tmp_path):
    assert judged('{"reason": "Pilots do wave.", "score": 4, "status": "completed"}') == 0
    folder = _latest(tmp_path).parent
    outcome = read_results(folder)
    assert [row.scores for row in outcome.rows] == [
        {"coherence.coherence": 5, "relevance.relevance": score} for score in (5, 4, 5)
    ]
    assert outcome.rows[1].notes["relevance.reason"] == "Pilots do wave."
    assert outcome.about["judge"] == "gpt-5.6-luna (reasoning)"
    assert "coherence 5.00: It is as good" in unescape((folder / "report.md").read_text())
    page = (folder / "report.html").read_text().replace("<wbr>", "")
    assert re.search(r'<dt>relevance 4.00</dt><dd>\s*<div dir="auto">Pilots do wave.</div>', page)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("It is all right.", "the judge gave no score; its reply begins 'It is all right.'"),
        ('{"score": NaN}', "the judge's score is none from 1 to 5; its reply begins '{\"score\": NaN}'"),
        ("", "the judge gpt-5.6-luna gave no score: the model's answer is empty"),
    ],
)
def test_a_judge_without_a_score_fails_the_gate_and_is_quoted(reply, said, judged, capsys):
    assert judged(reply) == 1
    assert [line for line in capsys.readouterr().err.splitlines() if line.startswith(FLOW)] == [
        f"{FLOW}: line 2: relevance: {said}"
    ]


def test_the_whole_reply_of_a_judge_without_a_score_stays_with_the_row(judged, tmp_path):
    reply = f"It is all right. {'And so on. ' * 50}Four of five."
    assert judged(reply) == 1
    folder = _latest(tmp_path).parent
    assert read_results(folder).rows[1].notes["relevance.reply"] == reply
    page = (folder / "report.html").read_text().replace("<wbr>", "")
    assert "relevance replied" in page and "Four of five." in page


def test_what_answered_the_judge_and_the_data_are_recorded(judged, data, tmp_path):
    assert judged('{"reason": "Pilots do wave.", "score": 4}') == 0
    about = json.loads(_latest(tmp_path).read_text())["about"]
    assert about["answers"].endswith(" at 127.0.0.1 (azure)") and "(reasoning)" in about["answers"]
    assert about["judge"] == "gpt-5.6-luna (reasoning)"
    assert about["data"] == data.name  # and not where it is: a path may hold a user's name
    assert about["data_sha256"] == hashlib.sha256(data.read_bytes()).hexdigest()


def test_a_threshold_by_an_old_name_gets_an_error_with_the_new_one(run, server, capsys):
    assert run(thresholds={"groundedness.gpt_groundedness": {"min": 4}}) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "groundedness.gpt_groundedness is called groundedness.groundedness now" in said
    assert server.chats == []


def test_there_can_be_more_evaluators_than_threads(run, tmp_path):
    def one(*, response, ground_truth):
        return {"f1": 1.0}

    assert run(evaluators={f"odd{number}": one for number in range(40)}, thresholds={}) == 0


def test_data_without_a_column_that_an_evaluator_needs_cannot_be_run(run, data, server, capsys):
    data.write_text(json.dumps({"entity_type": "job title", "text": "A pilot waved."}) + "\n")

    assert run() == 2
    said = capsys.readouterr().err
    assert f'{data}, line 1: has no column "ground_truth", which the evaluator match\'s ground_truth needs' in said
    assert "Traceback" not in said and server.chats == []


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (None, "is null; the evaluator match's ground_truth takes a list or a string"),
        (5, "is an integer (5)"),
        ({"a": 1}, 'is an object ({"a": 1})'),
    ],
)
def test_ground_truth_of_another_kind_cannot_be_run(run, data, server, capsys, value, says):
    data.write_text("".join(json.dumps(row) + "\n" for row in [*ROWS, {**ROWS[0], "ground_truth": value}]))

    assert run() == 2
    said = capsys.readouterr().err
    assert f'{data}, line 4: the column "ground_truth" {says}' in said and server.chats == []


def test_no_row_answered_fails(run, capsys):
    assert run(answers=dict.fromkeys(GOOD, failure(400, message="no"))) == 1
    assert "line 1: " in capsys.readouterr().err


def test_the_same_twice_passes_against_the_latest_and_a_worse_prompt_fails_with_drop_and_p(run, tmp_path, capsys):
    thresholds = {"match.f1": {"max_drop": 0.05}}
    assert run("--baseline", "latest", thresholds=thresholds) == 0
    assert f"No earlier evaluation of {FLOW} in pr on the same data passed" in capsys.readouterr().err
    assert run("--baseline", "latest", thresholds=thresholds) == 0
    worse = tmp_path / "worse.md"
    worse.write_text("Say something about jobs.", encoding="utf-8")
    chatty = dict.fromkeys(GOOD, '"Jobs are nice"')
    assert run("--baseline", "latest", "--variant", f"prompt={worse}", thresholds=thresholds, answers=chatty) == 1
    err = capsys.readouterr().err
    assert "match.f1 dropped by 1.000 from 1.000 (p = " in err
    assert "more than 0.05" in err


def test_a_baseline_can_be_a_file(run, tmp_path):
    assert run() == 0
    assert run("--baseline", _latest(tmp_path)) == 0


@pytest.mark.parametrize("content", [None, "", "{", '{"flow": "function_basic_flow"}', "[]"])
def test_a_baseline_that_is_missing_or_damaged_cannot_be_run(run, tmp_path, capsys, content):
    path = tmp_path / "old" / "metrics.json"
    if content is not None:
        path.parent.mkdir()
        path.write_text(content, encoding="utf-8")
    assert run("--baseline", path) == 2
    err = capsys.readouterr().err
    assert "old/" in err
    assert "Traceback" not in err


def test_another_flows_baseline_cannot_be_run(run, tmp_path, capsys):
    assert run() == 0
    path = _latest(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace(FLOW, "class_basic_flow"), encoding="utf-8")
    assert run("--baseline", path) == 2
    assert "is an evaluation of class_basic_flow" in capsys.readouterr().err


def test_variants_give_a_report_each_and_one_over_all(run, server, tmp_path, capsys):
    assert run("--variant", "max_output_tokens=100", "max_output_tokens=200") == 0
    reports = [path.parent.name for path in (tmp_path / "evaluations" / f"{FLOW}_pr").glob("*/report.html")]
    assert len(reports) == 3
    assert sum("variants" in name for name in reports) == 1
    assert {request["max_completion_tokens"] for request in server.chats} == {100, 200}


@pytest.mark.parametrize(
    ("setting", "problem"),
    [
        ("temperature", "expected KEY=VALUE"),
        ("temprature=1", "there is no temprature"),
        ("temperature=hot", "temperature"),
        ("prompt=nowhere.md", "nowhere.md does not exist"),
    ],
)
def test_a_variant_that_is_not_right_cannot_be_run(run, capsys, setting, problem):
    assert run("--variant", setting) == 2
    assert problem in capsys.readouterr().err


def test_nothing_is_logged_to_azure_and_that_is_said_once(run, capsys):
    assert run() == 0
    assert run() == 0
    assert capsys.readouterr().err.count("No Foundry project is configured") <= 1


def test_results_go_where_output_says(run, tmp_path, capsys):
    assert run("--output", tmp_path / "report") == 0
    assert read_results(tmp_path / "report" / FLOW).passed
    assert str(tmp_path / "report" / FLOW / "report.html") in capsys.readouterr().out
    assert not (tmp_path / "evaluations").exists()


def test_results_of_variants_go_beside_each_other_where_output_says(run, tmp_path):
    assert run("--output", tmp_path / "report", "--variant", "temperature=0", "temperature=1") == 0
    runs = [path.parent.name for path in (tmp_path / "report" / FLOW).glob("*/metrics.json")]
    assert len(runs) == 3
    assert sum("_variants_" in name for name in runs) == 1
