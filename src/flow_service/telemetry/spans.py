"""Spans of this service. They name the type of an error and never hold its text, which may contain a prompt.

Attributes are those of the semantic conventions, version 1.37.0 (https://opentelemetry.io/docs/specs/semconv/), where
these have one; names that begin with `flow.` are ours.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any, TypedDict

from opentelemetry import trace
from opentelemetry.trace import Span, Status, StatusCode

from mlops.common.errors import causes


class SpanOptions(TypedDict):
    """Options of `use_span` and `start_as_current_span`."""

    record_exception: bool
    set_status_on_exception: bool


SCHEMA = "https://opentelemetry.io/schemas/1.37.0"
SCOPE = "flow_service"
TRACER = trace.get_tracer(SCOPE, schema_url=SCHEMA)
OPERATION = "gen_ai.operation.name"
ERROR_TYPE = "error.type"
WITHOUT_ERROR_TEXT: SpanOptions = {
    "record_exception": False,
    "set_status_on_exception": False,
}  # the SDK would record it


def mark_failed(current: Span, error: str) -> None:
    """Mark a span as failed, with the type of the error."""
    current.set_attribute(ERROR_TYPE, error)
    current.set_status(Status(StatusCode.ERROR))


def error_type(error: BaseException) -> str:
    """Return the value of `error.type`: an HTTP status or the name of a class; Prompt flow's wrappers are skipped."""
    unwrapped = (cause for cause in causes(error) if not type(cause).__module__.startswith("promptflow"))
    found = next(unwrapped, error)
    return str(getattr(found, "status_code", None) or type(found).__name__)


async def trace_stream(
    stream: AsyncIterator[Any], current: Span, done: Callable[[list[Any]], None] | None = None
) -> AsyncIterator[Any]:
    """Yield the items of a stream under a span that ends with it.

    Args:
        stream: the stream.
        current: the span, already started.
        done: called with all items before the span ends.
    """
    items: list[Any] = []
    try:
        while True:
            # The span is current only while an item is produced: what the consumer does is not part of it.
            with trace.use_span(current, **WITHOUT_ERROR_TEXT):
                try:
                    item = await anext(stream)
                except StopAsyncIteration:
                    return
            if done:
                items.append(item)
            yield item
    except BaseException as error:
        mark_failed(current, error_type(error))
        raise
    finally:
        if done:
            done(items)
        current.end()


def to_json(content: Any) -> str:
    """Return content as JSON for an attribute."""
    return json.dumps(content, ensure_ascii=False, default=str)
