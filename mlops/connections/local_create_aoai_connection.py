"""Create the connection to the model endpoint in Prompt flow's store on this machine, for `pf` and notebooks."""

import sys

from mlops.common.cli import exit_status
from mlops.connections.creation import configured_aoai, connection_arguments
from mlops.connections.local_store import create_locally
from mlops.endpoint.connection import save_connection


def main() -> None:
    """Create the connection that the command line names, unless it exists."""
    arguments = connection_arguments(__doc__, "--aoai-connection-name", azure=False)
    create_locally(configured_aoai(arguments), arguments.replace, save_connection)


if __name__ == "__main__":
    sys.exit(exit_status(main))
