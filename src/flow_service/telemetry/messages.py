"""Messages to and from models as JSON for span attributes, by the semantic conventions, version 1.37.0."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from src.flow_service.telemetry.spans import to_json


def input_messages(request: Mapping[str, Any]) -> str:
    """Return the messages of a chat request, or the texts of a request for embeddings."""
    if "messages" in request:
        return to_json([_message(message) for message in request["messages"]])
    texts = request.get("input")
    inputs = [texts] if isinstance(texts, str) else texts or []
    return to_json([{"role": "user", "parts": [_text(text)]} for text in inputs])


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


class OutputMessages:
    """The messages of a response, which may arrive in chunks."""

    def __init__(self):
        self.choices: dict[int, dict[str, Any]] = {}

    def add(self, choice: Any) -> None:
        """Add a choice, or a chunk of one."""
        message = self.choices.setdefault(choice.index, {"text": "", "calls": [], "reason": None})
        new = getattr(choice, "message", None) or choice.delta
        message["text"] += new.content or ""
        message["reason"] = choice.finish_reason or message["reason"]
        if getattr(choice, "message", None):
            message["calls"] += [
                _tool_call(call.id, call.function.name, call.function.arguments) for call in new.tool_calls or ()
            ]

    def to_json(self) -> str:
        """Return the messages as JSON."""
        return to_json(
            [
                {
                    "role": "assistant",
                    "parts": [*([_text(message["text"])] if message["text"] else []), *message["calls"]],
                    "finish_reason": message["reason"] or "error",
                }
                for message in self.choices.values()
            ]
        )


def _text(text: Any) -> dict[str, Any]:
    return {"type": "text", "content": text}


def _tool_call(identifier: str, name: str, arguments: Any) -> dict[str, Any]:
    return {"type": "tool_call", "id": identifier, "name": name, "arguments": arguments}
