"""Create the connection to the model endpoint in Prompt flow's store on this machine, for `pf` and notebooks."""

import sys

from mlops.common.connections import save_connection
from mlops.common.errors import exit_status
from mlops.common.promptflow_setup import set_up_promptflow
from mlops.connections.creation import access_of, configured_aoai, connection_arguments, create_or_keep
from mlops.connections.local_store import has_connection


def main() -> None:
    """Create or keep the connection that the command line names."""
    arguments = connection_arguments(__doc__, "--aoai-connection-name", azure=False)
    aoai = configured_aoai(arguments)
    set_up_promptflow()
    from promptflow.client import PFClient

    pf = PFClient()
    create_or_keep(
        aoai.connection,
        access_of(aoai),
        exists=has_connection(pf, aoai.connection),
        replace=arguments.replace,
        create=lambda: save_connection(pf, aoai, aoai.connection),
    )


if __name__ == "__main__":
    sys.exit(exit_status(main))
