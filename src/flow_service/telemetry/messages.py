"""Messages to and from models, as attributes hold them: the JSON of the semantic conventions, version 1.37.0."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from src.flow_service.telemetry.spans import as_json


def of_request(request: Mapping[str, Any]) -> str:
    """Return what is sent: the messages of a chat, or the texts that are to be embedded."""
    if "messages" in request:
        return as_json([_message(message) for message in request["messages"]])
    texts = request.get("input")
    several = [texts] if isinstance(texts, str) else texts
    return as_json([{"role": "user", "parts": [_text(text)]} for text in several])


def _message(message: Mapping[str, Any]) -> dict[str, Any]:
    content = message.get("content")
    if message["role"] == "tool":
        return {
            "role": "tool",
            "parts": [{"type": "tool_call_response", "id": message.get("tool_call_id"), "response": content}],
        }
    parts = [_text(content)] if isinstance(content, str) else list(content or ())
    for call in message.get("tool_calls") or ():
        parts.append(_tool_call(call["id"], call["function"]["name"], call["function"]["arguments"]))
    return {"role": message["role"], "parts": parts}


class Answer:
    """What a model answers, whole or piece by piece."""

    def __init__(self):
        self.choices: dict[int, dict[str, Any]] = {}

    def add(self, choice: Any) -> None:
        """Take a choice, or a piece of one."""
        heard = self.choices.setdefault(choice.index, {"text": "", "calls": [], "reason": None})
        said = getattr(choice, "message", None) or choice.delta
        heard["text"] += said.content or ""
        heard["reason"] = choice.finish_reason or heard["reason"]
        if getattr(choice, "message", None):
            heard["calls"] += [
                _tool_call(call.id, call.function.name, call.function.arguments) for call in said.tool_calls or ()
            ]

    def as_json(self) -> str:
        """Return it as an attribute holds it."""
        return as_json(
            [
                {
                    "role": "assistant",
                    "parts": [*([_text(heard["text"])] if heard["text"] else []), *heard["calls"]],
                    "finish_reason": heard["reason"] or "error",
                }
                for heard in self.choices.values()
            ]
        )


def _text(text: Any) -> dict[str, Any]:
    return {"type": "text", "content": text}


def _tool_call(identifier: str, name: str, arguments: Any) -> dict[str, Any]:
    return {"type": "tool_call", "id": identifier, "name": name, "arguments": arguments}
