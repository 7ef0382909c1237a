"""Create the connection for web search in the Foundry project, for cloud runs and online endpoints."""

import sys

import yaml

from mlops.common.cli import exit_status
from mlops.connections.azure_workspace import create_in_project, put_connection, search_properties
from mlops.connections.creation import configured_search, connection_arguments, with_placeholder


def main() -> None:
    """Create the connection that the command line names, unless it exists."""
    arguments = connection_arguments(__doc__, "--search-connection-name", azure=True)
    search = configured_search(arguments)
    if arguments.dry_run:
        properties = search_properties(with_placeholder(search))
        print("# For az rest --method PUT: az ml connection create cannot give custom keys their names.")
        print(yaml.safe_dump({"name": search.connection, "properties": properties}), end="")
        return
    create_in_project(
        search, arguments, lambda _, project: put_connection(project, search.connection, search_properties(search))
    )


if __name__ == "__main__":
    sys.exit(exit_status(main))
