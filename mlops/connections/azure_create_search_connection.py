"""Create the connection for web search in the Azure AI Studio project, for cloud runs and online endpoints."""

import sys

import yaml

from mlops.common.azure import azure_errors, has_connection, ml_client
from mlops.common.config import Configuration
from mlops.common.errors import exit_status
from mlops.connections.azure_workspace import put_connection, search_properties
from mlops.connections.creation import (
    access_of,
    configured_search,
    connection_arguments,
    create_or_keep,
    with_placeholder,
)


def main() -> None:
    """Create or keep the connection that the command line names."""
    arguments = connection_arguments(__doc__, "--search-connection-name", azure=True)
    search = configured_search(arguments)
    if arguments.dry_run:
        properties = search_properties(with_placeholder(search))
        print("# For az rest --method PUT: az ml connection create cannot give custom keys their names.")
        print(yaml.safe_dump({"name": search.connection, "properties": properties}), end="")
        return
    project = Configuration(arguments.environment_name).aistudio()
    with azure_errors(f"creating the connection {search.connection}"):
        create_or_keep(
            search.connection,
            access_of(search),
            exists=has_connection(ml_client(project), search.connection),
            replace=arguments.replace,
            create=lambda: put_connection(project, search.connection, search_properties(search)),
        )


if __name__ == "__main__":
    sys.exit(exit_status(main))
