"""The command line that all runners share."""

from __future__ import annotations

import argparse
import sys


def command_parser(description: str) -> argparse.ArgumentParser:
    """Return a parser that names the command as it is typed: `python -m <module>`, as Python 3.14 does by itself.

    Args:
        description: what the command does, for --help.
    """
    spec = sys.modules["__main__"].__spec__
    module = spec.name.removesuffix(".__main__") if spec else None
    return argparse.ArgumentParser(prog=module and f"python -m {module}", description=description)


def environment_parser(description: str) -> argparse.ArgumentParser:
    """Return a parser with the options that every command on a flow has.

    Args:
        description: what the command does, for --help.
    """
    parser = command_parser(description)
    parser.add_argument(
        "--environment_name",
        required=True,
        metavar="E",
        help="local, pr, dev or prod: picks the sections of config/config.yaml",
    )
    parser.add_argument(
        "--variant",
        nargs="+",
        action="extend",
        default=[],
        metavar="KEY=VALUE",
        help="other settings of the model, or another prompt file; several values of a key span a grid",
    )
    parser.add_argument("--visualize", action="store_true", help="open the traces in the browser")
    parser.add_argument("--deploy_traces", action="store_true", help="send the traces to the Azure AI Studio project")
    return parser


def runner_arguments(description: str, argv: list[str] | None = None, of_one_flow: bool = True) -> argparse.Namespace:
    """Parse a runner's arguments.

    Args:
        description: what the runner does, for --help.
        argv: the arguments, by default those of the process.
        of_one_flow: whether the runner takes data and earlier runs of its flow.

    Returns:
        environment_name, variant, visualize, deploy_traces, data and resume_from.
    """
    parser = environment_parser(description)
    parser.set_defaults(data=None, resume_from=None)
    if of_one_flow:
        lines = parser.add_mutually_exclusive_group()
        lines.add_argument("--data", metavar="FILE", help="JSONL file for the batch instead of the configured one")
        lines.add_argument("--resume_from", metavar="RUN", help="go on, on its data, with a run that failed part-way")
    return parser.parse_args(argv)
