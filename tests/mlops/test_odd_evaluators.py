"""Evaluators that return, raise or hold odd things: each row has a score or says why not, also when it goes on."""

import functools
import json

import numpy as np
import pytest
from model_server import listed, text_of

from mlops.evaluation.kept_scores import fingerprint, read_kept_scores
from mlops.evaluation.results import Row
from mlops.evaluation.scoring import call, score_rows

ROW = Row(1, {"text": "a", "truth": ["b", "a"]}, {"answer": ["b", "a"]}, {})
MAPPING = {"response": "${target.answer}", "truth": "${data.truth}"}


def scored(folder, evaluators, kept=None, rows=(ROW,)):
    mapping = dict.fromkeys(evaluators, MAPPING)
    return score_rows(rows, evaluators, mapping, folder, kept)


async def awaited(*, response, truth):
    return {"f1": 1.0}


@pytest.mark.parametrize(
    ("result", "scores"),
    [
        (0.5, {"odd.score": 0.5}),
        (True, {"odd.score": 1.0}),
        ({"n": np.int64(3)}, {"odd.n": 3.0}),
        ({"f": np.float32(0.25), "b": np.bool_(False)}, {"odd.f": 0.25, "odd.b": 0.0}),
        ({"error": 0.0}, {"odd.error": 0.0}),
        ({("a", 1): 1.0}, {"odd.('a', 1)": 1.0}),
        ({"not_applicable": 0}, {"odd.not_applicable": 0.0}),
    ],
)
def test_a_number_is_a_score_whatever_its_type_and_stays_one(tmp_path, result, scores):
    evaluator = {"odd": lambda *, response, truth: result}
    [row] = scored(tmp_path, evaluator)
    assert row.scores == scores and row.error is None
    [again] = scored(tmp_path / "again", evaluator, read_kept_scores([tmp_path]))
    assert again == row


@pytest.mark.parametrize(
    ("result", "says"),
    [
        (None, "odd: TypeError: it returned a NoneType, and neither a dict nor a number"),
        ([1.0], "returned a list"),
        ({"score": 10**400}, "odd: OverflowError"),
        ((each for each in ()), "returned a generator"),
    ],
)
def test_what_is_no_score_fails_its_row(tmp_path, result, says):
    [row] = scored(tmp_path, {"odd": lambda *, response, truth: result})
    assert says in row.error


def test_an_evaluator_that_ends_the_process_fails_its_row_and_one_that_is_asynchronous_is_awaited(tmp_path):
    def leave(*, response, truth):
        raise SystemExit(3)

    [row] = scored(tmp_path, {"leave": leave, "awaited": awaited})
    assert row.error == "leave: SystemExit: 3" and row.scores == {"awaited.f1": 1.0}


def test_a_note_that_json_does_not_have_is_no_reason_to_fail_and_is_asked_for_again(tmp_path):
    endless = {"score": 1.0, "note": {1, 2}}
    [row] = scored(tmp_path, {"odd": lambda *, response, truth: endless})
    assert row.scores == {"odd.score": 1.0} and read_kept_scores([tmp_path]) == {}


def test_evaluators_have_values_of_their_own(tmp_path):
    def greedy(*, response, truth):
        response.clear()
        truth.sort()
        return 1.0

    def counting(*, response, truth):
        return {"n": len(response), "first": float(truth == ["b", "a"])}

    rows = scored(tmp_path, {"greedy": greedy, "counting": counting}, rows=[ROW] * 20)
    assert {(row.scores["counting.n"], row.scores["counting.first"]) for row in rows} == {(2.0, 1.0)}
    assert ROW.outputs == {"answer": ["b", "a"]} and ROW.inputs["truth"] == ["b", "a"]


class Settings:
    def __init__(self, k):
        self.k = k

    def __call__(self, *, response, truth):
        return self.k

    def bound(self, *, response, truth):
        return self.k


class Slotted:
    __slots__ = ("k",)

    def __init__(self, k):
        self.k = k

    def __call__(self, *, response, truth):
        return self.k


def closure(k):
    return lambda *, response, truth: k


def plain(*, response, truth, k=0.1):
    return k


@pytest.mark.parametrize(
    "make",
    [
        Settings,
        lambda k: Settings(k).bound,
        Slotted,
        closure,
        lambda k: functools.partial(plain, k=k),
        lambda k: type("Own", (Settings,), {})(k),
    ],
)
def test_results_of_other_settings_are_never_taken(tmp_path, make):
    scored(tmp_path, {"odd": make(0.1)})
    [row] = scored(tmp_path / "again", {"odd": make(0.9)}, read_kept_scores([tmp_path]))
    assert row.scores == {"odd.score": 0.9}


@pytest.mark.parametrize("evaluator", [Settings(0.1), plain])
def test_results_of_the_same_settings_are_taken(tmp_path, evaluator):
    assert fingerprint("odd", evaluator) == fingerprint("odd", evaluator)
    scored(tmp_path, {"odd": evaluator})
    kept = read_kept_scores([tmp_path])
    [changed] = [{key: {"score": 0.7}} for key in kept]
    assert scored(tmp_path / "again", {"odd": evaluator}, changed)[0].scores == {"odd.score": 0.7}


def test_what_was_half_written_is_left_out(tmp_path):
    (tmp_path / "scores.jsonl").write_text('{"key": "a", "result": {"score": 1.0}}\n{"key": "b", "res')
    assert read_kept_scores([tmp_path / "none", tmp_path]) == {"a": {"score": 1.0}}


def test_the_names_of_call_are_texts():
    assert call(lambda **_: {1: 2.0}, {}) == {"1": 2.0}


@pytest.mark.parametrize("flow", ["class_basic_flow", "yaml_basic_flow"])
def test_an_output_that_cannot_be_written_fails_its_own_line_alone(flow, server, run_flow, write_data):
    odd = '{"entities": ["\\ud83d"]}' if flow == "class_basic_flow" else '"\ud83d"'
    server.answer = lambda chat: odd if text_of(chat) == "t1" else listed(chat, text_of(chat))
    report = run_flow(flow, "--batch_only", "--data", write_data(["t0", "t1", "t2"]))
    assert [line.number for line in report.failed] == [2]
    assert [json.loads(line)["answer"] for line in report.output.read_text().splitlines()] == [["t0"], ["t2"]]
