"""Progress of a batch on standard error: done of total, rate, time left, failures."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

TERMINAL_INTERVAL = 0.2  # seconds between two updates of the line on a terminal
LOG_INTERVAL = 10.0  # seconds between two lines in a log


@contextmanager
def report_progress(total: int, count: Callable[[], tuple[int, int]]) -> Iterator[None]:
    """Show on standard error how far a batch has come, until the block is left.

    Args:
        total: how many lines there are.
        count: returns how many are done, and how many of these failed.
    """
    animated = sys.stderr.isatty()
    stop = threading.Event()
    start = time.monotonic()

    def show() -> None:
        done, failed = count()
        line = progress_line(done, total, failed, time.monotonic() - start)
        print(f"\r\x1b[K{line}" if animated else line, end="" if animated else "\n", file=sys.stderr, flush=True)

    def watch() -> None:
        while not stop.wait(TERMINAL_INTERVAL if animated else LOG_INTERVAL):
            show()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        stop.set()
        watcher.join()
        show()
        if animated:
            print(file=sys.stderr)


def progress_line(done: int, total: int, failed: int, seconds: float) -> str:
    """Return a line such as "25 of 100 lines, 5.0 a second, 15 s left, 1 failed"."""
    parts = [f"{done} of {total} lines"]
    if done and seconds > 0:
        rate = done / seconds
        parts.append(f"{rate:.1f} a second")
        if done < total:
            parts.append(f"{(total - done) / rate:.0f} s left")
    if failed:
        parts.append(f"{failed} failed")
    return ", ".join(parts)
