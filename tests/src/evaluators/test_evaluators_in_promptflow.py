"""What promptflow-evals asks of an evaluator: a signature to make a flow of, and copies for other processes."""

import pickle

import pytest

from mlops.common.nltk_data import prepare_nltk_data
from src.evaluators import JsonSchemaEvaluator, MatchEvaluator, PlanExecutionEvaluator

EVALUATORS = [
    (MatchEvaluator(), {"response": ["a"], "ground_truth": "a"}),
    (JsonSchemaEvaluator({"type": "array"}), {"response": "[]"}),
    (PlanExecutionEvaluator(), {"plan": [1], "steps": [{"number": 1, "result": "x"}]}),
]


@pytest.mark.parametrize(("evaluator", "row"), EVALUATORS)
def test_promptflow_reads_the_signature_and_finds_every_score(evaluator, row):
    prepare_nltk_data()
    from promptflow._core.tool_meta_generator import generate_flow_meta_dict_by_object

    meta = generate_flow_meta_dict_by_object(evaluator.__call__, type(evaluator))
    assert meta["inputs"].keys() == row.keys()
    assert meta["outputs"].keys() == evaluator(**row).keys()


@pytest.mark.parametrize(("evaluator", "row"), EVALUATORS)
def test_a_copy_in_another_process_gives_the_same_scores(evaluator, row):
    assert pickle.loads(pickle.dumps(evaluator))(**row) == evaluator(**row)
