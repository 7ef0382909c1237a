"""Evaluations from the command line: what passes, what fails, and what is written."""

import json
import math

import pytest
import yaml
from model_server import failure, text_of

from mlops.common import config, evaluation_command
from mlops.common.errors import exit_status
from mlops.common.evaluation import FlowEvaluation
from mlops.common.evaluation_command import evaluate, evaluation_arguments, finish
from mlops.common.reports import read_results

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
    monkeypatch.setattr(evaluation_command, "EVALUATIONS", tmp_path / "evaluations")

    def evaluated(*arguments, answers=GOOD, thresholds=None, evaluators=None):
        from flows.function_basic_flow.evaluate.evaluate import EVALUATION

        server.answer = lambda request: answers[text_of(request)]
        if thresholds is not None:
            monkeypatch.setattr(config.Configuration.__init__, "__defaults__", (_config(tmp_path, thresholds), None))
        evaluation = EVALUATION
        if evaluators:
            mapping = {name: EVALUATION.column_mapping["match"] for name in evaluators}
            evaluation = FlowEvaluation(FLOW, EVALUATION.target, lambda session: evaluators, mapping)
        argv = ["--environment_name", "pr", "--data", str(data), *map(str, arguments)]
        parsed = evaluation_arguments("", argv)
        return exit_status(lambda: finish(evaluate(evaluation, parsed), parsed))

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
        "results.jsonl", "metrics.json", "report.md", "report.html", "junit.xml",
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
    assert "line 3: odd.precision is NaN" in capsys.readouterr().err


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


def test_there_can_be_more_evaluators_than_threads(run, tmp_path):
    def one(*, response, ground_truth):
        return {"f1": 1.0}

    assert run(evaluators={f"odd{number}": one for number in range(40)}, thresholds={}) == 0


def test_data_without_a_column_that_an_evaluator_needs_cannot_be_run(run, data, server, capsys):
    data.write_text(json.dumps({"entity_type": "job title", "text": "A pilot waved."}) + "\n")

    assert run() == 2
    said = capsys.readouterr().err
    assert "no line has the column ground_truth, which the evaluator match needs" in said and "Traceback" not in said


def test_no_row_answered_fails(run, capsys):
    assert run(answers=dict.fromkeys(GOOD, failure(400, message="no"))) == 1
    assert "line 1: " in capsys.readouterr().err


def test_the_same_twice_passes_against_the_latest_and_a_worse_prompt_fails_with_drop_and_p(run, tmp_path, capsys):
    thresholds = {"match.f1": {"max_drop": 0.05}}
    assert run("--baseline", "latest", thresholds=thresholds) == 0
    assert "no earlier evaluation" in capsys.readouterr().out
    assert run("--baseline", "latest", thresholds=thresholds) == 0
    worse = tmp_path / "worse.md"
    worse.write_text("Say something about jobs.", encoding="utf-8")
    chatty = dict.fromkeys(GOOD, "Jobs are nice")
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
    assert capsys.readouterr().err.count("No AI Studio project is configured") <= 1


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
