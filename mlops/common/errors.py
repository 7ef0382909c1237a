"""Errors that a user can cause or fix."""

from __future__ import annotations

from collections.abc import Iterator

PASSED, FAILED, COULD_NOT_RUN, INTERRUPTED = 0, 1, 2, 130


class UserError(Exception):
    """Something that the user can fix; its text names the thing, the place and the remedy in one sentence."""


class RunFailed(Exception):
    """The command did its work and the result is a failure: lines failed, or a gate was not passed."""


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and its chain of causes, also where Prompt flow has wrapped the cause."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = getattr(cause, "_ex", None) or cause.__cause__ or cause.__context__
