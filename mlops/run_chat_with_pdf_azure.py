"""Run the batch of chat_with_pdf in Azure."""

import sys

from flows.chat_with_pdf.definition import FLOW
from mlops.cloud_runs.batches import azure_runner

if __name__ == "__main__":
    sys.exit(azure_runner(FLOW, __doc__))
