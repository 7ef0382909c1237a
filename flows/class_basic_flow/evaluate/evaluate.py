"""Evaluate class_basic_flow: are the entities that it finds those that are there?"""

import sys

from flows.class_basic_flow.definition import FLOW
from mlops.evaluation.command import evaluation_runner
from mlops.evaluation.evaluation import Baseline, evaluate
from mlops.evaluation.results import Evaluation
from mlops.runs.session import Session


def run(session: Session, baseline: Baseline | None = None) -> Evaluation:
    """Put every line of the data through the flow, score the answers, and compare the scores with what is wanted."""
    flow = session.definition
    return evaluate(
        session,
        data=session.data,
        target=flow.run_arguments(session),
        evaluators=flow.evaluators(session),
        evaluator_config=flow.evaluator_config,
        baseline=baseline,
    )


if __name__ == "__main__":
    sys.exit(evaluation_runner(FLOW, __doc__))
