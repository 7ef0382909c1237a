"""Deploy a flow to an online endpoint: beside the version that answers now, tested, and with a share of the requests.

Without --endpoint_only, --promote, --rollback or --remove_idle, the flow as it is here goes up and takes its share.
"""

from __future__ import annotations

import argparse
import sys

from flows import all_flows, find_flow
from mlops.azure.client import azure_errors, ml_client
from mlops.cloud_runs.session import check_connection, open_cloud_session
from mlops.common.cli import command_parser, exit_status
from mlops.configuration.config import Configuration
from mlops.configuration.deployment import MOST_MIRRORED, DeploymentConfig
from mlops.deployment.deployable_flow import deployable_flow
from mlops.deployment.endpoint_state import COLOURS
from mlops.deployment.entities import Release, dry_run
from mlops.deployment.rollout import create_endpoint, deploy, print_state, promote, remove_idle, roles_of, roll_back
from mlops.deployment.serving_image import serving_image
from mlops.deployment.shares import Share
from mlops.promptflow_patches.setup import set_up_promptflow


def percent(most: int):
    """Return what reads a number of percent from the command line."""

    def read(text: str) -> int:
        if not text.isdecimal() or not 0 <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text} is not a whole number from 0 to {most}")
        return int(text)

    return read


def parse_arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = command_parser(__doc__)
    parser.add_argument("--environment_name", required=True, metavar="E", help="pr, dev or prod: picks the sections")
    parser.add_argument("--flow_type", required=True, metavar="F", choices=all_flows(), help=", ".join(all_flows()))
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--traffic", type=percent(100), metavar="N", help="percent of the requests for this version")
    what.add_argument(
        "--mirror", type=percent(MOST_MIRRORED), metavar="N", help="percent of the requests to send it copies of"
    )
    what.add_argument(
        "--endpoint_only", action="store_true", help="create the endpoint, and print the roles that its identity needs"
    )
    what.add_argument("--promote", action="store_true", help="give the newest version all requests; keep the other")
    what.add_argument("--rollback", action="store_true", help="give the previous version all requests; keep the newest")
    what.add_argument("--remove_idle", action="store_true", help="remove deployments that get no requests")
    what.add_argument("--dry_run", action="store_true", help="print what `az ml` takes, and send nothing")
    parser.add_argument("--keep_failed", action="store_true", help="leave a failed deployment up, to look into it")
    return parser.parse_args()


def new_release(flow: str, environment: str) -> Release:
    """Return a flow as it is here and now, ready to be deployed.

    Raises:
        UserError: the configuration or the flow is invalid.
    """
    session = open_cloud_session(flow, environment)
    config = Configuration(environment).deployment(flow)
    arguments = find_flow(flow).run_arguments(session)
    deployable = deployable_flow(flow, arguments, config)
    return Release(session, config, deployable, serving_image(deployable, config.base_image))


def main() -> None:
    """Deploy as the command line says."""
    arguments = parse_arguments()
    configuration = Configuration(arguments.environment_name)
    config = configuration.deployment(arguments.flow_type)
    if arguments.rollback or arguments.remove_idle:  # which have to work whatever state the flow here is in
        with azure_errors(f"changing {config.endpoint_name}"):
            change = roll_back if arguments.rollback else remove_idle
            print_state(change(ml_client(configuration.aistudio()), config))
        return
    set_up_promptflow()
    release = new_release(arguments.flow_type, arguments.environment_name)
    if arguments.dry_run:
        print(dry_run(release, COLOURS[0]), end="")
        return
    session = release.session
    with azure_errors(f"deploying {arguments.flow_type} to {config.endpoint_name}"):
        client = ml_client(session.project)
        if arguments.endpoint_only:
            state = create_endpoint(client, release)
            print_state(state)
            print(roles_of(release, state))
            return
        if arguments.promote:
            print_state(promote(client, release))
            return
        for connection in filter(None, (session.connection, session.search_connection)):
            check_connection(client, session, connection)
        print_state(deploy(client, release, share_of(arguments, config), arguments.keep_failed))


def share_of(arguments: argparse.Namespace, config: DeploymentConfig) -> Share:
    """Return what the release is to get, by the command line before config.yaml."""
    if arguments.traffic is not None:
        return Share(arguments.traffic, 0, asked=True)
    if arguments.mirror:
        return Share(0, arguments.mirror, asked=True)
    return Share(config.traffic, config.mirror, asked=False)


if __name__ == "__main__":
    sys.exit(exit_status(main))
