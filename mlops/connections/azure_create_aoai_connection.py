"""Create the connection to the model endpoint in the Foundry project, for cloud runs and online endpoints."""

import sys

from mlops.azure.client import as_yaml
from mlops.common.cli import exit_status
from mlops.connections.azure_workspace import aoai_connection, create_in_project
from mlops.connections.creation import configured_aoai, connection_arguments, with_placeholder


def main() -> None:
    """Create the connection that the command line names, unless it exists."""
    arguments = connection_arguments(__doc__, "--aoai-connection-name", azure=True)
    aoai = configured_aoai(arguments)
    if arguments.dry_run:
        print(as_yaml(aoai_connection(with_placeholder(aoai))), end="")
        return
    create_in_project(aoai, arguments, lambda client, _: client.connections.create_or_update(aoai_connection(aoai)))


if __name__ == "__main__":
    sys.exit(exit_status(main))
