"""An emulator in a process of its own, which takes its time as a model would."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

PORT = 8987
START_TIMEOUT = 30.0  # seconds


@contextmanager
def slow_emulator(latency_ms: float) -> Iterator[str]:
    """Start an emulator that answers after this many milliseconds, yield its endpoint, and stop it."""
    command = [sys.executable, "-m", "benchmarks.answering", "--port", str(PORT), "--latency_ms", str(latency_ms)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        endpoint = f"http://127.0.0.1:{PORT}"
        try:
            _wait_until_ready(endpoint, process)
            yield endpoint
        finally:
            process.terminate()


def _wait_until_ready(endpoint: str, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"{endpoint}/healthz", timeout=1).close()
            return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.1)
    raise RuntimeError(f"no emulator at {endpoint}; is the port in use?")
