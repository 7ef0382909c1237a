"""Create the connection to the model endpoint in the Azure AI Studio project, for cloud runs and online endpoints."""

import sys

from mlops.common.azure import as_yaml, azure_errors, has_connection, ml_client
from mlops.common.config import Configuration
from mlops.common.errors import exit_status
from mlops.connections.azure_workspace import aoai_connection
from mlops.connections.creation import (
    access_of,
    configured_aoai,
    connection_arguments,
    create_or_keep,
    with_placeholder,
)


def main() -> None:
    """Create or keep the connection that the command line names."""
    arguments = connection_arguments(__doc__, "--aoai-connection-name", azure=True)
    aoai = configured_aoai(arguments)
    if arguments.dry_run:
        print(as_yaml(aoai_connection(with_placeholder(aoai))), end="")
        return
    with azure_errors(f"creating the connection {aoai.connection}"):
        client = ml_client(Configuration(arguments.environment_name).aistudio())
        create_or_keep(
            aoai.connection,
            access_of(aoai),
            exists=has_connection(client, aoai.connection),
            replace=arguments.replace,
            create=lambda: client.connections.create_or_update(aoai_connection(aoai)),
        )


if __name__ == "__main__":
    sys.exit(exit_status(main))
