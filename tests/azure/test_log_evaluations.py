"""Evaluations are logged to the project where one is configured, and none is lost where that fails."""

import json

import pytest

COMMAND = "flows.function_basic_flow.evaluate.evaluate"


@pytest.fixture
def evaluate(project, tmp_path, monkeypatch):
    """Evaluates two lines against the emulator."""
    monkeypatch.setitem(project.variables, "AOAI_API_KEY", "key-0123456789abcdef")
    records = [
        {"entity_type": "city", "text": "the train to Norwich leaves at noon", "ground_truth": ["Norwich"]},
        {"entity_type": "city", "text": "nobody came", "ground_truth": []},
    ]
    path = tmp_path / "lines.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return lambda: project.run(COMMAND, "--environment_name", "dev", "--data", path)


def test_metrics_and_rows_get_to_the_project(project, evaluate):
    ended = evaluate()

    assert ended.status == 0, ended.stderr
    [(identifier, run)] = project.tracking.runs.items()
    assert f"Logged to https://ai.azure.com/build/evaluation/{identifier}?wsid=/subscriptions/" in ended.stderr
    assert run["status"] == "FINISHED" and run["name"].startswith("function_basic_flow_dev")
    assert run["metrics"]["match.f1"] == 1 and run["properties"]["isEvaluatorRun"] == "true"
    [place] = run["artifacts"].values()
    rows = [json.loads(line) for line in project.storage.read(place).splitlines()]
    assert [row["line_number"] for row in rows] == [0, 1] and rows[0]["outputs.match.f1"] == 1


@pytest.mark.parametrize(
    ("method", "pattern", "status", "says"),
    [
        ("POST", "/runs/create", 403, "the role AzureML Data Scientist"),
        ("POST", "/runs/log-metric", 500, "Azure answers 500"),
        ("GET", "management.azure.com", 404, "check SUBSCRIPTION_ID"),
    ],
)
def test_where_azure_fails_the_verdict_and_the_report_stay(project, evaluate, method, pattern, status, says):
    project.fail(method, pattern, status, times=99)

    ended = evaluate()

    assert ended.status == 0 and "report.html" in ended.stdout + ended.stderr, ended.stderr
    [message] = [line for line in ended.stderr.splitlines() if line.startswith("The results stay on this machine: ")]
    assert says in message and "Traceback" not in ended.stderr
    assert all(run["status"] == "FAILED" for run in project.tracking.runs.values())
