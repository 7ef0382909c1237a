"""When something is retired: a day or a month that a schedule names, and how far off it is."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, timezone
from enum import Enum
from typing import Any

NOTICE = 120  # days before its retirement from which on a model is reported
MONTH = re.compile(r"(\d{4})-(\d{2})")


@dataclass(frozen=True)
class Day:
    """When something ends: on a day or, where only that is published, in a month, of which the last day counts."""

    last: date
    whole_month: bool = False

    def __str__(self) -> str:
        """Write it as it is published: 2026-10-14, or 2026-10."""
        return f"{self.last:%Y-%m}" if self.whole_month else self.last.isoformat()

    @classmethod
    def parse(cls, value: Any) -> Day | None:
        """Return the day that a date, 2026-10-14, 2026-10 or `unknown` stands for; None for the last.

        Raises:
            ValueError: it is none of these.
        """
        if value is None or isinstance(value, Day):
            return value
        text = str(value)
        if text == "unknown":
            return None
        if month := MONTH.fullmatch(text):
            year, number = int(month[1]), int(month[2])
            if not 1 <= number <= 12:
                raise ValueError(f"{text} is not a month")
            return cls(date(year, number, calendar.monthrange(year, number)[1]), whole_month=True)
        try:
            return cls(date.fromisoformat(text))
        except ValueError:
            raise ValueError(f"{text} is not a date: write 2026-10-14, 2026-10 or unknown") from None


class Stage(str, Enum):
    """How far a model is from its retirement."""

    AVAILABLE = "available"
    ENDS_SOON = "ends soon"
    RETIRED = "retired"


@dataclass(frozen=True)
class Retirement:
    """The retirement of a model, and whose schedule says so."""

    day: Day
    publisher: str

    def days_left(self, today: date) -> int:
        """Return the number of days until it; 0 or less once the model is retired."""
        return (self.day.last - today).days

    def stage(self, today: date) -> Stage:
        """Return how far it is: a model is retired from the day on that the schedule names."""
        left = self.days_left(today)
        if left <= 0:
            return Stage.RETIRED
        return Stage.ENDS_SOON if left <= NOTICE else Stage.AVAILABLE

    def __str__(self) -> str:
        """Write the day and whose it is."""
        return f"{self.day} ({self.publisher})"


def today_utc() -> date:
    """Return the current day in UTC, in which schedules are written."""
    return datetime.now(timezone.utc).date()
