"""Fault injection that is the same in every run.

The decision for a request depends on the seed, its path, its body and how often that body was sent before. So the n-th
attempt at a body always gets the same decision, however many requests run at the same time and in whatever order they
arrive, and a retry gets a new one.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field

from src.emulator.errors import (
    ServiceError,
    content_filtered,
    gateway_error,
    invalid_request,
    rate_limited,
    retry_headers,
)

# The kinds of fault, with their options and defaults; every kind also takes `times`.
KINDS: dict[str, dict[str, float]] = {
    "401": {},
    "408": {},
    "429": {"retry_after": 1.0},
    "500": {},
    "502": {},
    "503": {"retry_after": 0.0},
    "504": {},
    "content_filter": {},
    "filtered_answer": {},
    "slow": {"delay_ms": 2_000.0},
    "cut": {"after": 0.5},
    "timeout": {"seconds": 600.0},
}
_MESSAGES = {
    401: "Access denied due to invalid subscription key or wrong API endpoint.",
    408: "The operation was timed out.",
    500: "The server had an error while processing your request. Please retry.",
    502: "Bad gateway: the model's server gave no usable answer.",
    503: "The service is temporarily unable to process your request. Please try again later.",
    504: "The model's server did not answer in time.",
}
_CODES = {
    408: "Timeout",
    500: "InternalServerError",
    502: "BadGateway",
    503: "ServiceUnavailable",
    504: "GatewayTimeout",
}
_MAX_BODIES = 200_000


@dataclass(frozen=True)
class Fault:
    """A fault to inject.

    Attributes:
        kind: one of `KINDS`.
        rate: the share of requests that it affects, from 0 to 1.
        options: the kind's options. `times` limits it to the first attempts at a body.
    """

    kind: str
    rate: float = 1.0
    options: dict[str, float] = field(default_factory=dict)

    def option(self, name: str) -> float:
        """The value of an option, or its default."""
        return self.options.get(name, KINDS[self.kind][name])

    def applies_to(self, attempt: int) -> bool:
        """Whether it can happen at this attempt at a body, where the first is 0."""
        return attempt < self.options.get("times", float("inf"))

    def error(self) -> ServiceError | None:
        """The error response; None for a kind that affects the response in another way."""
        if self.kind == "content_filter":
            return content_filtered()
        if self.kind == "429":
            return rate_limited(self.option("retry_after"), "call rate")
        if not self.kind.isdecimal():
            return None
        status = int(self.kind)
        headers = None
        if status == 503 and self.option("retry_after"):
            headers = retry_headers(self.option("retry_after"))
        return gateway_error(status, _CODES.get(status, self.kind), _MESSAGES[status], headers)


def parse_fault(text: str, separator: str = ":") -> Fault:
    """A fault from `KIND[:RATE][:option=value...]`, such as `429:0.2:retry_after=3`.

    Raises:
        ValueError: if the kind or an option is unknown, or a number is invalid or out of range.
    """
    kind, *rest = (part.strip() for part in text.split(separator))
    if kind not in KINDS:
        raise ValueError(f"'{kind}' in '{text}' is not a kind of fault; the kinds are {', '.join(KINDS)}.")
    rate, options = 1.0, {}
    for position, part in enumerate(rest):
        name, equals, value = part.partition("=")
        if equals:
            options[name] = _option(kind, name, value, text)
        elif position == 0:
            rate = _number(part, text, highest=1.0)
        else:
            raise ValueError(f"'{part}' in '{text}' is not an option: write option=value.")
    return Fault(kind, rate, options)


def _option(kind: str, name: str, value: str, text: str) -> float:
    known = [*KINDS[kind], "times"]
    if name not in known:
        raise ValueError(f"'{name}' in '{text}' is not an option of {kind}; the options are {', '.join(known)}.")
    return _number(value, text, highest=1.0 if name == "after" else 86_400_000.0)


def _number(value: str, text: str, highest: float) -> float:
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0.0 <= number <= highest:
        raise ValueError(f"'{value}' in '{text}' is not a number from 0 to {highest:g}.")
    return number


@dataclass(frozen=True)
class FaultDecision:
    """The decision for one request: the fault, if any, and the latency in milliseconds."""

    fault: Fault | None
    latency_ms: float


class FaultPlan:
    """Decides which fault each request gets.

    Args:
        seed: the seed of the decisions.
        faults: the possible faults; their rates add up to 1 at most.
        latency_ms: milliseconds of latency: one number, or the lowest and the highest.

    Raises:
        ValueError: if the rates add up to more than 1.
    """

    def __init__(self, seed: int, faults: tuple[Fault, ...], latency_ms: float | tuple[float, float]):
        total = sum(fault.rate for fault in faults)
        if total > 1.0 + 1e-9:
            raise ValueError(f"The faults' rates add up to {total:g}, which is more than 1.")
        self._seed = seed
        self._faults = faults
        self._latency = latency_ms if isinstance(latency_ms, tuple) else (latency_ms, latency_ms)
        self._attempts: OrderedDict[bytes, int] = OrderedDict()

    def draw(self, path: str, body: bytes, fault: str | None = None, latency: str | None = None) -> FaultDecision:
        """The decision for a request.

        Args:
            path: the request's path.
            body: its raw body.
            fault: the header `x-emulator-fault`, as `429;retry_after=1` or `none`; it overrides the drawn fault.
            latency: the header `x-emulator-latency-ms`.

        Raises:
            ServiceError: 400, if a header is invalid.
        """
        key = hashlib.blake2b(body, digest_size=16, key=path.encode()[:64]).digest()
        attempt = self._count(key)
        if fault is not None or latency is not None:
            return self._requested(attempt, fault, latency)
        if not self._faults and self._latency[0] == self._latency[1]:
            return FaultDecision(None, self._latency[0])
        lowest, highest = self._latency
        drawn = hashlib.blake2b(f"{self._seed} {attempt} ".encode() + key, digest_size=16).digest()
        share = int.from_bytes(drawn[:8], "big") / 2**64
        return FaultDecision(
            self._pick(share, attempt), lowest + (highest - lowest) * int.from_bytes(drawn[8:], "big") / 2**64
        )

    def _pick(self, share: float, attempt: int) -> Fault | None:
        reached = 0.0
        for fault in self._faults:
            reached += fault.rate
            if share < reached:
                return fault if fault.applies_to(attempt) else None
        return None

    def _requested(self, attempt: int, fault: str | None, latency: str | None) -> FaultDecision:
        try:
            ordered = parse_fault(fault, ";") if fault and fault.strip() != "none" else None
            latency_ms = self._latency[0] if latency is None else _number(latency, latency, highest=600_000.0)
        except ValueError as exc:
            header = (
                "x-emulator-latency-ms"
                if latency is not None and str(exc).startswith(f"'{latency}'")
                else "x-emulator-fault"
            )
            raise invalid_request(f"Header {header}: {exc}", header, "invalid_value") from exc
        return FaultDecision(ordered if ordered and ordered.applies_to(attempt) else None, latency_ms)

    def _count(self, key: bytes) -> int:
        attempt = self._attempts.get(key, 0)
        self._attempts[key] = attempt + 1
        self._attempts.move_to_end(key)
        if len(self._attempts) > _MAX_BODIES:
            self._attempts.popitem(last=False)
        return attempt
