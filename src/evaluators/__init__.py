"""Custom evaluators: plain classes that any evaluation package can call.

Each is created with its options and called with keyword arguments, and returns a flat dict of numbers and strings.
Nothing of an evaluation framework or of the rest of this repository is in here.

promptflow-evals makes a flow of an evaluator and reads its signature for that: an argument has a plain type or, where
it may have several, none at all; the result is a TypedDict; and annotations may not be postponed (`from __future__
import annotations`), since it doesn't evaluate them.
"""

from src.evaluators.entities import EntitiesEvaluator
from src.evaluators.json_schema import JsonSchemaEvaluator
from src.evaluators.match import MatchEvaluator
from src.evaluators.plan_execution import PlanExecutionEvaluator
from src.evaluators.retrieval import RetrievalEvaluator

__all__ = [
    "EntitiesEvaluator",
    "JsonSchemaEvaluator",
    "MatchEvaluator",
    "PlanExecutionEvaluator",
    "RetrievalEvaluator",
]
