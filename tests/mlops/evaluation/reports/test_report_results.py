"""results.jsonl and metrics.json: strict JSON, exact there and back, and a clear word where they are damaged."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from report_samples import ATTACKS, evaluations, json_values, realistic_evaluation, sample_row, small_evaluation

from mlops.common.errors import UserError
from mlops.evaluation.reports import read_results, write_reports
from mlops.evaluation.reports.records import decode_data, encode_data, encode_json

FILES = {"results.jsonl", "metrics.json", "report.md", "report.html", "junit.xml"}
MANY_FILES = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


def strict(text: str) -> object:
    """Parse JSON as a parser does that has never heard of NaN."""
    return json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def lines(path: Path) -> list:
    return [strict(line) for line in path.read_text(encoding="utf-8").rstrip("\n").split("\n")]


@MANY_FILES
@given(evaluation=evaluations())
def test_what_is_written_is_read_back_exactly(tmp_path, evaluation):
    write_reports([evaluation], tmp_path)
    assert repr(read_results(tmp_path)) == repr(evaluation)  # in which NaN is equal to NaN


@given(data=json_values)
def test_data_with_nan_passes_through_strict_json(data):
    assert repr(decode_data(strict(encode_json(encode_data(data))))) == repr(data)


def test_all_files_are_written_and_nothing_else(tmp_path):
    write_reports([small_evaluation()], tmp_path / "new" / "folder")
    assert {path.name for path in (tmp_path / "new" / "folder").iterdir()} == FILES


def test_a_row_holds_what_became_of_it(tmp_path):
    row = sample_row(3, float("nan"), notes={"match.reason": "no list"}, error="too slow")
    write_reports([small_evaluation(row)], tmp_path)
    assert lines(tmp_path / "results.jsonl") == [
        {
            "number": 3,
            "inputs": row.inputs,
            "outputs": row.outputs,
            "scores": {"match.f1": "NaN"},
            "notes": {"match.reason": "no list"},
            "error": "too slow",
            "seconds": 0.03,
            "tokens": 3,
            "not_applicable": {},
        }
    ]


def test_metrics_hold_verdict_thresholds_and_origin(tmp_path):
    evaluation = realistic_evaluation()
    write_reports([evaluation], tmp_path)
    record = strict((tmp_path / "metrics.json").read_text(encoding="utf-8"))
    assert record["verdict"] == "failed"
    assert record["failures"] == list(evaluation.failures)
    assert record["failed_rows"] == [17, 31]
    assert record["metrics"][1]["threshold"] == {"min": 0.85, "max": None, "max_drop": 0.05, "pass_rate": None}
    assert record["metrics"][1]["change"]["p"] == evaluation.metrics[1].change.p
    assert record["about"] == evaluation.about
    assert record["latency"]["p50"] < record["latency"]["p95"]


def test_a_comparison_has_a_part_per_evaluation_in_each_row(tmp_path):
    one, other = small_evaluation(), small_evaluation(sample_row(1), sample_row(2, 0.0), flow="yaml_basic_flow")
    write_reports([one, other], tmp_path)
    first, second = lines(tmp_path / "results.jsonl")
    assert [part["scores"]["match.f1"] for part in second["evaluations"].values()] == [1.0, 0.0]
    assert first["spread"] == 0
    record = strict((tmp_path / "metrics.json").read_text(encoding="utf-8"))
    assert [part["label"] for part in record["evaluations"]] == ["class_basic_flow", "yaml_basic_flow"]
    assert record["disagreements"] == [2]


def test_runs_of_the_same_flow_keep_apart_in_a_comparison(tmp_path):
    write_reports([small_evaluation(), small_evaluation(), small_evaluation(run="another")], tmp_path)
    [first, _] = lines(tmp_path / "results.jsonl")
    assert len(first["evaluations"]) == 3


def test_a_later_report_replaces_an_earlier_one_and_leaves_no_temporary_file(tmp_path):
    write_reports([small_evaluation()], tmp_path)
    write_reports([small_evaluation(sample_row(1, 0.25))], tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == FILES
    assert read_results(tmp_path).rows[0].scores == {"match.f1": 0.25}


@pytest.mark.parametrize("attack", ATTACKS)
def test_any_text_can_be_reported(tmp_path, attack):
    row = sample_row(1, text=attack, error=attack, notes={"reason": attack})
    evaluation = small_evaluation(row, flow=attack, failures=(attack,), about={attack: attack})
    write_reports([evaluation, replace(evaluation, run="again")], tmp_path / "both")
    write_reports([evaluation], tmp_path)
    assert read_results(tmp_path).rows[0].error == attack.replace("\ud800", "\ufffd")


def test_without_an_evaluation_there_is_no_report(tmp_path):
    with pytest.raises(ValueError, match="no evaluation"):
        write_reports([], tmp_path)


def test_without_rows_or_metrics_there_is_still_a_report(tmp_path):
    write_reports([replace(small_evaluation(), rows=(), metrics=(), failures=("the data has no rows",))], tmp_path)
    assert read_results(tmp_path).rows == ()


@pytest.mark.parametrize("name", ["metrics.json", "results.jsonl"])
def test_either_file_leads_to_the_evaluation(tmp_path, name):
    write_reports([small_evaluation()], tmp_path)
    assert read_results(tmp_path / name) == small_evaluation()


def damage(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("results.jsonl", '"number"', "number", "results.jsonl, line 1 is damaged: it is no JSON"),
        ("results.jsonl", '"inputs"', '"input"', "line 1 is damaged: it has no readable inputs"),
        ("results.jsonl", '"number": 1', '"number": "one"', '"rows.0.number"'),
        ("metrics.json", "{", "[{", "metrics.json is damaged: it is no JSON"),
        ("metrics.json", '"flow"', '"flaw"', '"flow": Field required'),
        ("metrics.json", '"row_count": 2', '"row_count": 3', "has 2 rows, but metrics.json counts 3"),
    ],
)
def test_a_damaged_file_is_named_with_the_place(tmp_path, name, old, new, words):
    write_reports([small_evaluation()], tmp_path)
    damage(tmp_path / name, old, new)
    with pytest.raises(UserError) as error:
        read_results(tmp_path)
    assert words in str(error.value)


def test_a_file_that_was_cut_short_is_refused(tmp_path):
    write_reports([small_evaluation()], tmp_path)
    path = tmp_path / "results.jsonl"
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(UserError, match="line 2 is damaged"):
        read_results(tmp_path)


def test_a_file_that_is_no_text_is_refused(tmp_path):
    write_reports([small_evaluation()], tmp_path)
    (tmp_path / "metrics.json").write_bytes(b"\xff\xfe{}")
    with pytest.raises(UserError, match="is not UTF-8"):
        read_results(tmp_path)


def test_missing_results_are_named(tmp_path):
    with pytest.raises(UserError, match="metrics.json does not exist"):
        read_results(tmp_path)
    with pytest.raises(UserError, match="neither a folder"):
        read_results(tmp_path / "report.html")


def test_a_comparison_is_no_baseline(tmp_path):
    write_reports([small_evaluation(), small_evaluation(run="again")], tmp_path)
    with pytest.raises(UserError, match="compares several evaluations"):
        read_results(tmp_path)
