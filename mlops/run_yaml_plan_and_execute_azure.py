"""Run the batch of plan_and_execute in Azure."""

import sys

from mlops.common.cloud_batches import cloud_arguments, run_in_azure
from mlops.common.errors import exit_status
from mlops.run_yaml_plan_and_execute import flow_arguments


def main() -> None:
    """Run the batch as the command line says."""
    run_in_azure("plan_and_execute", flow_arguments, cloud_arguments(__doc__))


if __name__ == "__main__":
    sys.exit(exit_status(main))
