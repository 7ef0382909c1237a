"""From a served request to its scores: serve with content, ask, `python -m mlops.evaluate_production`."""

import json
import os
import subprocess
import sys

import pytest
from running_service import HANDBOOK
from telemetry_receiver import COMMAND, end, serving

from mlops.common.paths import REPOSITORY

CONTENT = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
FLOW = "/flows/class_basic_flow"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """Traces with content of eight requests for the class, one of them failed, and of two about a document."""
    folder = tmp_path_factory.mktemp("recorded")
    traces = folder / "traces.jsonl"
    with serving(folder, FLOW_SERVICE_TRACES=str(traces), **{CONTENT: "true"}) as client:
        for number in range(7):
            inputs = {"entity_type": "job title", "text": f"Nurse {number} met an engineer."}
            assert client.post(FLOW, json=inputs).status_code == 200
        assert client.post("/flows/chat_with_pdf", json=HANDBOOK).status_code == 200
        nowhere = {**HANDBOOK, "pdf_url": "data/documents/nowhere.pdf"}
        assert client.post("/flows/chat_with_pdf", json=nowhere).status_code == 422
        end(client)
    return traces


@pytest.fixture
def evaluate(tmp_path):
    def run(traces, *options):
        return subprocess.run(
            [
                sys.executable,
                str(COMMAND),
                "mlops.evaluate_production",
                "--environment_name",
                "local",
                "--traces",
                str(traces),
                *options,
            ],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            timeout=300,
            env={**os.environ, "OUTPUTS_DIRECTORY": str(tmp_path), "PF_HOME_DIRECTORY": str(tmp_path / "promptflow")},
        )

    return run


def results(folder, flow):
    lines = (folder / flow / "results.jsonl").read_text(encoding="utf-8").splitlines()
    return json.loads((folder / flow / "metrics.json").read_text(encoding="utf-8")), list(map(json.loads, lines))


def test_a_sample_is_scored_without_ground_truth_gated_and_reported(recorded, evaluate, tmp_path):
    done = evaluate(recorded, "--sample", "5", "--output", str(tmp_path / "reports"))
    assert done.returncode == 0, done.stderr
    assert "1 of 9 requests in" in done.stderr and "failed by what the caller sent" in done.stderr
    assert "5 of 7 requests" in done.stderr and "there is no match" in done.stderr
    metrics, rows = results(tmp_path / "reports", "class_basic_flow")
    assert metrics["environment"] == "local_production" and metrics["verdict"] == "passed"
    assert [metric["name"] for metric in metrics["metrics"]] == [
        "requests.failed",
        "entities.in_text",
        "entities.number",
    ]
    assert len(rows) == 5 and all("engineer" in row["outputs"]["answer"] for row in rows)
    chat, _ = results(tmp_path / "reports", "chat_with_pdf")
    assert "groundedness.groundedness" in [metric["name"] for metric in chat["metrics"]]
    assert (tmp_path / "reports" / "class_basic_flow" / "report.html").is_file()
    again = evaluate(recorded, "--sample", "5", "--flow", "class_basic_flow", "--output", str(tmp_path / "again"))
    assert again.returncode == 0
    assert [row["inputs"] for row in results(tmp_path / "again", "class_basic_flow")[1]] == [
        row["inputs"] for row in rows
    ]


def test_worse_answers_than_the_baselines_fail_the_gate(recorded, evaluate, tmp_path):
    options = ("--flow", "class_basic_flow", "--output")
    assert evaluate(recorded, *options, str(tmp_path / "then")).returncode == 0
    worse = tmp_path / "worse.jsonl"
    worse.write_text(recorded.read_text(encoding="utf-8").replace(r"\"engineer\"", r"\"surgeon\""), encoding="utf-8")
    done = evaluate(
        worse,
        *options,
        str(tmp_path / "now"),
        "--baseline",
        str(tmp_path / "then" / "class_basic_flow" / "metrics.json"),
    )
    assert done.returncode == 1
    assert "class_basic_flow: entities.in_text is 0.000, under its minimum of 0.95" in done.stderr
    metrics, _ = results(tmp_path / "now", "class_basic_flow")
    change = next(metric["change"] for metric in metrics["metrics"] if metric["name"] == "entities.in_text")
    assert change["difference"] == -1.0 and change["p"] < 0.01


def test_requests_that_failed_count(recorded, evaluate, tmp_path):
    failing = tmp_path / "failing.jsonl"
    lines = [json.loads(line) for line in recorded.read_text(encoding="utf-8").splitlines()]
    spans = [
        span
        for line in lines
        for group in line["resourceSpans"]
        for scope in group["scopeSpans"]
        for span in scope["spans"]
        if span["name"] == "invoke_workflow class_basic_flow"
    ]
    for span in spans[:1]:
        span["attributes"] = [each for each in span["attributes"] if each["key"] != "flow.outputs"]
        span["attributes"].append({"key": "error.type", "value": {"stringValue": "RateLimitError"}})
    failing.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    done = evaluate(failing, "--flow", "class_basic_flow", "--output", str(tmp_path / "reports"))
    assert done.returncode == 1
    assert "class_basic_flow: requests.failed is 0.143, over its maximum of 0.05" in done.stderr
    _, rows = results(tmp_path / "reports", "class_basic_flow")
    failed = [row for row in rows if row["scores"]["requests.failed"]]
    assert [row["notes"]["requests.error"] for row in failed] == ["RateLimitError"]


@pytest.mark.parametrize(
    "options, said",
    [
        (("--since", "2999-01-01"), "has no such request; it has 9 requests, for chat_with_pdf, class_basic_flow"),
        (("--flow", "plan_and_execute"), "has no such request"),
        (("--since", "yesterday"), "2026-05-01T12:00Z, 24h or 7d"),
        (("--sample", "0"), "not a number above 0"),
    ],
)
def test_nothing_to_score_is_reported_and_so_is_a_wrong_option(recorded, evaluate, options, said):
    done = evaluate(recorded, *options)
    assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr


def test_a_file_without_requests_says_how_to_get_some(evaluate, tmp_path):
    empty = tmp_path / "empty.jsonl"
    empty.touch()
    done = evaluate(empty)
    assert done.returncode == 2 and "has no request for a flow: ask the service something first" in done.stderr


def test_traces_without_content_say_how_to_record_it(recorded, evaluate, tmp_path):
    bare = tmp_path / "bare.jsonl"
    text = recorded.read_text(encoding="utf-8").replace('"flow.inputs"', '"x"').replace('"flow.outputs"', '"y"')
    bare.write_text(text, encoding="utf-8")
    done = evaluate(bare)
    assert done.returncode == 2 and f"{CONTENT}=true" in done.stderr and done.stderr.count("\n") == 1
