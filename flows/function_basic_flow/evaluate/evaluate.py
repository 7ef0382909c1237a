"""Evaluate function_basic_flow: are the entities that it finds those that are there?"""

import sys

from mlops.common.errors import exit_status
from mlops.common.evaluation import FlowEvaluation
from mlops.common.evaluation_command import run_command
from mlops.run_function_basic_flow import flow_arguments
from src.evaluators import EntitiesEvaluator, MatchEvaluator

EVALUATION = FlowEvaluation(
    flow="function_basic_flow",
    target=flow_arguments,
    evaluators=lambda session: {"match": MatchEvaluator(), "entities": EntitiesEvaluator()},
    column_mapping={
        "match": {"response": "${target.answer}", "ground_truth": "${data.ground_truth}"},
        "entities": {"answer": "${target.answer}", "text": "${data.text}"},
    },
)

if __name__ == "__main__":
    sys.exit(exit_status(lambda: run_command(EVALUATION, __doc__)))
