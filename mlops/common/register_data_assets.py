"""The command `python -m mlops.register_data_assets`, under the name that it had."""

import sys

from mlops.common.cli import exit_status
from mlops.register_data_assets import main

if __name__ == "__main__":
    sys.exit(exit_status(main))
