"""Errors that a user can cause or cure, and how a command ends because of them."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator

PASSED, FAILED, COULD_NOT_RUN, INTERRUPTED = 0, 1, 2, 130


class UserError(Exception):
    """Something that the user can put right; its text names the thing, the place and the remedy in one sentence."""


class RunFailed(Exception):
    """The command did its work and the result is a failure: lines failed, or a gate was not passed."""


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what caused it, one after the other, also where Prompt flow has wrapped the cause."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = getattr(cause, "_ex", None) or cause.__cause__ or cause.__context__


def exit_status(command: Callable[[], None]) -> int:
    """Run a command and return its exit status: 0 passed, 1 failed, 2 could not be run.

    Only what is a defect of this repository ends in a traceback.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):  # Prompt flow may have put something else in its place
        sys.stdout.reconfigure(line_buffering=True)  # so that results and progress keep their order in a log
    try:
        command()
    except RunFailed as failure:
        print(failure, file=sys.stderr)
        return FAILED
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return COULD_NOT_RUN
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    return PASSED
