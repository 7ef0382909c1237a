"""Run the batch of class_basic_flow in Azure."""

import sys

from flows.class_basic_flow.definition import FLOW
from mlops.cloud_runs.batches import azure_runner

if __name__ == "__main__":
    sys.exit(azure_runner(FLOW, __doc__))
