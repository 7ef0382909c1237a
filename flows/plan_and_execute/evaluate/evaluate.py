"""Evaluate plan_and_execute: is the plan sound, was it carried out, and is the answer right, to the point and grounded?"""

import sys

from mlops.common.errors import exit_status
from mlops.common.evaluation import FlowEvaluation
from mlops.common.evaluation_command import run_command
from mlops.common.planning import plan_evaluation
from mlops.run_yaml_plan_and_execute import flow_arguments

EVALUATION = FlowEvaluation(flow="plan_and_execute", target=flow_arguments, **plan_evaluation())

if __name__ == "__main__":
    sys.exit(exit_status(lambda: run_command(EVALUATION, __doc__)))
