"""Evaluate class_plan_and_execute: is the plan sound, was it carried out, and is the answer right and grounded?"""

import json
import sys

from mlops.common.errors import exit_status
from mlops.common.evaluation import FlowEvaluation
from mlops.common.evaluation_command import run_command
from mlops.common.judges import judges
from mlops.common.paths import REPOSITORY
from mlops.run_class_plan_and_execute import flow_arguments
from src.evaluators import JsonSchemaEvaluator, MatchEvaluator, PlanExecutionEvaluator

PLAN_SCHEMA = REPOSITORY / "flows/class_plan_and_execute/standard/plan_and_execute/plan.schema.json"
QUESTION, ANSWER, PLAN, STEPS = "${data.question}", "${target.answer}", "${target.plan}", "${target.steps}"


def evaluators(session) -> dict:
    """Return the evaluators of both implementations."""
    return {
        "plan_schema": JsonSchemaEvaluator(json.loads(PLAN_SCHEMA.read_text(encoding="utf-8"))),
        "plan_execution": PlanExecutionEvaluator(),
        "match": MatchEvaluator(),
        **judges(session, "groundedness", "relevance", "similarity"),
    }


COLUMN_MAPPING = {
    "plan_schema": {"response": PLAN},
    "plan_execution": {"plan": PLAN, "steps": STEPS},
    "match": {"response": ANSWER, "ground_truth": "${data.ground_truth}"},
    "groundedness": {"answer": ANSWER, "context": STEPS},
    "relevance": {"question": QUESTION, "answer": ANSWER, "context": STEPS},
    "similarity": {"question": QUESTION, "answer": ANSWER, "ground_truth": "${data.answer}"},
}
EVALUATION = FlowEvaluation("class_plan_and_execute", flow_arguments, evaluators, COLUMN_MAPPING)

if __name__ == "__main__":
    sys.exit(exit_status(lambda: run_command(EVALUATION, __doc__)))
