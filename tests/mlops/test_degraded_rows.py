"""Evaluations of a flow that says which of its answers lack something, and how many of these may pass."""

import json
from dataclasses import replace

import pytest
import yaml

from flows import find_flow
from mlops.common.cli import exit_status
from mlops.configuration import config
from mlops.evaluation import command as evaluation_command
from mlops.evaluation.command import evaluate_flow, evaluation_arguments, finish

FLOW = "function_basic_flow"
CODE = """
async def answer(text: str):
    return {"answer": text, "degraded": ["#E1: the server\\n answered 429"] if "pilot" in text else []}
"""
TEXTS = ["The nurse met the mayor.", "A pilot waved.", "Nobody was there."]


@pytest.fixture
def run(server, tmp_path, monkeypatch):
    """Evaluate a flow whose second answer of three is degraded; return the status."""
    monkeypatch.setattr(evaluation_command, "EVALUATIONS", tmp_path / "evaluations")
    folder, data = tmp_path / "flow", tmp_path / "rows.jsonl"
    folder.mkdir()
    (folder / "answering.py").write_text(CODE)
    (folder / "flow.flex.yaml").write_text("entry: answering:answer\n")
    rows = [{"entity_type": "job title", "text": text, "ground_truth": []} for text in TEXTS]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))

    def evaluated(max_degraded: float) -> int:
        sections = yaml.safe_load(config.CONFIG_FILE.read_text(encoding="utf-8"))
        sections[f"{FLOW}_pr"].update(
            flow_path=str(folder), column_mapping={"text": "${data.text}"}, thresholds={}, max_degraded=max_degraded
        )
        path = tmp_path / "config.yaml"
        path.write_text(yaml.safe_dump(sections), encoding="utf-8")
        monkeypatch.setattr(config.Configuration.__init__, "__defaults__", (path, None))
        flow = replace(
            find_flow(FLOW),
            arguments=lambda context: {"column_mapping": context.config.column_mapping},
            evaluators=lambda session: {"length": lambda *, answer: {"length": len(answer)}},
            evaluator_config={"length": {"column_mapping": {"answer": "${target.answer}"}}},
        )
        arguments = evaluation_arguments("", ["--environment_name", "pr", "--data", str(data)])
        return exit_status(lambda: finish(evaluate_flow(flow, arguments), arguments))

    return evaluated


@pytest.mark.parametrize(("share", "status"), [(0, 1), (0.3, 1), (0.34, 0)])
def test_no_more_degraded_rows_pass_than_may_and_each_is_shown(share, status, run, tmp_path, capsys):
    assert run(share) == status
    out, err = capsys.readouterr()
    assert f"{'passed' if status == 0 else 'FAILED'}, 1 of 3 rows degraded, " in out
    told = "line 2 is degraded: #E1: the server answered 429\n"
    assert (f"{FLOW}: {told}" in err, f"more than the share of {share:g} that may be" in err) == (status == 1,) * 2
    [folder] = (tmp_path / "evaluations" / f"{FLOW}_pr").iterdir()
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    assert (metrics["degraded_rows"], metrics["failed_rows"], metrics["row_count"]) == ([2], [], 3)
    assert "degraded: #E1: the server answered 429" in (folder / "report.html").read_text(encoding="utf-8")
