"""What an evaluation asks of an evaluator: a signature that tells what it takes and gives, and to be copied."""

import inspect
import pickle

import pytest

from src.evaluators import JsonSchemaEvaluator, MatchEvaluator, PlanExecutionEvaluator

EVALUATORS = [
    (MatchEvaluator(), {"response": ["a"], "ground_truth": "a"}),
    (JsonSchemaEvaluator({"type": "array"}), {"response": "[]"}),
    (PlanExecutionEvaluator(), {"plan": [1], "steps": [{"number": 1, "result": "x"}]}),
]


@pytest.mark.parametrize(("evaluator", "row"), EVALUATORS)
def test_signatures_name_every_argument_and_every_score(evaluator, row):
    signature = inspect.signature(evaluator.__call__)
    assert signature.parameters.keys() == row.keys()
    assert signature.return_annotation.__annotations__.keys() == evaluator(**row).keys()


@pytest.mark.parametrize(("evaluator", "row"), EVALUATORS)
def test_a_copy_in_another_process_gives_the_same_scores(evaluator, row):
    assert pickle.loads(pickle.dumps(evaluator))(**row) == evaluator(**row)
