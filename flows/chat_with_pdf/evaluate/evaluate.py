"""Evaluate chat_with_pdf: did it find the page, and does the answer match, keep to the point and rest on the page?"""

import sys

from mlops.common.errors import exit_status
from mlops.common.evaluation import FlowEvaluation
from mlops.common.evaluation_command import run_command
from mlops.common.judges import judges
from mlops.run_chat_with_pdf import flow_arguments
from src.evaluators import MatchEvaluator, RetrievalEvaluator

QUESTION, ANSWER, CONTEXT = "${data.question}", "${target.answer}", "${target.context}"

EVALUATION = FlowEvaluation(
    flow="chat_with_pdf",
    target=flow_arguments,
    evaluators=lambda session: {
        "retrieval": RetrievalEvaluator(),
        "match": MatchEvaluator(),
        **judges(session, "coherence", "relevance", "groundedness"),
    },
    column_mapping={
        "retrieval": {"context": CONTEXT, "page": "${data.page}"},
        "match": {"response": ANSWER, "ground_truth": "${data.ground_truth}"},
        "coherence": {"question": QUESTION, "answer": ANSWER},
        "relevance": {"question": QUESTION, "answer": ANSWER, "context": CONTEXT},
        "groundedness": {"answer": ANSWER, "context": CONTEXT},
    },
)

if __name__ == "__main__":
    sys.exit(exit_status(lambda: run_command(EVALUATION, __doc__)))
