"""Commands as a user starts them, in processes of their own that share the seconds of importing the SDKs."""

from __future__ import annotations

import contextlib
import functools
import ipaddress
import multiprocessing
import os
import runpy
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from pathlib import Path

from mlops.promptflow_patches.setup import set_up_promptflow

REPOSITORY = Path(__file__).resolve().parents[1]
HEAVY = ["azure.ai.ml", "azure.ai.ml.entities", "azure.identity", "azure.storage.blob", "marshmallow"]
HEAVY += ["promptflow.azure", "promptflow.client", "promptflow.entities", "promptflow.executor.flow_executor"]
WAITS = 0.05  # how much of the time that an SDK wants to wait before it tries again is waited
STREAMS = ("stdout", "stderr", "outside")


@dataclass(frozen=True)
class Ended:
    """How a command ended.

    Attributes:
        status: its exit status.
        stdout: its results.
        stderr: its progress and messages.
        outside: the hosts and addresses that it asked for past the proxy, a line each: names to be resolved, and
            addresses that are not loopback. It got none of them.
    """

    status: int
    stdout: str
    stderr: str
    outside: str


class Command(contextlib.AbstractContextManager):
    """What `python -m <module> <arguments>` does in a checkout, in a fresh process with just this environment.

    The process ends with the context.
    """

    def __init__(
        self, module: str, arguments: Iterable[object], environment: dict[str, str], checkout: Path = REPOSITORY
    ):
        self.module = module
        self._folder = tempfile.TemporaryDirectory()
        self._process = fork(_run, module, [*map(str, arguments)], environment, self._folder.name, str(checkout))

    def text(self, stream: str) -> str:
        """Return what it has written so far to one of STREAMS."""
        path = Path(self._folder.name) / stream
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def wait_until(self, holds: Callable[[], object], timeout: float = 300) -> None:
        """Wait until a condition holds.

        Raises:
            TimeoutError: it has ended, or the seconds are over, without it.
        """
        deadline = time.monotonic() + timeout
        while not holds():
            if self._process.exitcode is not None or time.monotonic() > deadline:
                raise TimeoutError(f"{self.module} has not got there: {self.text('stderr')[-1000:]}")
            time.sleep(0.02)

    def wait_for(self, text: str) -> None:
        """Wait until its standard error holds a text.

        Raises:
            TimeoutError: it has ended, or minutes are over, without it.
        """
        self.wait_until(lambda: text in self.text("stderr"))

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self._process.pid, number)

    def ended(self, timeout: float = 600) -> Ended:
        """Wait for its end.

        Raises:
            TimeoutError: it has not ended within so many seconds.
        """
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise TimeoutError(f"{self.module} still runs after {timeout} s: {self.text('stderr')[-1000:]}")
        return Ended(self._process.exitcode, *map(self.text, STREAMS))

    def __exit__(self, *exc_info: object) -> None:
        """End it, if it has not ended."""
        if self._process.exitcode is None:
            self._process.kill()
            self._process.join()
        self._folder.cleanup()


def fork(target: Callable[..., None], *arguments: object) -> BaseProcess:
    """Start a process that is forked from one in which nothing but the heavy packages was imported."""
    process = _server().Process(target=target, args=arguments)
    process.start()
    return process


@functools.cache
def _server() -> BaseContext:
    """Start the process that the others are forked from.

    Prompt flow reads its settings from the environment when it is imported, which commands set before they import it.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(HEAVY)
    before = dict(os.environ)
    try:
        set_up_promptflow()
        forkserver.ensure_running()
    finally:
        os.environ.clear()
        os.environ.update(before)
    return context


def write_to(folder: str, *streams: str) -> list[int]:
    """Let standard output and standard error of this process go to files of a folder; return the files."""
    opened = [os.open(os.path.join(folder, name), os.O_WRONLY | os.O_CREAT | os.O_APPEND) for name in streams]
    os.dup2(opened[0], 1)
    os.dup2(opened[1], 2)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False, buffering=1)
    return opened


def _run(module: str, arguments: list[str], environment: dict[str, str], folder: str, checkout: str) -> None:
    _, _, outside = write_to(folder, *STREAMS)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    multiprocessing.set_start_method(None, force=True)  # back to the default, for Prompt flow's own child processes
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(checkout)
    _forget_repository()
    sys.path.insert(0, checkout)
    sys.argv = [module, *arguments]
    _hurry()
    _stay_inside(outside)
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except Exception:
        traceback.print_exc()
        sys.exit(1)


def _forget_repository() -> None:
    """Let nothing of this repository be imported, or found, that has been for the sake of this module."""
    for name, module in [*sys.modules.items()]:
        if name not in ("__main__", "__mp_main__", __name__) and _is_ours(getattr(module, "__file__", None) or ""):
            del sys.modules[name]
    sys.path[:] = [path for path in sys.path if path and not _is_ours(path)]


def _is_ours(path: str) -> bool:
    return path.startswith(str(REPOSITORY)) and "site-packages" not in path


def _hurry() -> None:
    """Shorten what the SDKs wait before they try again: half a minute for storage, and what Retry-After says."""
    from azure.core.pipeline.transport import HttpTransport

    HttpTransport.sleep = lambda transport, seconds: time.sleep(seconds * WAITS)


def _stay_inside(log: int) -> None:
    """Write down, and refuse, every connection that this process makes past the proxy, and every name it looks up.

    An audit hook sees all sockets of Python, and nobody can remove it. It does not see what compiled libraries do
    themselves (uvloop is one; nothing that talks to Azure uses it), nor what child processes do.
    """

    def hook(event: str, arguments: tuple) -> None:
        if event not in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
            return
        host = arguments[0] if event != "socket.connect" else arguments[1]
        if isinstance(host, tuple):
            host = host[0]  # of an address, which for a socket in the file system is a path
        elif event == "socket.connect" or host in (None, "localhost", b"localhost"):
            return
        with contextlib.suppress(ValueError):
            if ipaddress.ip_address(host).is_loopback:
                return
        os.write(log, f"{event} {host}\n".encode())
        raise OSError(f"the test does not let {host} be reached")

    sys.addaudithook(hook)
