"""A parallel step: mini-batches of files, handed to processes with the entry script, and tried again when they fail."""

from __future__ import annotations

import json
import multiprocessing
import queue
import threading
from pathlib import Path

from commands import fork

from loopback.run_parallel import serve

HANDED_OUT_S = 0.05  # before a node that is to die does so


class StepFailed(Exception):
    """A step ended without having done its work."""


class Mounts:
    """The folders that stand for inputs and outputs while a job runs.

    Attributes:
        data: the pipeline's inputs, by name.
    """

    def __init__(self, folder: Path):
        self._folder = folder
        self.data: dict[str, Path] = {}

    def of(self, step: str, port: str) -> Path:
        """Return the folder of a port of a step."""
        folder = self._folder / step / port
        folder.mkdir(parents=True, exist_ok=True)
        return folder


class _MiniBatches:
    """What is to be done, shared by the processes' threads."""

    def __init__(self, batches: list[list[str]], retries: int, may_fail: int, kill_at: int | None):
        self._waiting: queue.SimpleQueue = queue.SimpleQueue()
        for batch in batches:
            self._waiting.put((batch, 0))
        self._open, self._retries, self._may_fail = len(batches), retries, may_fail
        self._handed_out, self._kill_at = 0, kill_at
        self._lock = threading.Lock()
        self.failed = 0
        self.given_up = False

    def take(self):
        """Return the next mini-batch, how often it was tried, and whether its node dies; None if all is done."""
        while self._open and not self.given_up:
            try:
                batch, tried = self._waiting.get(timeout=0.02)
            except queue.Empty:
                continue
            with self._lock:
                self._handed_out += 1
                return batch, tried, self._handed_out == self._kill_at
        return None

    def put_back(self, batch: list[str], tried: int) -> None:
        """Have a mini-batch that failed tried again, or count it as failed."""
        with self._lock:
            if tried < self._retries:
                self._waiting.put((batch, tried + 1))
                return
            self.failed += 1
            self._open -= 1
            self.given_up = 0 <= self._may_fail < self.failed

    def finish(self) -> None:
        """Count a mini-batch as done."""
        with self._lock:
            self._open -= 1

    @property
    def left(self) -> int:
        return self._open


def run_parallel_step(
    node: dict,
    code: Path,
    entry: str,
    arguments: list[str],
    source: Path,
    environment: dict[str, str],
    run: dict,
    kill_at: int | None,
) -> None:
    """Run a parallel step, and keep in `run` its log and how many mini-batches were tried again.

    Raises:
        StepFailed: more mini-batches failed than may, or no process is left.
    """
    size = int(node["mini_batch_size"])
    files = sorted(str(path) for path in source.rglob("*") if path.is_file())
    retry = node.get("retry_settings") or {}
    batches = _MiniBatches(
        [files[first : first + size] for first in range(0, len(files), size)],
        int(retry.get("max_retries", 2)),
        int(node.get("mini_batch_error_threshold", -1)),
        kill_at,
    )
    processes = int(node["resources"]["instance_count"]) * int(node["max_concurrency_per_instance"])
    lock = threading.Lock()

    def log(text: str) -> None:
        with lock:
            run["log"] += text + "\n"

    def work() -> None:
        ours, theirs = multiprocessing.Pipe()
        process = fork(serve, theirs, str(code), entry, arguments, environment)
        theirs.close()
        try:
            _converse(ours, process, batches, float(retry.get("timeout", 60)), log)
        finally:
            ours.close()
            process.join(5)
            if process.is_alive():
                process.kill()

    workers = [threading.Thread(target=work, daemon=True) for _ in range(processes)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    run["failed_mini_batches"] = batches.failed
    if batches.given_up:
        raise StepFailed(f"{batches.failed} mini-batches failed, more than mini_batch_error_threshold")
    if batches.left:
        raise StepFailed(f"no process is left for {batches.left} mini-batches")


def _converse(connection, process, batches: _MiniBatches, timeout: float, log) -> None:
    """Hand mini-batches to a process until there are no more, or it has ended."""
    while taken := batches.take():
        batch, tried, dies = taken
        try:
            connection.send(json.dumps(batch))
            if dies:
                process.join(HANDED_OUT_S)
                process.kill()
            answered = connection.poll(timeout)
            answer = json.loads(connection.recv()) if answered else {"error": f"no end within {timeout:g} s"}
        except (EOFError, ConnectionError):  # the latter where it has not even read what it was given
            log(f"a process ended, with {len(batch)} files under way")
            batches.put_back(batch, tried)
            return
        log(answer.get("log", ""))
        if answer.get("fatal"):  # `init` failed, for which no mini-batch is to blame
            log(answer["error"])
            batches.put_back(batch, -1)
            return
        if answer.get("error") or answer["returned"] < len(batch):
            log(answer.get("error") or f"{answer['returned']} of {len(batch)} files were given back")
            batches.put_back(batch, tried)
            if not answered:
                process.kill()
                return
        else:
            batches.finish()
