"""Chat completions: from a task's reply to the service's answer."""

from __future__ import annotations

import time
from dataclasses import dataclass

from src.emulator.chat_request import ChatRequest
from src.emulator.deployments import Deployment, Family
from src.emulator.errors import content_filter_results
from src.emulator.tasks import answer
from src.emulator.tasks.conversation import Reply, ToolCall
from src.emulator.tokens import Tokenizer
from src.emulator.wire import new_id

SYSTEM_FINGERPRINT = "fp_emulator"

# Tokens that a reasoning model thinks before it answers; invented, but steady, and they count against the limit.
_REASONING_TOKENS = {"none": 0, "minimal": 0, "low": 64, "medium": 128, "high": 256, "xhigh": 512}


@dataclass(frozen=True)
class Completion:
    """An answer, cut to what the request allows.

    Attributes:
        identifier: "chatcmpl-" and more.
        created: seconds since 1970.
        model: the model with its version.
        pieces: the text in tokens.
        tool_calls: what the answer calls, each with an identifier.
        finish_reason: "stop", "length", "tool_calls", "function_call", or "content_filter".
        choices: how many times it is given: the emulator has one answer to a conversation.
        prompt_tokens: the prompt's length.
        completion_tokens: the length of all choices, reasoning included.
        reasoning_tokens: the part of them that was reasoning.
        azure: whether it has Azure's content filter results.
    """

    identifier: str
    created: int
    model: str
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
        """The usage as answers give it."""
        return {
            "prompt_tokens": self.prompt_tokens, "completion_tokens": self.completion_tokens,
            "total_tokens": self.prompt_tokens + self.completion_tokens,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": self.reasoning_tokens, "audio_tokens": 0,
                                          "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0}}


def complete(
    request: ChatRequest, deployment: Deployment, tokenizer: Tokenizer, azure: bool, filtered: bool = False,
) -> Completion:
    """Answer a chat request.

    Args:
        request: what is asked.
        deployment: who is asked.
        tokenizer: what cuts the answer into tokens.
        azure: whether the answer is for Azure's side of the service.
        filtered: whether the content filter is to stop the answer before its first word.
    """
    reply = Reply("") if filtered else answer(request.conversation)
    reasoning = 0
    if deployment.family is Family.REASONING:
        reasoning = min(_REASONING_TOKENS[request.effort], request.max_tokens)
    pieces, calls, finish_reason = truncate(reply, request.stop, request.max_tokens - reasoning, tokenizer)
    if filtered:
        finish_reason = "content_filter"
    elif finish_reason == "tool_calls" and request.legacy_functions:
        finish_reason = "function_call"
    tokens = reasoning + len(pieces) + sum(tokenizer.count(call.name + call.arguments) for call in calls)
    return Completion(
        new_id("chatcmpl-"), int(time.time()), deployment.model, pieces, [(new_id("call_"), call) for call in calls],
        finish_reason, request.choices, request.prompt_tokens, tokens * request.choices, reasoning * request.choices,
        azure)


def truncate(
    reply: Reply, stop: tuple[str, ...], limit: int, tokenizer: Tokenizer,
) -> tuple[list[str], list[ToolCall], str]:
    """Cut a reply before the first stop string and after the last token allowed.

    Returns:
        The text in tokens, the calls of tools, and the reason for which the answer ends.
    """
    text = reply.text
    cuts = [position for position in (text.find(string) for string in stop) if position >= 0]
    if cuts:
        text = text[:min(cuts)]
    pieces = tokenizer.pieces(text)
    if len(pieces) > limit:
        return pieces[:limit], [], "length"
    calls, left = [], limit - len(pieces)
    for call in reply.tool_calls:
        arguments = tokenizer.pieces(call.arguments)
        if len(arguments) > left:
            return pieces, [*calls, ToolCall(call.name, "".join(arguments[:left]))], "length"
        calls.append(call)
        left -= len(arguments)
    return pieces, calls, "tool_calls" if calls else "stop"


def completion_body(completion: Completion, request: ChatRequest) -> dict:
    """The answer to a request that is not streamed."""
    body = {
        "id": completion.identifier, "object": "chat.completion", "created": completion.created,
        "model": completion.model, "system_fingerprint": SYSTEM_FINGERPRINT, "usage": completion.usage,
        "choices": [_choice(completion, request, index) for index in range(completion.choices)]}
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
    message = {"role": "assistant", "content": None if calls and not text else text, "refusal": None, "annotations": []}
    if calls and request.legacy_functions:
        message["function_call"] = calls[0]["function"]
    elif calls:
        message["tool_calls"] = calls
    choice = {"index": index, "message": message, "logprobs": logprobs(completion.pieces, request.top_logprobs),
              "finish_reason": completion.finish_reason}
    if completion.azure:
        violated = "violence" if completion.finish_reason == "content_filter" else None
        choice["content_filter_results"] = content_filter_results(violated)
    return choice


def wire_calls(completion: Completion) -> list[dict]:
    """The calls of tools as answers give them."""
    return [{"id": identifier, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for identifier, call in completion.tool_calls]


def logprobs(pieces: list[str], alternatives: int | None) -> dict | None:
    """The tokens' logarithmic probabilities, all 0: the emulator is certain, and has no second choice to tell of."""
    if alternatives is None:
        return None
    tokens = [{"token": piece, "logprob": 0.0, "bytes": list(piece.encode(errors="replace"))} for piece in pieces]
    return {"content": [{**token, "top_logprobs": [token] if alternatives else []} for token in tokens],
            "refusal": None}
