"""Spans of this service, and how they tell of errors: by kind, never by text, which may hold a prompt.

Attributes are those of the semantic conventions, version 1.37.0 (https://opentelemetry.io/docs/specs/semconv/), where
these have one; names that begin with `flow.` are ours.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import Span, Status, StatusCode

from mlops.common.errors import causes

SCHEMA = "https://opentelemetry.io/schemas/1.37.0"
SCOPE = "flow_service"
TRACER = trace.get_tracer(SCOPE, schema_url=SCHEMA)
OPERATION = "gen_ai.operation.name"
ERROR = "error.type"
QUIET = {"record_exception": False, "set_status_on_exception": False}  # else the SDK would take an error's text


def mark(current: Span, kind: str) -> None:
    """Mark a span as one of something that failed."""
    current.set_attribute(ERROR, kind)
    current.set_status(Status(StatusCode.ERROR))


def kind_of(error: BaseException) -> str:
    """Return what kind of error it is, a status of HTTP or the name of a class; Prompt flow's wrappers do not count."""
    unwrapped = (cause for cause in causes(error) if not type(cause).__module__.startswith("promptflow"))
    found = next(unwrapped, error)
    return str(getattr(found, "status_code", None) or type(found).__name__)


async def told_pieces(
    pieces: AsyncIterator[Any], current: Span, done: Callable[[list[Any]], None] | None = None
) -> AsyncIterator[Any]:
    """Yield what an iterator yields, under a span that ends when the iterator does.

    Args:
        pieces: the iterator.
        current: the span, which has begun.
        done: told, before the span ends, what was yielded.
    """
    seen: list[Any] = []
    try:
        while True:
            # Only while a piece is made: whoever takes the pieces is no part of this span.
            with trace.use_span(current, **QUIET):
                try:
                    piece = await anext(pieces)
                except StopAsyncIteration:
                    return
            if done:
                seen.append(piece)
            yield piece
    except BaseException as error:
        mark(current, kind_of(error))
        raise
    finally:
        if done:
            done(seen)
        current.end()


def as_json(content: Any) -> str:
    """Return content as an attribute holds it."""
    return json.dumps(content, ensure_ascii=False, default=str)
