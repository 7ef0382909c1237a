"""Hooks of pytest: a run of the tests that is interrupted, or told to end, leaves no process behind.

A worker of xdist gets some seconds to end its tests' fixtures. One that needs more is killed, and what its tests had
started would go on: servers, browsers, commands that wait for an answer.
"""

import contextlib
import signal

import psutil
import pytest

RUNNING = pytest.StashKey[list[psutil.Process]]()


def pytest_configure(config: pytest.Config) -> None:
    """End at SIGTERM as at Ctrl+C; a worker of xdist is told by the process that has started it."""
    config.stash[RUNNING] = []
    if not hasattr(config, "workerinput"):
        signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int | pytest.ExitCode):
    """Remember what an interrupted run has started, as long as it can be found under its parents."""
    if exitstatus == pytest.ExitCode.INTERRUPTED:
        session.config.stash[RUNNING] = psutil.Process().children(recursive=True)
    return (yield)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End what is left of that."""
    for process in config.stash.get(RUNNING, []):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
