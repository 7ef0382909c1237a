"""Reports of batches, read from what Prompt flow wrote line by line."""

import json
import uuid
from types import SimpleNamespace

import pytest

from mlops.common.errors import RunFailed
from mlops.runs.batch_report import RUNS, BatchReport, FailedLine, line_records, print_batches, report_batch
from mlops.runs.degraded import DegradedLine


@pytest.fixture
def run():
    """A run's record and its folder, with a function that writes a line's artifact."""
    run = SimpleNamespace(name=f"report_{uuid.uuid4().hex}", properties={"system_metrics": {"duration": 2.5}})
    run.folder = RUNS / run.name
    (run.folder / "flow_artifacts").mkdir(parents=True)

    def write(index: int, error: object = None, status: str = "Completed", output: object = None):
        record = {"line_number": index, "status": status, "run_info": {"error": error, "output": output}}
        (run.folder / "flow_artifacts" / f"{index:09}_{index:09}.jsonl").write_text(json.dumps(record))

    run.write = write
    return run


def test_a_batch_without_failures_is_summed_up(run):
    for index in range(3):
        run.write(index)
    report = report_batch("f", 3, run, 77)
    assert (report.flow, report.run, report.lines, report.failed, report.seconds, report.tokens) == (
        "f",
        run.name,
        3,
        (),
        2.5,
        77,
    )
    assert report.output == run.folder / "flow_outputs" / "output.jsonl"


def test_failed_lines_are_counted_from_one_and_have_their_reason_on_one_line(run):
    run.write(0)
    run.write(1, {"message": "too\n  long"}, "Failed")
    run.write(10, {"message": ""}, "Failed")
    run.write(2, status="Canceled")
    failed = report_batch("f", 3, run, 0).failed
    assert failed == (FailedLine(2, "too long"), FailedLine(3, "no reason was given"))


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (None, "the run ended before this line"),
        ('{"message": "the flow\\nhas no entry"}', "the flow has no entry"),
        ('{"message": null}', "the run ended before this line"),
        ('{"message": "half', "the run ended before this line"),
    ],
)
def test_a_line_that_left_nothing_has_failed_with_the_runs_reason(run, error, reason):
    run.write(1)
    if error:
        (run.folder / "error.json").write_text(error)
    assert report_batch("f", 3, run, 0).failed == (FailedLine(1, reason), FailedLine(3, reason))


def test_a_half_written_artifact_is_a_failed_line(run):
    run.write(0)
    run.write(1)
    path = run.folder / "flow_artifacts" / "000000001_000000001.jsonl"
    for content in (path.read_bytes()[:-3], b"", b"\xff\xfe"):
        path.write_bytes(content)
        assert [line.number for line in report_batch("f", 2, run, 0).failed] == [2]


def test_lines_that_a_flow_calls_degraded_are_counted_with_their_reasons_and_have_not_failed(run):
    run.write(0, output={"answer": "x", "degraded": []})
    run.write(1, output={"answer": "x", "degraded": ["#E1: 429\n  Many", "#E3: slow"]})
    run.write(2, {"message": "no"}, "Failed", {"degraded": ["not an answer"]})
    run.write(3, output=["degraded"])
    report = report_batch("f", 4, run, 0, max_degraded=0.25)
    assert report.degraded == (DegradedLine(2, "#E1: 429 Many; #E3: slow"),)
    assert report.max_degraded == 0.25 and [line.number for line in report.failed] == [3]


def test_a_run_without_metrics_took_no_time(run):
    run.properties = {}
    run.write(0)
    assert report_batch("f", 1, run, 0).seconds == 0


def test_lines_come_in_their_order_and_known_ones_are_not_read_again(run):
    for index in (10, 2, 0):
        run.write(index)
    (run.folder / "flow_artifacts" / "000000002_000000002.jsonl").write_text("no JSON")
    assert [record["line_number"] for record in line_records(run.folder)] == [0, 10]
    assert [record["line_number"] for record in line_records(run.folder, {0, 2})] == [10]
    assert list(line_records(run.folder / "nowhere")) == []


def report(flow: str, *failed: FailedLine, **fields: object) -> BatchReport:
    command = f"python -m mlops.run_{flow} --resume_from {flow}_run"
    output = RUNS / flow / "output.jsonl"
    return BatchReport(flow, f"{flow}_run", 10, failed, 1.25, 1234, output, resume_command=command, **fields)


def test_the_table_has_a_line_for_each_batch_and_the_place_of_its_output(capsys):
    print_batches([report("short"), report("a_long_name")])
    out, err = capsys.readouterr()
    assert out.splitlines()[1:4] == [
        "flow         lines  failed  degraded  seconds  tokens",
        "short           10       0         0      1.2    1234",
        "a_long_name     10       0         0      1.2    1234",
    ]
    assert f"short: {RUNS / 'short' / 'output.jsonl'}" in out
    assert err == ""


def test_failed_lines_follow_the_table_and_tell_how_to_go_on(capsys):
    with pytest.raises(RunFailed) as failure:
        print_batches([report("a"), report("b", FailedLine(3, "too long"), FailedLine(7, "refused"))])
    assert "b        10       2" in capsys.readouterr().out
    assert str(failure.value).splitlines() == [
        "b, line 3: too long",
        "b, line 7: refused",
        "2 lines failed; the others are kept. Resume with python -m mlops.run_b --resume_from b_run",
    ]


def test_one_failed_line_is_reported_in_the_singular():
    with pytest.raises(RunFailed, match="\n1 line failed; "):
        print_batches([report("b", FailedLine(3, "too long"))])


def test_lines_that_share_a_reason_are_reported_in_one_sentence():
    with pytest.raises(RunFailed) as failure:
        busy = (FailedLine(number, "busy") for number in (1, 2, 5, 6, 7, 9))
        print_batches([report("b", *busy, FailedLine(4, "refused"))])
    assert str(failure.value).splitlines()[:2] == ["b, lines 1, 2, 5-7, 9: busy", "b, line 4: refused"]


def test_degraded_lines_fail_a_batch_that_may_have_none(capsys):
    degraded = (DegradedLine(3, "#E1: busy"), DegradedLine(8, "#E2: slow"))
    with pytest.raises(RunFailed) as failure:
        print_batches([report("a"), report("b", degraded=degraded)])
    out, err = capsys.readouterr()
    assert "b        10       0         2" in out
    assert err.splitlines() == ["b, degraded, line 3: #E1: busy", "b, degraded, line 8: #E2: slow"]
    assert str(failure.value).splitlines() == [
        "b: 2 lines are degraded of 10, more than the share of 0 that may be (max_degraded)",
        "2 lines degraded; the others are kept. Resume with python -m mlops.run_b --resume_from b_run",
    ]


def test_degraded_lines_within_the_limit_are_reported_and_pass(capsys):
    print_batches([report("b", degraded=(DegradedLine(3, "busy"),), max_degraded=0.1)])
    assert capsys.readouterr().err.splitlines() == [
        "b, degraded, line 3: busy",
        "1 line degraded; the others are kept. Resume with python -m mlops.run_b --resume_from b_run",
    ]


def test_failed_and_degraded_lines_go_on_together():
    with pytest.raises(RunFailed, match="\n1 line failed, 1 line degraded; the others are kept. Resume with python -m"):
        print_batches([report("b", FailedLine(1, "x"), degraded=(DegradedLine(3, "busy"),), max_degraded=1)])
