"""The command `python -m mlops.run_yaml_plan_and_execute`, under the name that it had."""

import sys

from mlops.run_yaml_plan_and_execute import run
from mlops.runs.runner import runner

if __name__ == "__main__":
    sys.exit(runner(run, __doc__))
