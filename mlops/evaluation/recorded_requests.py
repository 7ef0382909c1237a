"""Requests that a service recorded: read from a file of traces, in OTLP's JSON, as collectors and the service write it.

The format: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding, an object on each line.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from mlops.common.errors import UserError
from mlops.common.paths import display_path

FLOW, INPUTS, OUTPUTS = "flow.name", "flow.inputs", "flow.outputs"  # attributes of src/flow_service/telemetry/flows.py
SIGNALS = ("resourceSpans", "resourceMetrics", "resourceLogs")  # a collector may write them all to one file
CONTENT_SWITCH = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true"


@dataclass(frozen=True)
class Recorded:
    """A request for a flow.

    Attributes:
        flow: the flow's name.
        trace: the id of its trace.
        at: when it came, in UTC.
        seconds: how long the flow took.
        inputs: of the flow; None where no content was recorded.
        outputs: of the flow; None where it failed, or no content was recorded.
        error: what kind of error it ended in; None if it did not.
        status: what the caller was answered; None where the trace does not say.
        prompt_tokens: read by models.
        completion_tokens: written by models.
    """

    flow: str
    trace: str
    at: datetime
    seconds: float
    inputs: dict[str, Any] | None
    outputs: dict[str, Any] | None
    error: str | None
    status: int | None
    prompt_tokens: int
    completion_tokens: int

    @property
    def of_caller(self) -> bool:
        """Whether it failed by what the caller sent, which says nothing about the flow."""
        return self.status is not None and 400 <= self.status < 500 and self.status != 429


def read_recorded(path: Path) -> list[Recorded]:
    """Return the requests for flows in a file of traces, in no order.

    Raises:
        UserError: a line can't be read; the last one is left out if it is not finished.
    """
    traces: dict[str, list[_Span]] = {}
    for span in _spans(path):
        traces.setdefault(span.trace, []).append(span)
    return [_recorded(span, spans) for spans in traces.values() for span in spans if FLOW in span.attributes]


@dataclass(frozen=True)
class _Span:
    """What is used of a span: its trace, its times in nanoseconds, and its attributes, of which content is parsed."""

    trace: str
    start: int
    end: int
    attributes: dict[str, Any]

    @classmethod
    def read(cls, span: dict[str, Any]) -> _Span:
        """Read a span of OTLP in JSON, where whole numbers are texts."""
        attributes: dict[str, Any] = {}
        for attribute in span.get("attributes", ()):
            for kind, value in attribute.get("value", {}).items():
                attributes[attribute["key"]] = int(value) if kind == "intValue" else value
        for content in attributes.keys() & {INPUTS, OUTPUTS}:
            attributes[content] = dict(json.loads(attributes[content]))
        return cls(span["traceId"], int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"]), attributes)


def sampled(requests: Sequence[Recorded], most: int, seed: int) -> list[Recorded]:
    """Return a sample in the order of time.

    The same requests and the same seed give the same sample, in whatever order they were recorded, and requests that
    come later do not shuffle those that were there: each has a rank of its own.
    """

    def rank(request: Recorded) -> bytes:
        return hashlib.sha256(f"{seed} {request.trace}".encode()).digest()

    return sorted(sorted(requests, key=rank)[:most], key=lambda request: (request.at, request.trace))


def _spans(path: Path) -> Iterator[_Span]:
    try:
        with path.open("rb") as file:
            for number, raw in enumerate(file, 1):
                for group in _groups(raw, f"{display_path(path)}, line {number}"):
                    for scope in group.get("scopeSpans", ()):
                        yield from [_Span.read(span) for span in scope.get("spans", ())]
    except OSError as error:
        raise UserError(f"--traces {display_path(path)} can't be read: {error.strerror}") from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UserError(f"{display_path(path)}, line {number}: is no OTLP in JSON: {type(error).__name__}") from None


def _groups(raw: bytes, place: str) -> Iterable[dict[str, Any]]:
    if not raw.strip():
        return ()
    try:
        record = json.loads(raw)
    except (ValueError, RecursionError):
        if not raw.endswith(b"\n"):
            print(f"{place}: is not finished yet, and left out", file=sys.stderr)
            return ()
        raise UserError(f"{place}: is not valid JSON; a file of traces has an object on each line") from None
    if not isinstance(record, dict) or not any(signal in record for signal in SIGNALS):
        raise UserError(f"{place}: is no OTLP in JSON, which has {', '.join(SIGNALS)}")
    return record.get(SIGNALS[0], ())


def _recorded(span: _Span, spans: Sequence[_Span]) -> Recorded:
    statuses = [each.attributes["http.response.status_code"] for each in spans if "http.route" in each.attributes]
    return Recorded(
        flow=span.attributes[FLOW],
        trace=span.trace,
        at=datetime.fromtimestamp(span.start / 1e9, timezone.utc),
        seconds=(span.end - span.start) / 1e9,
        inputs=span.attributes.get(INPUTS),
        outputs=span.attributes.get(OUTPUTS),
        error=span.attributes.get("error.type"),
        status=statuses[0] if len(statuses) == 1 else None,
        prompt_tokens=sum(each.attributes.get("gen_ai.usage.input_tokens", 0) for each in spans),
        completion_tokens=sum(each.attributes.get("gen_ai.usage.output_tokens", 0) for each in spans),
    )
