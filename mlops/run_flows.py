"""Run every flow of this repository in one environment: single records, then batches, then one table over all."""

import sys
from importlib import import_module

from flows import all_flows
from mlops.common.cli import exit_status, runner_arguments
from mlops.flow_folders.variants import variants
from mlops.runs.batch_report import print_batches


def main() -> None:
    """Run the flows as the command line says."""
    arguments = runner_arguments(__doc__, of_one_flow=False)
    reports = []
    for flow in all_flows().values():
        print(f"\n{flow.runner_module.removeprefix('mlops.run_')}")
        reports += [import_module(flow.runner_module).run(each) for each in variants(arguments)]
    print_batches(reports)


if __name__ == "__main__":
    sys.exit(exit_status(main))
