"""Commands as a user starts them, in processes of their own that share the seconds of importing Azure's SDKs."""

from __future__ import annotations

import multiprocessing
import os
import runpy
import sys
import tempfile
import traceback
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
HEAVY = ["azure.ai.ml", "azure.ai.ml.entities", "azure.identity", "azure.storage.blob", "marshmallow"]


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    status: int
    stdout: str
    stderr: str


def run_module(module: str, arguments: list[str], environment: dict[str, str], timeout: float) -> Ended:
    """Do what `python -m <module> <arguments>` does, in a fresh process with just this environment.

    The process is forked from one in which nothing but the heavy packages was imported.

    Raises:
        TimeoutError: it has not ended within so many seconds, and was killed.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(HEAVY)
    with tempfile.TemporaryDirectory() as folder:
        outputs = Path(folder) / "stdout", Path(folder) / "stderr"
        process = context.Process(target=_run, args=(module, arguments, environment, *map(str, outputs)))
        process.start()
        process.join(timeout)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise TimeoutError(f"{module} was still running after {timeout} s: {outputs[1].read_text()[-1000:]}")
        return Ended(process.exitcode, *(path.read_text(encoding="utf-8") for path in outputs))


def _run(module: str, arguments: list[str], environment: dict[str, str], stdout: str, stderr: str) -> None:
    for path, descriptor in ((stdout, 1), (stderr, 2)):
        opened = os.open(path, os.O_WRONLY | os.O_CREAT)
        os.dup2(opened, descriptor)
        os.close(opened)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(REPOSITORY)
    sys.path[:0] = [str(REPOSITORY)]
    sys.argv = [module, *arguments]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except Exception:
        traceback.print_exc()
        sys.exit(1)
