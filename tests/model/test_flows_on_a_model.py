"""Every command on a model that is often wrong: a line is answered, or failed with what the model did."""

import json
import re
from types import SimpleNamespace

import pytest

from mlops.configuration.config import Configuration
from mlops.evaluation.judges import NoScore, judges

FLOWS = (
    "class_basic_flow",
    "function_basic_flow",
    "yaml_basic_flow",
    "chat_with_pdf",
    "class_plan_and_execute",
    "plan_and_execute",
)
LAPTOP = ("--environment_name", "laptop")
CUT_OFF = "the model's answer is cut off: raise max_output_tokens"
# What a model does, in the words of the flows.
REASONS = (
    CUT_OFF,
    "the model answered in prose and not with a list of entities: '",
    "the model did not answer with the requested JSON: '",
    "the model's answer is empty",
    "no usable plan after 2 attempts: ",
)


def ended_well(ended):
    """What a command printed, which ended with status 0, or with 1 because lines or the gate failed."""
    assert ended.status in (0, 1), ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr
    return ended.stdout


def failures(ended):
    """The reasons for lines and samples that failed, by flow and line, as a command has told them."""
    return dict(re.findall(r"^(\w+, (?:lines? [\d, ]+|A [\w -]+)): (.+)$", ended.stderr, re.MULTILINE))


def lines_of(text):
    """How many lines each flow's batch had, and how many of them failed."""
    found = re.findall(r"^(\w+) +(\d+) +(\d+) +\d+ +[\d.]+ +[\d,]+$", text, re.MULTILINE)
    return {flow: (int(lines), int(failed)) for flow, lines, failed in found}


def test_every_runner_answers_each_line_or_tells_what_the_model_did(checkout):
    ended = checkout.run("mlops.run_flows", *LAPTOP)
    text = ended_well(ended)
    assert {flow: lines for flow, (lines, _) in lines_of(text).items()} == dict.fromkeys(FLOWS, 2)
    told = failures(ended)
    named = [number for place in told if ", line" in place for number in re.findall(r"\d+", place.partition(", ")[2])]
    assert len(named) == sum(failed for _, failed in lines_of(text).values())
    assert {reason for reason in told.values() if not any(each in reason for each in REASONS)} == set()
    assert any(CUT_OFF in reason for reason in told.values())
    assert ended.status == (1 if told else 0)


def test_an_evaluation_ends_in_a_verdict_and_a_reason(checkout):
    ended = checkout.run("flows.class_basic_flow.evaluate.evaluate", *LAPTOP)
    assert "class_basic_flow: FAILED" in ended_well(ended)
    assert ended.status == 1
    [row] = rows_of(checkout, "class_basic_flow_laptop")
    assert row["error"] is None or any(reason in row["error"] for reason in REASONS)


def test_a_judge_gives_a_score_and_a_reason_or_is_quoted(variables):
    configuration = Configuration("laptop", variables=variables)
    session = SimpleNamespace(
        config=configuration.flow("chat_with_pdf"), model_endpoint=configuration.aoai().to_endpoint()
    )
    judge = judges(session, "coherence")["coherence"]
    try:
        judgement = judge(query="Where is the shed?", response="It stands behind the west gate.")
    except NoScore as error:
        assert re.match("the judge gave no score|the judge's score is none from 1 to 5", str(error))
    else:
        assert 1 <= judgement["coherence"] <= 5
        assert isinstance(judgement["reason"], str)  # such a model may give none


def results(checkout, run):
    """What the latest evaluation of a flow found, without times."""
    return [{key: row[key] for key in ("outputs", "scores", "notes", "error")} for row in rows_of(checkout, run)]


def rows_of(checkout, run):
    """The rows of the latest evaluation of a flow in an environment."""
    folders = (checkout.folder / "outputs" / "evaluations" / run).glob("*/results.jsonl")
    latest = max(folders, key=lambda path: path.stat().st_mtime)
    return [json.loads(line) for line in latest.read_text(encoding="utf-8").splitlines()]


def test_an_endpoint_without_schemas_is_asked_for_a_list_and_prose_is_none(checkout, tmp_path):
    data = tmp_path / "data.jsonl"
    data.write_text(json.dumps({"entity_type": "URL", "text": "The inquiry into the collapse of the pier is over."}))
    ended = checkout.run("mlops.run_class_basic_flow", *LAPTOP, "--data", data, LAPTOP_STRUCTURED_OUTPUT="false")
    assert ended_well(ended)
    assert "JSON" not in ended.stderr
    assert "the model answered in prose" in ended.stderr


def test_a_text_beyond_the_context_of_the_model_fails_its_line_with_the_servers_words(checkout, tmp_path):
    data = tmp_path / "data.jsonl"
    data.write_text(json.dumps({"entity_type": "URL", "text": "sea " * 9000}) + "\n")
    ended = checkout.run("mlops.run_class_basic_flow", *LAPTOP, "--data", data)
    assert ended_well(ended)
    assert "exceeds the available context size" in failures(ended)["class_basic_flow, line 1"]


@pytest.mark.parametrize("tokens", ["3", "60"])
def test_a_chat_prints_the_answer_as_it_comes_and_says_if_it_was_cut(checkout, tokens):
    pdf = checkout.folder / "data" / "documents" / "larkmoor_handbook.pdf"
    asked = (*LAPTOP, "--pdf", pdf, "--question", "What does a child pay for a public night?")
    ended = checkout.run("mlops.chat_with_pdf", *asked, LAPTOP_MAX_OUTPUT_TOKENS=tokens)
    assert ended.status == 0, ended.stderr
    assert ended.stdout.strip()
    assert "Traceback" not in ended.stderr
    assert (CUT_OFF in ended.stderr) == (tokens == "3")


def test_what_the_model_said_is_played_back_to_the_same_results_until_a_prompt_changes(checkout):
    recorded = checkout.run("mlops.record", *LAPTOP)
    assert ended_well(recorded)
    assert recorded.status == 0
    assert {file.stem for file in (checkout.folder / "data" / "recordings").iterdir()} == set(FLOWS)
    live = {flow: results(checkout, f"{flow}_local") for flow in FLOWS}
    assert live["chat_with_pdf"][0]["scores"].keys() & {"coherence.coherence", "relevance.relevance"}

    played = checkout.run("mlops.evaluate_flows", "--environment_name", "local")
    assert "by smollm2" in ended_well(played) + played.stderr
    assert {flow: results(checkout, f"{flow}_local") for flow in FLOWS} == live

    prompt = checkout.folder / "flows" / "function_basic_flow" / "standard" / "extract_entities.md"
    prompt.write_text(prompt.read_text(encoding="utf-8").replace("entities", "names"), encoding="utf-8")
    changed = checkout.run("mlops.run_function_basic_flow", "--environment_name", "local")
    assert changed.status == 1
    assert lines_of(ended_well(changed)) == {"function_basic_flow": (2, 2)}
    assert any("function_basic_flow, line" in place and "recorded" in why for place, why in failures(changed).items())
