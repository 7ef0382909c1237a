"""Every flow at every kind of endpoint: its runner's samples and a batch, through the emulator's three protocols."""

import json
from collections import Counter

import pytest
from answers import answer
from model_server import KEY

from flows.chat_with_pdf.definition import FLOW as CHAT
from mlops.evaluation.command import evaluate_flow, evaluation_arguments

KINDS = {  # the environment, the variable that leads it to the emulator, and the path there
    "azure": ("pr", "AOAI_BASE_ENDPOINT", ""),
    "azure_v1": ("pr", "AOAI_BASE_ENDPOINT", "/openai/v1"),
    "openai": ("laptop", "LAPTOP_BASE_URL", "/v1"),
}
TEXTS = ["Yesterday, Anna met Ben.", "nobody was there", 'Then "Clara" left.']
ENTITIES = [["Yesterday", "Anna", "Ben"], [], ["Then", "Clara"]]
PLAN = {
    "steps": [
        {"id": "#E1", "purpose": "calculate", "tool": "math_tool", "arguments": {"request": "12 * 12"}},
        {
            "id": "#E2",
            "purpose": "read",
            "tool": "llm_tool",
            "arguments": {"request": "What is it?", "context": "It is #E1."},
        },
    ]
}


@pytest.fixture
def led(emulated, monkeypatch):
    """Lead an environment to an emulator as to an endpoint of a kind; return its name, and what was asked of whom."""

    def lead(kind: str) -> tuple[str, Counter]:
        asked: Counter = Counter()

        def planning(conversation):
            asked[conversation.model] += 1
            return json.dumps(PLAN) if conversation.text.startswith("You plan how") else answer(conversation)

        environment, variable, path = KINDS[kind]
        monkeypatch.setenv(variable, emulated(planning).endpoint + path)
        for name, value in {
            "API_KEY": KEY,
            "CHAT_MODEL": "gpt-4.1-mini",
            "EMBEDDING_MODEL": "text-embedding-3-small",
        }.items():
            monkeypatch.setenv(f"LAPTOP_{name}", value)
        return environment, asked

    return lead


def lines_of(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def outputs_of(report, count):
    assert (report.lines, report.failed, report.failed_samples) == (count, (), ())
    assert report.tokens > 0
    return [json.loads(line) for line in report.output.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("flow", ["class_basic_flow", "function_basic_flow", "yaml_basic_flow"])
def test_entities_are_extracted_at_every_kind(flow, kind, led, write_data, run_flow):
    environment, asked = led(kind)
    found = outputs_of(run_flow(flow, "--data", write_data(TEXTS), environment=environment), len(TEXTS))
    assert [each["answer"] for each in found] == ENTITIES
    assert set(asked) == {"gpt-4.1-mini" if kind == "openai" else "gpt-5.6-luna"}


@pytest.mark.parametrize("kind", KINDS)
def test_documents_are_asked_at_every_kind(kind, led, tmp_path, run_flow, monkeypatch):
    monkeypatch.setattr("mlops.run_chat_with_pdf.PAPER", "https://127.0.0.1:1/paper.pdf")  # tests stay on this machine
    environment, asked = led(kind)
    rows = [
        {"pdf_url": "data/documents/larkmoor_handbook.pdf", "question": question, "chat_history": history}
        for question, history in [
            ("What does a public night cost for an adult?", []),
            ("And for a child?", [{"inputs": {"question": "What does it cost?"}, "outputs": {"answer": "9."}}]),
        ]
    ]
    report = run_flow("chat_with_pdf", "--data", lines_of(tmp_path / "lines.jsonl", *rows), environment=environment)
    found = outputs_of(report, 2)
    assert all("[p. " in each["answer"] and each["context"] for each in found)
    assert set(asked) == {"gpt-4.1-mini" if kind == "openai" else "gpt-5.6-luna"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("flow", ["class_plan_and_execute", "yaml_plan_and_execute"])
def test_plans_are_made_and_carried_out_at_every_kind(flow, kind, led, tmp_path, run_flow):
    environment, asked = led(kind)
    data = lines_of(tmp_path / "lines.jsonl", {"question": "What is twelve times twelve?"}, {"question": "And again?"})
    found = outputs_of(run_flow(flow, "--data", data, environment=environment), 2)
    for each in found:
        assert each["plan"] == PLAN
        assert [(step["result"], step["error"]) for step in each["steps"]] == [("144", None), ("It is 144.", None)]
        assert each["answer"] == "It is 144."
    assert set(asked) == ({"gpt-4.1-mini"} if kind == "openai" else {"gpt-5.6-luna", "gpt-5.6-sol"})


@pytest.mark.parametrize("kind", KINDS)
def test_judges_are_asked_at_every_kind(kind, led, tmp_path):
    environment, asked = led(kind)
    row = {
        "pdf_url": "data/documents/larkmoor_handbook.pdf",
        "chat_history": [],
        "page": 3,
        "question": "What does a public night cost for an adult?",
        "ground_truth": "9 euros",
    }
    data = lines_of(tmp_path / "lines.jsonl", row)
    arguments = evaluation_arguments(
        "", ["--environment_name", environment, "--data", str(data), "--output", str(tmp_path / "report")]
    )
    evaluate_flow(CHAT, arguments)
    [result] = [json.loads(line) for line in next((tmp_path / "report").rglob("results.jsonl")).open()]
    assert result["error"] is None and result["scores"]["groundedness.groundedness"] == 5
    assert asked["gpt-4.1-mini" if kind == "openai" else "gpt-5.6-terra"] >= 3
