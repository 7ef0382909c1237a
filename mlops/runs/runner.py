"""The command line of a runner: `python -m mlops.run_<flow>`."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from mlops.common.cli import exit_status, runner_arguments
from mlops.flow_folders.variants import variants
from mlops.runs.batch_report import BatchReport, print_batches


def runner(run: Callable[[argparse.Namespace], BatchReport], description: str) -> int:
    """Run a flow once for each variant of the command line, print a table, and return the exit status.

    Args:
        run: runs the flow and reports on its batch.
        description: what the runner does, for --help.
    """
    return exit_status(lambda: print_batches([run(each) for each in variants(runner_arguments(description))]))
