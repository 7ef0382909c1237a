"""Create the connection for web search in Prompt flow's store on this machine, for `pf` and notebooks."""

import sys

from mlops.common.connections import save_search_connection
from mlops.common.errors import exit_status
from mlops.common.promptflow_setup import set_up_promptflow
from mlops.connections.creation import access_of, configured_search, connection_arguments, create_or_keep
from mlops.connections.local_store import has_connection


def main() -> None:
    """Create or keep the connection that the command line names."""
    arguments = connection_arguments(__doc__, "--search-connection-name", azure=False)
    search = configured_search(arguments)
    set_up_promptflow()
    from promptflow.client import PFClient

    pf = PFClient()
    create_or_keep(
        search.connection,
        access_of(search),
        exists=has_connection(pf, search.connection),
        replace=arguments.replace,
        create=lambda: save_search_connection(pf, search, search.connection),
    )


if __name__ == "__main__":
    sys.exit(exit_status(main))
