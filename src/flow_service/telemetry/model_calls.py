"""Spans and metrics of calls of models, as the GenAI part of the semantic conventions has them (version 1.37.0).

A span covers a call with all its attempts; the pause before another attempt has a span of its own inside it.
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

from src.flow_service.telemetry import messages
from src.flow_service.telemetry.spans import ERROR, OPERATION, QUIET, SCHEMA, SCOPE, TRACER, kind_of, mark

PROVIDER = {"gen_ai.provider.name": "azure.ai.openai"}
# The buckets that the conventions advise.
SECONDS = tuple(0.01 * 2**power for power in range(14))
TOKENS = tuple(4**power for power in range(14))
PARAMETERS = {
    "max_tokens": "gen_ai.request.max_tokens",
    "max_completion_tokens": "gen_ai.request.max_tokens",
    "temperature": "gen_ai.request.temperature",
}
MODEL, ANSWER_ID = "gen_ai.response.model", "gen_ai.response.id"
_METER = metrics.get_meter(SCOPE, schema_url=SCHEMA)
_DURATION = _METER.create_histogram(
    "gen_ai.client.operation.duration", "s", "GenAI operation duration.", explicit_bucket_boundaries_advisory=SECONDS
)
_USAGE = _METER.create_histogram(
    "gen_ai.client.token.usage", "{token}", "Number of input and output tokens used.",
    explicit_bucket_boundaries_advisory=TOKENS,
)


@functools.cache
def tell_of_model_calls(content: bool) -> None:
    """Wrap the methods of the OpenAI client that all calls go through, once for the process.

    Args:
        content: whether spans hold what is sent and answered.
    """
    from openai._base_client import AsyncAPIClient
    from openai.resources.chat.completions import AsyncCompletions
    from openai.resources.embeddings import AsyncEmbeddings

    AsyncCompletions.create = _told(AsyncCompletions.create, "chat", content)
    AsyncEmbeddings.create = _told(AsyncEmbeddings.create, "embeddings", content)
    AsyncAPIClient._sleep_for_retry = _told_pause(AsyncAPIClient._sleep_for_retry)


def _told(create: Any, operation: str, content: bool) -> Any:
    @functools.wraps(create)
    async def told(self: Any, *args: Any, **kwargs: Any) -> Any:
        call = _Call(operation, kwargs, self._client.base_url, content)
        try:
            with trace.use_span(call.span, **QUIET):
                answer = await create(self, *args, **kwargs)
        except BaseException as error:
            call.end(error)
            raise
        if kwargs.get("stream") is True:
            return _told_stream(answer, call)
        call.add(answer)
        call.end()
        return answer

    return told


async def _told_stream(chunks: AsyncGenerator, call: _Call) -> AsyncIterator[Any]:
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
    """A call of a model: its span, which has begun, and its two metrics.

    Args:
        operation: chat or embeddings.
        request: the arguments of the client's method.
        url: of the endpoint.
        content: whether the span holds what is sent and answered.
    """

    def __init__(self, operation: str, request: Mapping[str, Any], url: Any, content: bool):
        self._model = {**PROVIDER, OPERATION: operation, "gen_ai.request.model": str(request.get("model"))}
        where = {"server.address": url.host, **({"server.port": url.port} if url.port else {})}
        parameters = {
            PARAMETERS[name]: value
            for name, value in request.items()
            if name in PARAMETERS and isinstance(value, (int, float))
        }
        name = f"{operation} {request.get('model')}"
        self.span = TRACER.start_span(name, kind=SpanKind.CLIENT, attributes={**self._model, **where, **parameters})
        self._heard = messages.Answer() if content and self.span.is_recording() else None
        if self._heard is not None:
            self.span.set_attribute("gen_ai.input.messages", messages.of_request(request))
        self._reasons: list[str] = []
        self._response: dict[str, Any] = {}
        self._tokens: dict[str, int] = {}
        self._start = time.perf_counter()

    def add(self, answer: Any) -> None:
        """Take what an answer, or a chunk of one, tells."""
        for key, value in ((MODEL, answer.model), (ANSWER_ID, getattr(answer, "id", None))):
            if value:
                self._response[key] = value
        if answer.usage is not None:
            self._tokens["input"] = answer.usage.prompt_tokens or 0
            self._tokens["output"] = getattr(answer.usage, "completion_tokens", 0) or 0
        for choice in getattr(answer, "choices", None) or ():
            if choice.finish_reason:
                self._reasons.append(choice.finish_reason)
            if self._heard is not None:
                self._heard.add(choice)

    def end(self, error: BaseException | None = None) -> None:
        """End the span, and record the metrics."""
        seconds = time.perf_counter() - self._start
        told = dict(self._model)
        if MODEL in self._response:
            told[MODEL] = self._response[MODEL]
        self.span.set_attributes(self._response)
        if self._reasons:
            self.span.set_attribute("gen_ai.response.finish_reasons", self._reasons)
        for kind, number in self._tokens.items():
            self.span.set_attribute(f"gen_ai.usage.{kind}_tokens", number)
            if number or kind == "input":
                _USAGE.record(number, {**told, "gen_ai.token.type": kind})
        if self._heard is not None and self._heard.choices:
            self.span.set_attribute("gen_ai.output.messages", self._heard.as_json())
        if error is not None:
            mark(self.span, kind_of(error))
            told[ERROR] = kind_of(error)
        _DURATION.record(seconds, told)
        self.span.end()


def _told_pause(sleep: Any) -> Any:
    """Have a span for the pause before another attempt; it tells why there has to be one."""

    @functools.wraps(sleep)
    async def told(self: Any, *, retries_taken: int, response: Any, **others: Any) -> None:
        attributes = {"http.request.resend_count": retries_taken + 1}
        if response is not None:
            attributes["http.response.status_code"] = response.status_code
        else:
            attributes[ERROR] = kind_of(sys.exc_info()[1] or TimeoutError())
        with TRACER.start_as_current_span("retry", attributes=attributes, **QUIET):
            await sleep(self, retries_taken=retries_taken, response=response, **others)

    return told
