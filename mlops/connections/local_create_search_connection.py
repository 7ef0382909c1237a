"""Create the connection for web search in Prompt flow's store on this machine, for `pf` and notebooks."""

import sys

from mlops.common.cli import exit_status
from mlops.connections.creation import configured_search, connection_arguments
from mlops.connections.local_store import create_locally
from mlops.endpoint.connection import save_search_connection


def main() -> None:
    """Create the connection that the command line names, unless it exists."""
    arguments = connection_arguments(__doc__, "--search-connection-name", azure=False)
    create_locally(configured_search(arguments), arguments.replace, save_search_connection)


if __name__ == "__main__":
    sys.exit(exit_status(main))
