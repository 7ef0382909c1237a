"""Batches in Azure: the flow and its data go up to the project, and are run there in one of two ways."""

from __future__ import annotations

import argparse

from mlops.cloud_runs.session import open_cloud_session
from mlops.common.cli import command_parser, exit_status
from mlops.flow_folders.definition import FlowDefinition
from mlops.promptflow_patches.setup import set_up_promptflow


def cloud_arguments(description: str) -> argparse.Namespace:
    """Parse the command line of a batch in Azure."""
    parser = command_parser(description)
    parser.add_argument("--environment_name", required=True, metavar="E", help="pr, dev or prod: picks the sections")
    parser.add_argument(
        "--data", metavar="DATA", help="JSONL or CSV file, folder of JSONL files, or azureml:<name>@latest"
    )
    parser.add_argument("--no_wait", action="store_true", help="end once the run is submitted")
    parser.add_argument("--resume_from", metavar="RUN", help="keep what this run answered, and ask the rest again")
    parser.add_argument("--compute", metavar="C", help="serverless or the name of a cluster")
    parser.add_argument("--instance_type", metavar="SIZE", help="size of the machine of serverless compute")
    parser.add_argument("--dry_run", action="store_true", help="print the pipeline as `az ml job create` takes it")
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--scale_out", action="store_true", help="answer on many nodes (docs/scale_out.md), not on one")
    way.add_argument(
        "--compute_session",
        action="store_true",
        help="run in Prompt flow's compute session, which ends on 2027-04-20: --compute takes a compute instance, and "
        "--dry_run prints what `pfazure run create` takes",
    )
    arguments = parser.parse_args()
    if arguments.resume_from and arguments.compute_session:
        parser.error("--resume_from does not go with --compute_session, which keeps no answers of a failed run")
    return arguments


def azure_runner(flow: FlowDefinition, description: str) -> int:
    """Run a flow's batch in Azure as the command line says, and return the exit status.

    Args:
        flow: the flow.
        description: what the command does, for --help.
    """
    return exit_status(lambda: run_in_azure(flow, cloud_arguments(description)))


def run_in_azure(definition: FlowDefinition, arguments: argparse.Namespace) -> None:
    """Submit a flow's batch, follow it and report how it ended.

    Args:
        definition: the flow.
        arguments: as `cloud_arguments` parsed them.

    Raises:
        UserError: something is missing here or in the project; nothing was submitted.
        RunFailed: the run did not complete.
    """
    set_up_promptflow()
    session = open_cloud_session(definition.name, arguments.environment_name)
    flow = definition.run_arguments(session)
    if arguments.compute_session:
        from mlops.cloud_runs.compute_session import run_in_compute_session as run
    else:
        from mlops.cloud_runs.scale_out import run_as_pipeline as run
    run(session, flow, arguments)
