"""Evaluate plan_and_execute, the DAG, as the class is evaluated, so that the two can be compared."""

import sys

from flows.class_plan_and_execute.evaluate.evaluate import COLUMN_MAPPING, evaluators
from mlops.common.errors import exit_status
from mlops.common.evaluation import FlowEvaluation
from mlops.common.evaluation_command import run_command
from mlops.run_yaml_plan_and_execute import flow_arguments

EVALUATION = FlowEvaluation("plan_and_execute", flow_arguments, evaluators, COLUMN_MAPPING)

if __name__ == "__main__":
    sys.exit(exit_status(lambda: run_command(EVALUATION, __doc__)))
