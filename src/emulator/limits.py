"""Requests and tokens per minute of a deployment.

Each quota is a token bucket: it holds a minute's worth when full and fills evenly. So a burst of a full minute passes
at once, after that the rate is the limit, and the time to wait is known exactly.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from src.emulator.errors import rate_limited

_MINUTE = 60.0
_ROUNDING = 1e-9


@dataclass
class Bucket:
    """A quota of `per_minute` units.

    Attributes:
        per_minute: the units added per minute, and the capacity.
        level: the units left; below zero after an answer that was longer than what was reserved for it.
        updated: when `level` was computed, in seconds of the limiter's clock.
    """

    per_minute: int
    level: float
    updated: float

    def fill(self, now: float) -> None:
        """Bring the level up to a time."""
        self.level = min(self.per_minute, self.level + (now - self.updated) * self.per_minute / _MINUTE)
        self.updated = now

    def wait(self, units: float) -> float:
        """Seconds until that many units are available, or until the bucket is full; 0 if they are.

        A request over the whole quota passes on a full bucket; otherwise it could never pass.
        """
        missing = min(units, self.per_minute) - self.level
        return max(0.0, missing * _MINUTE / self.per_minute)


class RateLimiter:
    """The quotas of one deployment.

    Args:
        rpm: requests per minute; None for no limit.
        tpm: tokens per minute, of prompts and answers together; None for no limit.
        clock: a monotonic clock, in seconds.
    """

    def __init__(self, rpm: int | None, tpm: int | None, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        # Large requests are processed in threads.
        self._lock = threading.Lock()
        now = clock()
        self._requests = Bucket(rpm, rpm, now) if rpm else None
        self._tokens = Bucket(tpm, tpm, now) if tpm else None

    def admit(self, tokens: int) -> dict[str, str]:
        """Take one request and its tokens from the quotas.

        Args:
            tokens: an upper bound of what the request needs, as far as is known before its answer.

        Returns:
            The headers with the remaining quotas.

        Raises:
            ServiceError: 429 with `retry-after`, if a quota is exhausted; then nothing is taken.
        """
        quotas = [
            (bucket, units, name)
            for bucket, units, name in ((self._requests, 1, "request"), (self._tokens, tokens, "token"))
            if bucket is not None
        ]
        with self._lock:
            for bucket, units, name in quotas:
                bucket.fill(self._clock())
                seconds = bucket.wait(units)
                if seconds > _ROUNDING:
                    raise rate_limited(seconds, f"{name} rate")
            for bucket, units, _ in quotas:
                bucket.level -= units
        return {
            header: value
            for bucket, units, name in quotas
            for header, value in (
                (f"x-ratelimit-limit-{name}s", str(bucket.per_minute)),
                (f"x-ratelimit-remaining-{name}s", str(max(0, int(bucket.level)))),
            )
        }

    def settle(self, reserved: int, used: int) -> None:
        """Replace the tokens that `admit` reserved by those that were used."""
        if self._tokens is not None:
            with self._lock:
                self._tokens.level = min(self._tokens.per_minute, self._tokens.level + reserved - used)
