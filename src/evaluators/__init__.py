"""Custom evaluators: plain classes that any evaluation package can call.

Each is created with its options and called with keyword arguments, and returns a flat dict of numbers and strings.
Nothing of an evaluation framework or of the rest of this repository is in here.

An evaluation reads the signature: the annotation of an argument says which kinds of values a column of the data may
have (none: any). The result is a TypedDict.
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
