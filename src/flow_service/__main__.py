"""Serve the flows of an environment: `python -m src.flow_service --environment_name local`."""

from __future__ import annotations

import argparse
import logging
import sys
from contextlib import ExitStack

from mlops.common.cli import exit_status
from mlops.common.errors import RunFailed

LOG = logging.getLogger("flow_service")
PORT = 8080


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m src.flow_service", description=__doc__)
    parser.add_argument(
        "--environment_name",
        required=True,
        metavar="E",
        help="local, laptop, pr, dev or prod: picks the sections of config/config.yaml; local plays recordings back",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=PORT, help="port to listen on (default: %(default)s)")
    return parser.parse_args()


def main() -> None:
    """Serve as the command line says."""
    options = arguments()
    from src.flow_service.app import create_app
    from src.flow_service.local import with_emulator_endpoint
    from src.flow_service.server import listen, serve
    from src.flow_service.settings import load_settings
    from src.flow_service.telemetry.logs import set_up_logs

    set_up_logs()
    with ExitStack() as stack:
        settings = load_settings(options.environment_name)
        listener = stack.enter_context(listen(options.host, options.port))
        settings = stack.enter_context(with_emulator_endpoint(settings))
        app = create_app(settings)
        host = "127.0.0.1" if options.host in ("0.0.0.0", "::") else options.host
        page = f"http://{host}:{listener.getsockname()[1]}/"
        LOG.info("The page is at %s and the API at /docs. Ctrl+C stops.", page)
        if not serve(app, settings, listener):
            raise RunFailed(f"the service could not start on {options.host}:{options.port}; see the log")


if __name__ == "__main__":
    sys.exit(exit_status(main))
