"""Run every flow of this repository in one environment: single records, then batches, then one table over all."""

import sys

from mlops import (
    run_chat_with_pdf,
    run_class_basic_flow,
    run_class_plan_and_execute,
    run_function_basic_flow,
    run_yaml_basic_flow,
    run_yaml_plan_and_execute,
)
from mlops.common.batch_reports import print_batches
from mlops.common.cli import runner_arguments
from mlops.common.errors import exit_status
from mlops.common.variants import variants

RUNNERS = (
    run_class_basic_flow,
    run_function_basic_flow,
    run_yaml_basic_flow,
    run_chat_with_pdf,
    run_class_plan_and_execute,
    run_yaml_plan_and_execute,
)


def main() -> None:
    """Run the flows as the command line says."""
    arguments = runner_arguments(__doc__, of_one_flow=False)
    reports = []
    for runner in RUNNERS:
        print(f"\n{runner.__name__.removeprefix('mlops.run_')}")
        reports += [runner.run(each) for each in variants(arguments)]
    print_batches(reports)


if __name__ == "__main__":
    sys.exit(exit_status(main))
