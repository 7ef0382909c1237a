"""Run the batch of plan_and_execute in Azure."""

import sys

from flows.plan_and_execute.definition import FLOW
from mlops.cloud_runs.batches import azure_runner

if __name__ == "__main__":
    sys.exit(azure_runner(FLOW, __doc__))
