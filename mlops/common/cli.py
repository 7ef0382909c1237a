"""The command line that commands share: options, and how a command ends."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Callable
from datetime import date

from mlops.common.errors import COULD_NOT_RUN, FAILED, INTERRUPTED, PASSED, RunFailed, UserError
from mlops.common.paths import REPOSITORY
from mlops.common.storage_faults import storage_fault

INSTALL = "run `make install-azure` for what commands on Azure need, or `make install` for everything"


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
        help="local, laptop, pr, dev or prod: picks the sections of config/config.yaml",
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
    parser.add_argument("--deploy_traces", action="store_true", help="send the traces to the Foundry project")
    return parser


def runner_arguments(description: str, argv: list[str] | None = None, of_one_flow: bool = True) -> argparse.Namespace:
    """Parse a runner's arguments.

    Args:
        description: what the runner does, for --help.
        argv: the arguments, by default those of the process.
        of_one_flow: whether the runner takes data and earlier runs of its flow.

    Returns:
        environment_name, variant, visualize, deploy_traces, data, resume_from and batch_only.
    """
    parser = environment_parser(description)
    parser.set_defaults(data=None, resume_from=None)
    if of_one_flow:
        lines = parser.add_mutually_exclusive_group()
        lines.add_argument("--data", metavar="FILE", help="JSONL or CSV file for the batch, not the configured one")
        lines.add_argument("--resume_from", metavar="RUN", help="resume a run that failed part-way, on its data")
    parser.add_argument("--batch_only", action="store_true", help="leave out the records shown before the batch")
    return parser.parse_args(argv)


def positive(text: str) -> int:
    """Return a number above 0 from the command line."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0")
    return int(text)


def calendar_day(text: str) -> date:
    """Return a day from the command line, as 2027-03-18."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is not a date: write 2027-03-18") from None


def exit_status(command: Callable[[], None]) -> int:
    """Run a command and return its exit status: 0 passed, 1 failed, 2 could not be run.

    Only a bug in this repository ends in a traceback.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):  # Prompt flow may have put something else in its place
        sys.stdout.reconfigure(line_buffering=True)  # so that results and progress keep their order in a log
    try:
        command()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return COULD_NOT_RUN
    except ModuleNotFoundError as error:
        if error.name is None or (REPOSITORY / error.name.partition(".")[0]).exists():
            raise
        print(f"error: {error.name} is not installed: {INSTALL}", file=sys.stderr)
        return COULD_NOT_RUN
    except Exception as error:
        if fault := storage_fault(error):
            print(f"error: {fault}", file=sys.stderr)
            return COULD_NOT_RUN
        if not isinstance(error, RunFailed):
            raise
        print(error, file=sys.stderr)
        return FAILED
    return PASSED
