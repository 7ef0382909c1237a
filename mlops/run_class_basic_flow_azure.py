"""Run the batch of class_basic_flow in Azure."""

import sys

from mlops.common.cloud_batches import cloud_arguments, run_in_azure
from mlops.common.errors import exit_status
from mlops.run_class_basic_flow import flow_arguments


def main() -> None:
    """Run the batch as the command line says."""
    run_in_azure("class_basic_flow", flow_arguments, cloud_arguments(__doc__))


if __name__ == "__main__":
    sys.exit(exit_status(main))
