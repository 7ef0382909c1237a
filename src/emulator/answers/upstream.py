"""Record mode: a real endpoint answers, and its answers are recorded."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import date
from typing import TYPE_CHECKING, TypeAlias

from src.emulator.answers.recording import (
    FINISH_REASONS,
    Recording,
    normal_reply,
    played_reply,
    question_of,
    request_key,
)
from src.emulator.conversation import Conversation, Reply, ToolCall, Usage
from src.emulator.errors import ServiceError, gateway_error

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletion

Ask: TypeAlias = "Callable[[str, dict], Awaitable[dict | ChatCompletion]]"

# What an answer depends on. Limits and sampling are up to the `ask` function.
_FORWARDED = ("messages", "tools", "tool_choice", "response_format", "stop", "functions", "function_call")
_RETRY_HEADERS = ("retry-after", "retry-after-ms", "x-should-retry")
_LONGEST_MESSAGE = 2_000


class Upstream:
    """Forwards requests to a real endpoint and records its answers.

    Within a round every request is forwarded once: repeating it, even while it is running, returns the recorded answer.
    Each further round adds one more answer per request. An error of the endpoint is returned to the client and not
    recorded.

    Args:
        ask: sends a request upstream: takes the deployment that the client named and the request (its messages, tools,
            tool choice, response format and stop strings), adds the model's name and parameters, and returns the chat
            completion as the openai library or JSON has it. It runs on the emulator's event loop.
        endpoint: the kind of endpoint, as recordings name it; empty if it is not a model.
        by: the source of the answers, as recordings name it; None takes the model's name from each answer.
    """

    kind = "upstream"

    def __init__(self, ask: Ask, endpoint: str = "", by: str | None = None):
        self.counts: Counter[str] = Counter()
        self._ask = ask
        self._endpoint = endpoint
        self._by = by
        self._recordings: list[Recording] = []
        self._tasks: dict[str, asyncio.Task[Reply]] = {}

    @property
    def recordings(self) -> list[Recording]:
        """The answers so far, in the order of their arrival."""
        return list(self._recordings)

    def next_round(self) -> None:
        """Forward every request again from now on; call it when no request is running."""
        self._tasks = {}

    async def answer(self, conversation: Conversation) -> Reply:
        """Forward a request, or return this round's answer to it.

        Raises:
            ServiceError: the endpoint's error.
        """
        key = request_key(conversation)
        if key not in self._tasks:
            # Its own task, so that other clients still get the answer when the first one disconnects.
            self._tasks[key] = asyncio.ensure_future(self._record(key, conversation))
        task = self._tasks[key]
        try:
            reply = await asyncio.shield(task)
        except ServiceError:
            if self._tasks.get(key) is task:
                del self._tasks[key]
            raise
        self.counts[reply.source] += 1
        return played_reply(reply, conversation)

    async def _record(self, key: str, conversation: Conversation) -> Reply:
        request = {name: conversation.body[name] for name in _FORWARDED if conversation.body.get(name) is not None}
        reply = await _reply(self._ask, conversation.model, request, self._by)
        self._recordings.append(
            Recording(key, question_of(conversation), normal_reply(reply), date.today().isoformat(), self._endpoint)
        )
        return reply


async def _reply(ask: Ask, deployment: str, request: dict, by: str | None) -> Reply:
    """The endpoint's answer.

    Raises:
        ServiceError: the endpoint's error, with its status and message where it gave any.
    """
    import openai

    try:
        answer = await ask(deployment, request)
    except openai.APIStatusError as exc:
        raise _fault(exc) from exc
    except openai.APITimeoutError as exc:
        raise gateway_error(504, "GatewayTimeout", "The recorded endpoint did not answer in time.") from exc
    except (openai.OpenAIError, OSError) as exc:
        reason = exc.__cause__ or exc
        raise gateway_error(
            502,
            "BadGateway",
            f"The recorded endpoint could not be reached: {type(reason).__name__}: {reason}"[:_LONGEST_MESSAGE],
        ) from exc
    try:
        return _read(answer if isinstance(answer, dict) else answer.model_dump(), by)
    except (AttributeError, IndexError, KeyError, TypeError) as exc:
        raise gateway_error(
            502,
            "BadGateway",
            f"The recorded endpoint's response is not a chat completion: {answer!r}"[:_LONGEST_MESSAGE],
        ) from exc


def _fault(exc) -> ServiceError:
    """An error of the endpoint as the client of the emulator gets it."""
    headers = {name: exc.response.headers[name] for name in _RETRY_HEADERS if name in exc.response.headers}
    error = exc.body if isinstance(exc.body, dict) else {}
    if not isinstance(error.get("message"), str):
        error = {**error, "message": (exc.response.text or str(exc))[:_LONGEST_MESSAGE]}
    return ServiceError(exc.status_code, {"code": str(exc.status_code), **error}, headers)


def _read(answer: dict, by: str | None) -> Reply:
    """A reply from the body of a chat completion."""
    choice = answer["choices"][0]
    message = choice["message"]
    functions = [call["function"] for call in message.get("tool_calls") or ()]
    if not functions and message.get("function_call"):
        functions = [message["function_call"]]
    calls = tuple(ToolCall(function["name"], function["arguments"]) for function in functions)
    finish_reason = choice.get("finish_reason")
    if finish_reason not in FINISH_REASONS:
        finish_reason = "tool_calls" if calls else "stop"
    usage = answer.get("usage")
    return Reply(
        message.get("content") or message.get("refusal") or "",
        calls,
        finish_reason,
        Usage(usage["prompt_tokens"], usage["completion_tokens"]) if usage else None,
        by or _model_name(answer.get("model") or "unnamed model"),
    )


def _model_name(model: str) -> str:
    """A model's name without the folders of a path, which may reveal whose machine it is."""
    return re.split(r"[/\\]", model)[-1]
