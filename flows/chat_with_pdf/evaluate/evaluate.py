"""Evaluate chat_with_pdf: did it find the page, and does the answer match, keep to the point and rest on the page?"""

import sys

from flows.chat_with_pdf.definition import FLOW
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
