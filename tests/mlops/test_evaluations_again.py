"""Evaluations after evaluations: baselines, repeats, and going on with one that ended early."""

import json
import os
import signal
import threading
from collections import Counter

import pytest
import yaml
from commands import Command
from model_server import KEY, Answer, ModelServer, failure, listed, text_of

from mlops.common.cli import exit_status
from mlops.configuration import config
from mlops.evaluation import baselines
from mlops.evaluation import command as evaluation_command
from mlops.evaluation.command import evaluate_flow, evaluation_arguments, finish
from mlops.evaluation.reports import read_results

FLOW = "function_basic_flow"
TEXTS = [f"text {number}" for number in range(4)]


def rows(truths=TEXTS):
    return [{"entity_type": "x", "text": text, "ground_truth": [truth]} for text, truth in zip(TEXTS, truths)]


@pytest.fixture
def run(server, tmp_path, monkeypatch):
    """Evaluate the flow on rows; return the status."""
    for module in (evaluation_command, baselines):
        monkeypatch.setattr(module, "EVALUATIONS", tmp_path / "evaluations")
    sections = yaml.safe_load(config.CONFIG_FILE.read_text(encoding="utf-8"))
    configured = tmp_path / "config.yaml"
    server.answer = lambda chat: listed(chat, text_of(chat))

    def evaluated(*options, of=None, thresholds=None):
        from flows.function_basic_flow import definition

        data = tmp_path / "rows.jsonl"
        if of is not None:
            data.write_text("".join(json.dumps(row) + "\n" for row in of), encoding="utf-8")
        sections[f"{FLOW}_pr"]["thresholds"] = thresholds or {}
        configured.write_text(yaml.safe_dump(sections), encoding="utf-8")
        monkeypatch.setattr(config.Configuration.__init__, "__defaults__", (configured, None))
        of_data = [] if "--resume_from" in options else ["--data", str(data)]
        arguments = evaluation_arguments("", ["--environment_name", "pr", *of_data, *options], of_one_flow=True)
        return exit_status(lambda: finish(evaluate_flow(definition.FLOW, arguments), arguments))

    return evaluated


@pytest.fixture
def latest(tmp_path):
    def found():
        folder = tmp_path / "evaluations" / f"{FLOW}_pr"
        path = max(folder.glob("*/metrics.json"), key=lambda path: path.stat().st_mtime_ns)
        return read_results(path)

    return found


GATE = {"match.f1": {"max_drop": 0.05}}


def test_one_that_failed_is_no_baseline_so_a_drop_shows_every_time(run, server, latest, capsys):
    assert run("--baseline", "latest", of=rows(), thresholds=GATE) == 0
    good = latest().run
    server.answer = lambda chat: listed(chat, "something else")
    for _ in range(2):
        assert run("--baseline", "latest", thresholds=GATE) == 1
        said = capsys.readouterr().err
        assert f"The baseline is {FLOW}, {good} of " in said and "which passed." in said
        assert "match.f1 dropped by 1.000 from 1.000 (p = " in said


def test_one_on_other_data_is_no_baseline_and_one_on_the_same_lines_in_another_form_is(run, latest, capsys, tmp_path):
    assert run(of=rows()) == 0
    whole = latest().run
    assert run("--baseline", "latest", of=rows()[:2], thresholds=GATE) == 0
    assert f"No earlier evaluation of {FLOW} in pr on the same data passed" in capsys.readouterr().err
    shuffled = [dict(reversed(row.items())) for row in reversed(rows())]
    assert run("--baseline", "latest", of=shuffled, thresholds=GATE) == 0
    assert whole in capsys.readouterr().err and latest().baseline == whole


def test_a_variant_is_compared_with_the_same_variant_or_else_with_the_configured_flow(run, latest, capsys):
    variant = ("--variant", "max_output_tokens=100")
    assert run(of=rows()) == 0
    configured = latest().run
    assert run("--baseline", "latest", *variant) == 0
    assert latest().baseline == configured
    first = latest().run
    assert run("--baseline", "latest", *variant) == 0
    assert latest().baseline == first
    assert run("--baseline", "latest") == 0
    assert latest().baseline == configured
    assert f"The baseline is {FLOW} max_output_tokens=100, {first} of " in capsys.readouterr().err


def test_one_that_is_damaged_is_no_baseline(run, tmp_path, capsys):
    assert run(of=rows()) == 0
    [path] = (tmp_path / "evaluations" / f"{FLOW}_pr").glob("*/metrics.json")
    path.write_text("{", encoding="utf-8")
    assert run("--baseline", "latest") == 0
    said = capsys.readouterr().err
    assert "metrics.json is damaged, and no baseline." in said and "Traceback" not in said


def test_every_line_is_asked_as_often_as_repeat_says_and_differences_show(run, server, latest, capsys):
    asked = Counter()

    def answer(chat):
        text = text_of(chat)
        asked[text] += 1
        return listed(chat, "wrong" if text == "text 1" and asked[text] == 2 else text)

    server.answer = answer
    assert run("--repeat", "3", of=rows(), thresholds={"match.f1": {"min": 0.5, "pass_rate": 0.9}}) == 0
    assert asked == dict.fromkeys(TEXTS, 3)
    outcome = latest()
    assert [row.scores["match.f1"] for row in outcome.rows] == [1.0, pytest.approx(2 / 3), 1.0, 1.0]
    assert [len(row.answers) for row in outcome.rows] == [3] * 4
    assert sorted(answer.outputs["answer"][0] for answer in outcome.rows[1].answers) == ["text 1", "text 1", "wrong"]
    f1 = next(metric for metric in outcome.metrics if metric.name == "match.f1")
    assert (f1.flaky, round(f1.pass_rate, 3)) == ((2,), 0.917)
    assert "spread" in capsys.readouterr().out
    asked.clear()
    assert run("--repeat", "3", thresholds={"match.f1": {"min": 0.5, "pass_rate": 0.95}}) == 1
    assert "match.f1 passes in 91.7% of the answers, fewer than 95.0%" in capsys.readouterr().err


@pytest.mark.parametrize("repeat", ["0", "-1", "two", "1.5"])
def test_repeat_takes_a_number_above_0(run, repeat, capsys):
    with pytest.raises(SystemExit) as exit_:
        run("--repeat", repeat, of=rows())
    assert exit_.value.code == 2 and f"{repeat} is not a number above 0" in capsys.readouterr().err


def test_a_pass_rate_without_a_limit_is_no_threshold(run, capsys):
    assert run(of=rows(), thresholds={"match.f1": {"pass_rate": 0.9}}) == 2
    assert "pass_rate needs min or max" in capsys.readouterr().err


def test_lost_lines_are_asked_again_and_nothing_else(run, server, latest, capsys):
    refused = {"text 1": failure(400, "not today")}
    server.answer = lambda chat: refused.get(text_of(chat), listed(chat, text_of(chat)))
    assert run("--repeat", "2", "--variant", "max_output_tokens=100", of=rows()) == 1
    said = capsys.readouterr().err
    first = latest().run
    command = f"python -m flows.{FLOW}.evaluate.evaluate --environment_name pr --resume_from {first}"
    assert said.rstrip().endswith(f"resume with {command}")

    server.chats.clear()
    server.answer = lambda chat: listed(chat, text_of(chat))
    assert run("--resume_from", first) == 0
    assert server.texts() == ["text 1", "text 1"]
    assert {chat["max_completion_tokens"] for chat in server.chats} == {100}
    outcome = latest()
    assert outcome.variant == {"max_output_tokens": "100"}
    assert [(row.number, len(row.answers), row.scores["match.f1"]) for row in outcome.rows] == [
        (number, 2, 1.0) for number in (1, 2, 3, 4)
    ]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--variant", "max_output_tokens=7"), "has the configured settings; leave --variant out to resume it"),
        (("--repeat", "2"), "asks each line 1 times; leave --repeat out to resume it"),
    ],
)
def test_what_goes_on_is_as_it_began(run, latest, capsys, options, says):
    assert run(of=rows()) == 0
    assert run("--resume_from", latest().run, *options) == 2
    assert says in capsys.readouterr().err


class EmbeddingServer(ModelServer):
    def reply(self, path, body):
        if not path.partition("?")[0].endswith("/embeddings"):
            return super().reply(path, body)
        texts = json.loads(body)["input"]
        data = [{"index": n, "object": "embedding", "embedding": [1.0, len(text) % 7]} for n, text in enumerate(texts)]
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        return Answer({"object": "list", "model": "m", "data": data, "usage": usage})


JUDGED = [
    {
        "question": f"question {n}",
        "chat_history": [],
        "pdf_url": "data/documents/larkmoor_handbook.pdf",
        "ground_truth": "An adult pays 12 euros.",
        "page": 3,
    }
    for n in range(4)
]


def judgements(folder):
    """The judgements that runs in a folder of outputs have kept so far."""
    scores = folder.glob("outputs/runs/*/scores.jsonl")
    return [line for path in scores for line in path.read_text().splitlines() if '"reason"' in line]


def test_an_evaluation_that_is_interrupted_repeats_no_finished_line_and_no_finished_judgement(tmp_path):
    """The judge stops answering after two judgements; then comes Ctrl+C, and the command that it names."""
    lock, may_answer, first = threading.Lock(), threading.Event(), []
    data = tmp_path / "rows.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in JUDGED))

    def answer(chat):
        if "json_object" not in str(chat.get("response_format")):
            return "12 euros [p. 3]"
        with lock:
            is_early = len(first) < 2
            first.append(chat)
        if not is_early:
            may_answer.wait(600)
        return json.dumps({"score": 4, "reason": "well"})

    with EmbeddingServer(answer) as server:
        environment = {
            **os.environ,
            "AOAI_BASE_ENDPOINT": f"{server.endpoint}/v1",
            "AOAI_API_KEY": KEY,
            "OUTPUTS_DIRECTORY": str(tmp_path / "outputs"),
            "PF_HOME_DIRECTORY": str(tmp_path / "pf"),
            "CHAT_WITH_PDF_CACHE": str(tmp_path / "cache"),
        }
        module, options = "flows.chat_with_pdf.evaluate.evaluate", ("--environment_name", "pr")
        with Command(module, [*options, "--data", data], environment) as command:
            command.wait_until(lambda: len(judgements(tmp_path)) >= 2)
            command.signal(signal.SIGINT)
            interrupted = command.ended()
        assert interrupted.status == 130, interrupted.stderr
        run = interrupted.stderr.rstrip().rpartition(" ")[2]
        assert f"python -m {module} --environment_name pr --resume_from {run}" in interrupted.stderr
        may_answer.set()
        chats = len(server.chats)
        with Command(module, [*options, "--resume_from", run], environment) as command:
            done = command.ended()
    assert "4/4" in done.stdout, done.stderr
    again = server.chats[chats:]
    assert all("json_object" in str(chat.get("response_format")) for chat in again)  # no line is answered again
    assert len(again) == 4 * 3 - 2


def test_what_goes_on_asks_the_models_that_it_began_with(run, latest, monkeypatch, capsys):
    monkeypatch.setenv("AOAI_CHAT_DEPLOYMENT", "model-a")
    assert run(of=rows()) == 0
    monkeypatch.setenv("AOAI_CHAT_DEPLOYMENT", "model-b")
    assert run("--resume_from", latest().run) == 2
    said = capsys.readouterr().err
    assert "asked model-a (" in said and "and the configuration now says model-b (" in said


def test_a_runner_does_not_go_on_with_an_evaluation_that_repeats_its_lines(run, latest, status_of, capsys):
    assert run("--repeat", "2", of=rows()) == 0
    first = latest().run
    assert status_of(f"mlops.run_{FLOW}", "--environment_name", "pr", "--resume_from", first) == 2
    command = f"python -m flows.{FLOW}.evaluate.evaluate --environment_name pr --resume_from {first}"
    assert f"run {first} is an evaluation that repeats each line; resume it with {command}" in capsys.readouterr().err


def test_judgements_of_all_evaluations_that_went_before_are_kept(run, latest):
    from promptflow.client import PFClient

    from mlops.runs.resume import ancestors

    assert run(of=rows()) == 0
    first = latest().run
    assert run("--resume_from", first) == 0
    second = latest().run
    assert ancestors(PFClient().runs.get(second)) == [first, second] and ancestors(None) == []
    assert latest().cost is None


def test_data_that_changes_while_it_is_evaluated_is_refused_and_its_hash_is_that_of_what_was_read(
    run, latest, tmp_path, monkeypatch, capsys
):
    import hashlib

    from mlops.evaluation import evaluation

    data, before = tmp_path / "rows.jsonl", []

    def change(*arguments):
        before.append(hashlib.sha256(data.read_bytes()).hexdigest())
        data.write_text(data.read_text() + json.dumps(rows()[0]) + "\n")
        return score_rows(*arguments)

    score_rows = evaluation.score_rows
    monkeypatch.setattr(evaluation, "score_rows", change)
    assert run(of=rows()) == 0
    assert latest().about["data_sha256"] == before[0] and len(latest().rows) == 4

    monkeypatch.setattr(evaluation, "score_rows", score_rows)
    wanted = evaluation.required_by_evaluators
    monkeypatch.setattr(evaluation, "required_by_evaluators", lambda *a: data.write_text("{}\n") and wanted(*a))
    assert run(of=rows()) == 2
    assert "rows.jsonl, line 1: " in capsys.readouterr().err


def test_an_evaluator_without_a_single_score_fails_the_gate(run, monkeypatch, capsys):
    from dataclasses import replace

    from flows.function_basic_flow import definition as module

    silent = replace(
        module.FLOW,
        evaluators=lambda session: {"match": lambda *, response, ground_truth: {}},
        evaluator_config={"match": module.FLOW.evaluator_config["match"]},
    )
    monkeypatch.setattr(module, "FLOW", silent)
    assert run(of=rows()) == 1
    assert "the evaluator match gave no score in any row; it returns a dict with numbers" in capsys.readouterr().err
