"""Record what a model answers to everything that the flows ask, for the environment local to play back."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from flows import all_flows, find_flow
from mlops.common.cli import command_parser, exit_status
from mlops.common.errors import UserError
from mlops.common.paths import RECORDINGS, display_path
from mlops.configuration.config import Configuration
from mlops.configuration.sections import FlowConfig
from model_endpoint import Endpoint, shared_client

if TYPE_CHECKING:
    from src.emulator.answers import Upstream

PLAYED = "local"  # the environment whose requests are recorded


def record_arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = command_parser(__doc__)
    parser.add_argument("--environment_name", required=True, metavar="E", help="whose models answer")
    parser.add_argument(
        "--flows", nargs="+", choices=all_flows(), default=list(all_flows()), metavar="FLOW", help="default: all"
    )
    parser.add_argument(
        "--repeat", type=int, default=1, metavar="N", help="how often everything is asked; all answers are kept"
    )
    arguments = parser.parse_args()
    if arguments.repeat < 1:
        raise UserError(f"--repeat {arguments.repeat}: everything is asked once at least")
    return arguments


def upstream(flow: str, environment: str) -> Upstream:
    """Return what answers the flow's requests by the models of an environment, and keeps the answers.

    Raises:
        UserError: the environment has no models, or is not configured.
    """
    from src.emulator.answers import Upstream

    configuration = Configuration(environment)
    aoai, config = configuration.aoai(), configuration.flow(flow)
    if aoai.emulator:
        raise UserError(f"the environment {environment} has no model that could be recorded: name another")
    played = Configuration(PLAYED).flow(flow)
    return Upstream(asking(aoai.to_endpoint(), requests_by_deployment(played, config)), aoai.endpoint_kind)


def requests_by_deployment(played: FlowConfig, config: FlowConfig) -> dict[str, dict[str, Any]]:
    """Return, by a deployment of the environment that is played, the model and parameters that answer in its place."""
    judge = config.judge()
    requests = {played.judge().deployment: {"model": judge.deployment, **judge.parameters()}}
    roles = [(played.model, config.model)]
    if played.planning and config.planning:
        roles.append((played.planning.tool_model, config.planning.tool_model))
    requests |= {of.deployment: {"model": model.deployment, **model.parameters()} for of, model in reversed(roles)}
    return requests


def asking(endpoint: Endpoint, requests: dict[str, dict[str, Any]]) -> Callable[[str, dict], Awaitable[Any]]:
    """Return a function that sends a request for a deployment to the model that answers in its place."""

    async def ask(deployment: str, request: dict) -> Any:
        client = await shared_client(endpoint)
        return await client.chat.completions.create(**request, **requests[deployment])

    return ask


def record(flow: str, arguments: argparse.Namespace) -> None:
    """Run and evaluate a flow as on `local`, with answers of a model, and write the answers to its file."""
    from mlops.evaluation.command import evaluate_flow, outcome_table
    from src.emulator.answers import write_recordings

    definition = find_flow(flow)
    runner = import_module(definition.runner_module)
    answerer = upstream(flow, arguments.environment_name)
    options = argparse.Namespace(
        environment_name=PLAYED,
        variant={},
        data=None,
        resume_from=None,
        visualize=False,
        deploy_traces=False,
        baseline=None,
        output=None,
        answerer=answerer,
    )
    for _ in range(arguments.repeat):
        batch = runner.run(options)
        evaluations = evaluate_flow(definition, argparse.Namespace(**{**vars(options), "variant": []}))
        answerer.next_round()
    print("\n" + outcome_table(evaluations))
    failed = len(batch.failed) + len(batch.failed_samples) + sum(row.error is not None for row in evaluations[0].rows)
    file = RECORDINGS / f"{flow}.jsonl"
    write_recordings(file, answerer.recordings)
    print(f"\n{display_path(file)}: {len(answerer.recordings)} answers, {failed} lines failed in the last round\n")


def main() -> None:
    """Record the flows that the command line names."""
    arguments = record_arguments()
    for flow in arguments.flows:
        print(f"\n{flow}")
        record(flow, arguments)


if __name__ == "__main__":
    sys.exit(exit_status(main))
