"""Chat completions: from a reply to the response."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from src.emulator.chat_request import ChatRequest
from src.emulator.conversation import Reply, ToolCall
from src.emulator.deployments import Deployment, Family
from src.emulator.errors import content_filter_results
from src.emulator.tokens import Tokenizer
from src.emulator.wire import new_id

# Reasoning tokens before an answer: invented, but constant, and counted against the limit.
_REASONING_TOKENS = {"none": 0, "minimal": 0, "low": 64, "medium": 128, "high": 256, "xhigh": 512}


@dataclass(frozen=True)
class Completion:
    """An answer, truncated to the request's limits.

    Attributes:
        identifier: the id, which starts with "chatcmpl-".
        created: seconds since 1970.
        model: the model with its version.
        fingerprint: the kind of answerer, such as "fp_recording".
        pieces: the text in tokens.
        tool_calls: the tool calls, each with its id.
        finish_reason: "stop", "length", "tool_calls", "function_call", or "content_filter".
        choices: how often it is repeated: the emulator has one answer to a conversation.
        prompt_tokens: the tokens of the prompt.
        completion_tokens: the tokens of all choices, including reasoning.
        reasoning_tokens: the part of them that was reasoning.
        azure: whether it has Azure's content filter results.
    """

    identifier: str
    created: int
    model: str
    fingerprint: str
    pieces: list[str]
    tool_calls: list[tuple[str, ToolCall]]
    finish_reason: str
    choices: int
    prompt_tokens: int
    completion_tokens: int
    reasoning_tokens: int
    azure: bool

    @property
    def usage(self) -> dict:
        """The usage object of a response."""
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "total_tokens": self.prompt_tokens + self.completion_tokens,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {
                "reasoning_tokens": self.reasoning_tokens,
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        }


def complete(
    request: ChatRequest,
    reply: Reply,
    kind: str,
    deployment: Deployment,
    tokenizer: Tokenizer,
    azure: bool,
) -> Completion:
    """Make a completion of a reply.

    Args:
        request: the request.
        reply: the reply to it.
        kind: the kind of answerer that replied.
        deployment: the deployment of the request.
        tokenizer: splits the answer into tokens.
        azure: whether the request uses an Azure path.
    """
    thinking = _REASONING_TOKENS[request.effort] if deployment.family is Family.REASONING else 0
    fitted = fit(reply, request.stop, request.max_tokens, thinking, tokenizer)
    is_legacy = fitted.finish_reason == "tool_calls" and request.legacy_functions
    return Completion(
        identifier=new_id("chatcmpl-"),
        created=int(time.time()),
        model=deployment.model,
        fingerprint=f"fp_{kind}",
        pieces=fitted.pieces,
        tool_calls=[(new_id("call_"), call) for call in fitted.calls],
        finish_reason="function_call" if is_legacy else fitted.finish_reason,
        choices=request.choices,
        prompt_tokens=reply.usage.prompt_tokens if reply.usage else request.prompt_tokens,
        completion_tokens=fitted.tokens * request.choices,
        reasoning_tokens=fitted.reasoning * request.choices,
        azure=azure,
    )


@dataclass(frozen=True)
class Fitted:
    """A reply, truncated to the limits of a request.

    Attributes:
        pieces: the text in tokens.
        calls: the tool calls; the arguments of the last one may be truncated.
        finish_reason: why it ended.
        reasoning: the reasoning tokens.
        tokens: all tokens, including reasoning.
    """

    pieces: list[str]
    calls: list[ToolCall]
    finish_reason: str
    reasoning: int
    tokens: int


def fit(reply: Reply, stop: tuple[str, ...], limit: int, thinking: int, tokenizer: Tokenizer) -> Fitted:
    """Truncate a reply at the first stop string and at the token limit.

    If a reply has its own usage, that decides whether it fits, whatever the tokenizer counts; tokens beyond those of
    its text count as reasoning.

    Args:
        reply: the reply.
        stop: the stop strings.
        limit: the maximum of tokens, including reasoning.
        thinking: the reasoning tokens of a reply without usage.
        tokenizer: counts and splits.
    """
    text = _before(reply.text, stop)
    whole = text == reply.text
    finish_reason = (reply.finish_reason if whole else None) or ("tool_calls" if reply.tool_calls else "stop")
    if reply.usage and whole and reply.usage.completion_tokens <= limit:
        return Fitted(tokenizer.pieces(text), list(reply.tool_calls), finish_reason, 0, reply.usage.completion_tokens)
    if reply.usage:
        visible = tokenizer.count(reply.text) + _count(reply.tool_calls, tokenizer)
        thinking = max(0, reply.usage.completion_tokens - visible)
    reasoning = min(thinking, limit)
    pieces, calls, cut = _cut(text, reply.tool_calls, limit - reasoning, tokenizer)
    return Fitted(
        pieces, calls, "length" if cut else finish_reason, reasoning, reasoning + len(pieces) + _count(calls, tokenizer)
    )


def _count(calls: Sequence[ToolCall], tokenizer: Tokenizer) -> int:
    return sum(tokenizer.count(call.name + call.arguments) for call in calls)


def _before(text: str, stop: tuple[str, ...]) -> str:
    cuts = [position for position in (text.find(string) for string in stop) if position >= 0]
    return text[: min(cuts)] if cuts else text


def _cut(
    text: str,
    calls: tuple[ToolCall, ...],
    limit: int,
    tokenizer: Tokenizer,
) -> tuple[list[str], list[ToolCall], bool]:
    """The tokens and tool calls that fit a limit, and whether anything was cut."""
    pieces = tokenizer.pieces(text)
    if len(pieces) > limit:
        return pieces[:limit], [], True
    whole: list[ToolCall] = []
    left = limit - len(pieces)
    for call in calls:
        arguments = tokenizer.pieces(call.arguments)
        if len(arguments) > left:
            return pieces, [*whole, ToolCall(call.name, "".join(arguments[:left]))], True
        whole.append(call)
        left -= len(arguments)
    return pieces, whole, False


def completion_body(completion: Completion, request: ChatRequest) -> dict:
    """The body of a response that is not streamed."""
    body = {
        "id": completion.identifier,
        "object": "chat.completion",
        "created": completion.created,
        "model": completion.model,
        "system_fingerprint": completion.fingerprint,
        "usage": completion.usage,
        "choices": [_choice(completion, request, index) for index in range(completion.choices)],
    }
    if completion.azure:
        body["prompt_filter_results"] = prompt_filter_results()
    else:
        body["service_tier"] = "default"
    return body


def prompt_filter_results() -> list[dict]:
    """Azure's content filter on the prompt: safe."""
    return [{"prompt_index": 0, "content_filter_results": content_filter_results()}]


def _choice(completion: Completion, request: ChatRequest, index: int) -> dict:
    calls = wire_calls(completion)
    text = "".join(completion.pieces)
    content = None if calls and not text else text
    message: dict[str, Any] = {"role": "assistant", "content": content, "refusal": None, "annotations": []}
    if calls and request.legacy_functions:
        message["function_call"] = calls[0]["function"]
    elif calls:
        message["tool_calls"] = calls
    choice = {
        "index": index,
        "message": message,
        "logprobs": logprobs(completion.pieces, request.top_logprobs),
        "finish_reason": completion.finish_reason,
    }
    if completion.azure:
        violated = "violence" if completion.finish_reason == "content_filter" else None
        choice["content_filter_results"] = content_filter_results(violated)
    return choice


def wire_calls(completion: Completion) -> list[dict]:
    """The `tool_calls` of a response."""
    return [
        {"id": identifier, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
        for identifier, call in completion.tool_calls
    ]


def logprobs(pieces: list[str], alternatives: int | None) -> dict | None:
    """The tokens' logarithmic probabilities, all 0: the emulator is certain, and has no alternatives."""
    if alternatives is None:
        return None
    tokens = [{"token": piece, "logprob": 0.0, "bytes": list(piece.encode(errors="replace"))} for piece in pieces]
    return {
        "content": [{**token, "top_logprobs": [token] if alternatives else []} for token in tokens],
        "refusal": None,
    }
