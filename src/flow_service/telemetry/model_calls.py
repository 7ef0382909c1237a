"""Spans and metrics of model calls, by the GenAI semantic conventions, version 1.37.0.

The span of a call covers all its attempts; the wait before each retry is a span inside it.
"""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from typing import Any

from opentelemetry import metrics, trace
from opentelemetry.trace import SpanKind

from model_endpoint import recognised_kind
from src.flow_service.telemetry import messages
from src.flow_service.telemetry.spans import (
    ERROR_TYPE,
    OPERATION,
    SCHEMA,
    SCOPE,
    TRACER,
    WITHOUT_ERROR_TEXT,
    error_type,
    mark_failed,
)

PROVIDER = "gen_ai.provider.name"
# The buckets that the conventions recommend.
SECONDS = tuple(0.01 * 2**power for power in range(14))
TOKENS = tuple(4**power for power in range(14))
PARAMETERS = {
    "max_tokens": "gen_ai.request.max_tokens",
    "max_completion_tokens": "gen_ai.request.max_tokens",
    "temperature": "gen_ai.request.temperature",
}
MODEL, RESPONSE_ID = "gen_ai.response.model", "gen_ai.response.id"
_METER = metrics.get_meter(SCOPE, schema_url=SCHEMA)
_DURATION = _METER.create_histogram(
    "gen_ai.client.operation.duration", "s", "GenAI operation duration.", explicit_bucket_boundaries_advisory=SECONDS
)
_USAGE = _METER.create_histogram(
    "gen_ai.client.token.usage",
    "{token}",
    "Number of input and output tokens used.",
    explicit_bucket_boundaries_advisory=TOKENS,
)


@functools.cache
def trace_model_calls(content: bool) -> None:
    """Wrap the methods of the OpenAI client that all calls go through, once per process.

    Args:
        content: whether spans hold requests and responses.
    """
    from openai._base_client import AsyncAPIClient
    from openai.resources.chat.completions import AsyncCompletions
    from openai.resources.embeddings import AsyncEmbeddings

    AsyncCompletions.create = _traced(AsyncCompletions.create, "chat", content)
    AsyncEmbeddings.create = _traced(AsyncEmbeddings.create, "embeddings", content)
    AsyncAPIClient._sleep_for_retry = _trace_retry_backoff(AsyncAPIClient._sleep_for_retry)


def _traced(create: Any, operation: str, content: bool) -> Any:
    @functools.wraps(create)
    async def traced(self: Any, *args: Any, **kwargs: Any) -> Any:
        call = _Call(operation, kwargs, self._client, content)
        try:
            with trace.use_span(call.span, **WITHOUT_ERROR_TEXT):
                response = await create(self, *args, **kwargs)
        except BaseException as error:
            call.end(error)
            raise
        if kwargs.get("stream") is True:
            return _traced_stream(response, call)
        call.add(response)
        call.end()
        return response

    return traced


async def _traced_stream(chunks: AsyncGenerator, call: _Call) -> AsyncIterator[Any]:
    try:
        async with aclosing(chunks):
            async for chunk in chunks:
                call.add(chunk)
                yield chunk
    except BaseException as error:
        call.end(error)
        raise
    call.end()


class _Call:
    """A model call: its span, already started, and its two metrics.

    Args:
        operation: chat or embeddings.
        request: the arguments of the client's method.
        client: the client of the endpoint.
        content: whether the span holds the request and the response.
    """

    def __init__(self, operation: str, request: Mapping[str, Any], client: Any, content: bool):
        self._model = {
            PROVIDER: provider_of(client),
            OPERATION: operation,
            "gen_ai.request.model": str(request.get("model")),
        }
        url = client.base_url
        where = {"server.address": url.host, **({"server.port": url.port} if url.port else {})}
        parameters = {
            PARAMETERS[name]: value
            for name, value in request.items()
            if name in PARAMETERS and isinstance(value, (int, float))
        }
        name = f"{operation} {request.get('model')}"
        self.span = TRACER.start_span(name, kind=SpanKind.CLIENT, attributes={**self._model, **where, **parameters})
        self._output = messages.OutputMessages() if content and self.span.is_recording() else None
        if self._output is not None:
            self.span.set_attribute("gen_ai.input.messages", messages.input_messages(request))
        self._finish_reasons: list[str] = []
        self._response: dict[str, Any] = {}
        self._tokens: dict[str, int] = {}
        self._start = time.perf_counter()

    def add(self, response: Any) -> None:
        """Record a response, or a chunk of one."""
        for key, value in ((MODEL, response.model), (RESPONSE_ID, getattr(response, "id", None))):
            if value:
                self._response[key] = value
        if response.usage is not None:
            self._tokens["input"] = response.usage.prompt_tokens or 0
            self._tokens["output"] = getattr(response.usage, "completion_tokens", 0) or 0
        for choice in getattr(response, "choices", None) or ():
            if choice.finish_reason:
                self._finish_reasons.append(choice.finish_reason)
            if self._output is not None:
                self._output.add(choice)

    def end(self, error: BaseException | None = None) -> None:
        """End the span, and record the metrics."""
        seconds = time.perf_counter() - self._start
        attributes = dict(self._model)
        if MODEL in self._response:
            attributes[MODEL] = self._response[MODEL]
        self.span.set_attributes(self._response)
        if self._finish_reasons:
            self.span.set_attribute("gen_ai.response.finish_reasons", self._finish_reasons)
        for kind, number in self._tokens.items():
            self.span.set_attribute(f"gen_ai.usage.{kind}_tokens", number)
            if number or kind == "input":
                _USAGE.record(number, {**attributes, "gen_ai.token.type": kind})
        if self._output is not None and self._output.choices:
            self.span.set_attribute("gen_ai.output.messages", self._output.to_json())
        if error is not None:
            mark_failed(self.span, error_type(error))
            attributes[ERROR_TYPE] = error_type(error)
        _DURATION.record(seconds, attributes)
        self.span.end()


def provider_of(client: Any) -> str:
    """Return `gen_ai.provider.name` for the endpoint of an OpenAI client."""
    from openai import AsyncAzureOpenAI

    azure = isinstance(client, AsyncAzureOpenAI) or recognised_kind(str(client.base_url)) == "azure_v1"
    return "azure.ai.openai" if azure else "openai"


def _trace_retry_backoff(sleep: Any) -> Any:
    """Trace the wait before a retry in a span that holds the reason for the retry."""

    @functools.wraps(sleep)
    async def traced(self: Any, *, retries_taken: int, response: Any, **kwargs: Any) -> None:
        attributes: dict[str, int | str] = {"http.request.resend_count": retries_taken + 1}
        if response is not None:
            attributes["http.response.status_code"] = response.status_code
        else:
            attributes[ERROR_TYPE] = error_type(sys.exc_info()[1] or TimeoutError())
        with TRACER.start_as_current_span("retry", attributes=attributes, **WITHOUT_ERROR_TEXT):
            await sleep(self, retries_taken=retries_taken, response=response, **kwargs)

    return traced
