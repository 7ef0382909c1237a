"""Chat completions in server-sent events."""

from __future__ import annotations

from collections.abc import Iterator

from src.emulator.chat import Completion, logprobs, prompt_filter_results, wire_calls
from src.emulator.chat_request import ChatRequest
from src.emulator.errors import content_filter_results
from src.emulator.wire import dump_json

DONE = b"data: [DONE]\n\n"


def events(completion: Completion, request: ChatRequest) -> Iterator[bytes]:
    """An answer as the service streams it, event by event.

    Azure begins with an event about the prompt that has no choices. Then each choice: its role, its tokens, the reason
    of its end. After all choices the usage, if the request asks for it, and `[DONE]`.
    """
    if completion.azure:
        yield _event(
            {
                "choices": [],
                "created": 0,
                "id": "",
                "model": "",
                "object": "",
                "prompt_filter_results": prompt_filter_results(),
            }
        )
    for index in range(completion.choices):
        yield from _choice_events(completion, request, index)
    if request.include_usage:
        yield _event({**_frame(completion), "choices": [], "usage": completion.usage})
    yield DONE


def _choice_events(completion: Completion, request: ChatRequest, index: int) -> Iterator[bytes]:
    frame = _frame(completion)
    if request.include_usage:
        frame["usage"] = None

    def event(delta: dict, finish_reason: str | None = None, probabilities: dict | None = None) -> bytes:
        choice = {"index": index, "delta": delta, "logprobs": probabilities, "finish_reason": finish_reason}
        if completion.azure:
            filtered = finish_reason == "content_filter"
            choice["content_filter_results"] = (
                content_filter_results("violence")
                if filtered
                else content_filter_results()
                if "content" in delta
                else {}
            )
        return _event({**frame, "choices": [choice]})

    yield event({"role": "assistant", "content": None if completion.tool_calls else "", "refusal": None})
    for piece in completion.pieces:
        yield event({"content": piece}, None, logprobs([piece], request.top_logprobs))
    for delta in _call_deltas(completion, request):
        yield event(delta)
    yield event({}, completion.finish_reason)


def _call_deltas(completion: Completion, request: ChatRequest) -> Iterator[dict]:
    """Each call's name first, then its arguments in two parts, since clients have to accept any number of them."""
    for position, call in enumerate(wire_calls(completion)):
        function = call["function"]
        middle = len(function["arguments"]) // 2
        parts = [part for part in (function["arguments"][:middle], function["arguments"][middle:]) if part]
        if request.legacy_functions:
            yield {"function_call": {"name": function["name"], "arguments": ""}}
            yield from ({"function_call": {"arguments": part}} for part in parts)
            return
        yield {"tool_calls": [{**call, "index": position, "function": {"name": function["name"], "arguments": ""}}]}
        yield from ({"tool_calls": [{"index": position, "function": {"arguments": part}}]} for part in parts)


def _frame(completion: Completion) -> dict:
    return {
        "id": completion.identifier,
        "object": "chat.completion.chunk",
        "created": completion.created,
        "model": completion.model,
        "system_fingerprint": completion.fingerprint,
    }


def _event(value: dict) -> bytes:
    return b"data: " + dump_json(value) + b"\n\n"
