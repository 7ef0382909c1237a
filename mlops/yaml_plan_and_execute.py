"""Another name of `mlops.run_yaml_plan_and_execute`."""

import sys

from mlops.common.errors import exit_status
from mlops.run_yaml_plan_and_execute import main

if __name__ == "__main__":
    sys.exit(exit_status(main))
