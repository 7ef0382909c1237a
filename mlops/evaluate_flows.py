"""Evaluate every flow of this repository in one environment, and end in one table and one verdict."""

import sys

from flows.chat_with_pdf.evaluate import evaluate as chat_with_pdf
from flows.class_basic_flow.evaluate import evaluate as class_basic_flow
from flows.class_plan_and_execute.evaluate import evaluate as class_plan_and_execute
from flows.function_basic_flow.evaluate import evaluate as function_basic_flow
from flows.plan_and_execute.evaluate import evaluate as plan_and_execute
from flows.yaml_basic_flow.evaluate import evaluate as yaml_basic_flow
from mlops.common.errors import exit_status
from mlops.common.evaluation_command import evaluate, evaluation_arguments, finish

FLOWS = (
    class_basic_flow,
    function_basic_flow,
    yaml_basic_flow,
    chat_with_pdf,
    class_plan_and_execute,
    plan_and_execute,
)
EVALUATIONS = tuple(flow.EVALUATION for flow in FLOWS)


def main() -> None:
    """Evaluate the flows as the command line says."""
    arguments = evaluation_arguments(__doc__)
    finish([outcome for evaluation in EVALUATIONS for outcome in evaluate(evaluation, arguments)], arguments)


if __name__ == "__main__":
    sys.exit(exit_status(main))
