"""Retries requests while a server is busy, failing or out of reach, within limits of attempts and time."""

from __future__ import annotations

import asyncio
import itertools
import random
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from email.utils import mktime_tz, parsedate_tz
from typing import TypeVar

from .errors import TransientError

ATTEMPTS = 6  # the first, and five more, as many as the clients of models make
# Seconds before the second attempt, doubling up to the longest, as the openai package has them.
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 8.0
SPREAD = 0.25  # the share of a pause that is left to chance, so that lines that failed together do not return together
LONGEST_ASKED = 1e9  # seconds; no server can mean more

Result = TypeVar("Result")


async def retried(
    attempt: Callable[[float], Awaitable[Result]],
    transient: type[TransientError],
    seconds: float,
    attempts: int = ATTEMPTS,
) -> Result:
    """Return what an attempt returns; after a transient fault, pause and try again.

    The pause is as long as the server asks for, else it grows from one attempt to the next. If a pause would take
    more than the time that is left, there is no further attempt.

    Args:
        attempt: gets the number of seconds that are left.
        transient: the class of errors that are retried.
        seconds: for all attempts, with the pauses between them.
        attempts: how many there may be.

    Raises:
        transient: after the last attempt, or where the server asks for a longer pause than there is time for.
    """
    end = time.monotonic() + seconds
    for count in itertools.count(1):
        try:
            return await attempt(end - time.monotonic())
        except transient as error:
            left = end - time.monotonic()
            asked, made = error.retry_after, f" ({count} attempts)" if count > 1 else ""
            if asked is not None and asked > left:
                left = max(left, 0)
                wait = f"it asks to wait for {asked:,.0f} seconds, and {left:.0f} are left"
                raise transient(f"{error}; {wait}{made}", asked) from error
            pause = _pause(count, asked)
            if count >= attempts or pause > left:
                raise transient(f"{error}{made}", asked) from error
        await asyncio.sleep(pause)
    raise AssertionError("unreachable: counting does not end")


def _pause(attempts_made: int, asked: float | None) -> float:
    if asked:  # the spread comes on top: nobody is to return too early
        return asked + random.uniform(0, min(asked * SPREAD, FIRST_PAUSE))
    return min(FIRST_PAUSE * 2 ** (attempts_made - 1), LONGEST_PAUSE) * random.uniform(1 - SPREAD, 1)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return after how many seconds a server allows another request; None where it does not say, or not clearly.

    `retry-after-ms` is Azure's, in milliseconds:
    https://learn.microsoft.com/azure/ai-foundry/openai/how-to/provisioned-get-started. `Retry-After` holds seconds or a
    date (RFC 9110, 10.2.3), which is compared with the server's own `Date` where it sends one, since clocks differ.

    Args:
        headers: of the answer, whose names are found in whatever case.
    """
    for name, unit in (("retry-after-ms", 1000), ("retry-after", 1)):
        value = headers.get(name, "").strip()
        if re.fullmatch(r"[0-9]+(\.[0-9]*)?", value):
            return min(float(value) / unit, LONGEST_ASKED)
    date = _seconds(headers.get("retry-after", ""))
    if date is None:
        return None
    now = _seconds(headers.get("date", ""))
    return min(max(date - (time.time() if now is None else now), 0.0), LONGEST_ASKED)


def _seconds(date: str) -> float | None:
    """Return the time of an HTTP date, in seconds of the epoch; None if it is no date."""
    try:
        parsed = parsedate_tz(date)
        return None if parsed is None else float(mktime_tz(parsed))
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
