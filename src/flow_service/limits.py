"""Rate limits of callers, and limits of concurrency and of nesting."""

from __future__ import annotations

import asyncio
import re
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from src.flow_service.problems import Problem, too_many

MAX_CALLERS = 10_000  # remembered; the least recently seen is evicted
# An unterminated string extends to the end: a pattern that could fail would be retried at every quote.
STRING = re.compile(rb'"[^"\\]*(?:\\(?:.|\Z)[^"\\]*)*(?:"|\Z)', re.DOTALL)
BRACKETS = re.compile(rb"[\[\]{}]")


class CallerLimits:
    """Limits the requests of each caller by a token bucket.

    Args:
        per_minute: requests per minute; 0 for no limit.
        burst: requests at once.
    """

    def __init__(self, per_minute: int, burst: int):
        self._per_second, self._burst = per_minute / 60, burst
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str) -> None:
        """Count a request of a caller.

        Raises:
            Problem: 429, with the seconds until the next request is allowed.
        """
        if not self._per_second:
            return
        now = time.monotonic()
        left, then = self._buckets.pop(caller, (float(self._burst), now))
        left = min(float(self._burst), left + (now - then) * self._per_second)
        self._buckets[caller] = (max(left - 1, 0) if left >= 1 else left), now
        if len(self._buckets) > MAX_CALLERS:
            self._buckets.popitem(last=False)
        if left < 1:
            raise too_many("caller_rate_limited", "too many requests; try again later", (1 - left) / self._per_second)


class Admission:
    """Limits how many requests run and how many wait; any more are rejected at once.

    Args:
        running: the most that run.
        waiting: the most that wait.
    """

    def __init__(self, running: int, waiting: int):
        self._slots = asyncio.Semaphore(running)
        self._max_waiting = waiting
        self.running = self.waiting = 0

    @asynccontextmanager
    async def slot(self, deadline: float) -> AsyncIterator[None]:
        """Wait for a slot and hold it while the block lasts.

        Args:
            deadline: until when to wait, on the clock of `time.monotonic`.

        Raises:
            Problem: 503 if too many wait already, or the wait took too long.
        """
        if self._slots.locked():
            await self._wait(deadline)
        else:
            await self._slots.acquire()  # does not wait
        self.running += 1
        try:
            yield
        finally:
            self.running -= 1
            self._slots.release()

    async def _wait(self, deadline: float) -> None:
        if self.waiting >= self._max_waiting:
            raise _overloaded("too many requests are waiting; try again later")
        self.waiting += 1
        try:
            await asyncio.wait_for(self._slots.acquire(), max(0.001, deadline - time.monotonic()))
        except asyncio.TimeoutError:
            raise _overloaded("the request could not start in time; try again later") from None
        finally:
            self.waiting -= 1


def check_json(body: bytes, max_depth: int) -> None:
    """Reject a body that should not reach a parser.

    Raises:
        Problem: it is not UTF-8, or arrays and objects are nested too deeply.
    """
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Problem(400, "not_utf8", f"the body is not UTF-8: byte {error.start} is invalid") from None
    if b"\0" in body:  # never in JSON; the parser would take it for UTF-16, whose brackets are not counted here
        raise Problem(400, "not_utf8", f"the body is not JSON in UTF-8: byte {body.index(0)} is zero")
    if body.count(b"[") + body.count(b"{") <= max_depth:
        return
    depth = 0
    for bracket in BRACKETS.findall(STRING.sub(b"", body)):
        depth += 1 if bracket in b"[{" else -1
        if depth > max_depth:
            raise Problem(400, "too_deep", f"the JSON has more than {max_depth} levels of nested arrays and objects")


def _overloaded(detail: str) -> Problem:
    return Problem(503, "overloaded", detail, {"Retry-After": "1"})
