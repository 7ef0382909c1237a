"""The messages of a chat request."""

from __future__ import annotations

from src.emulator.conversation import Message, ToolCall
from src.emulator.errors import invalid_request, invalid_value, wrong_type
from src.emulator.parameters import mapping, required, string

_ROLES = ("system", "developer", "user", "assistant", "tool", "function")
_MAX_MESSAGES = 2_048


def parse_messages(body: dict) -> tuple[Message, ...]:
    """The request's messages, checked.

    Raises:
        ServiceError: 400 with the path of what is missing or invalid, such as `messages[1].content[0].type`.
    """
    value = required(body, "messages")
    if not isinstance(value, list):
        raise wrong_type("messages", "an array of objects", value)
    if not value:
        raise invalid_request(
            "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
            "messages",
            "empty_array",
        )
    if len(value) > _MAX_MESSAGES:
        raise invalid_request(
            f"Invalid 'messages': array too long. Expected at most {_MAX_MESSAGES} messages.",
            "messages",
            "array_above_max_length",
        )
    messages = tuple(_message(message, f"messages[{index}]") for index, message in enumerate(value))
    _check_tool_order(value)
    return messages


def _message(message: object, where: str) -> Message:
    if not isinstance(message, dict):
        raise wrong_type(where, "an object", message)
    role = required(message, "role", f"{where}.")
    if not isinstance(role, str):
        raise wrong_type(f"{where}.role", "a string", role)
    if role not in _ROLES:
        raise invalid_value(f"{where}.role", f"'{role}'. Supported values are: {', '.join(map(repr, _ROLES))}.")
    calls = _tool_calls(message, where) if role == "assistant" else ()
    name = string(message, "name", f"{where}.") or ""
    if role == "tool" and string(message, "tool_call_id", f"{where}.") is None:
        raise invalid_request(
            f"Missing required parameter: '{where}.tool_call_id'.",
            f"{where}.tool_call_id",
            "missing_required_parameter",
        )
    return Message(
        role,
        _content(
            message,
            where,
            nullable=bool(calls)
            or role == "assistant"
            and bool(message.get("refusal") or message.get("function_call")),
        ),
        calls,
        name,
    )


def _content(message: dict, where: str, nullable: bool) -> str:
    content = message.get("content")
    if content is None and nullable:
        return ""
    if isinstance(content, str):
        return content
    if "content" not in message:
        raise invalid_request(
            f"Missing required parameter: '{where}.content'.", f"{where}.content", "missing_required_parameter"
        )
    if not isinstance(content, list):
        raise wrong_type(f"{where}.content", "a string or an array of objects", content)
    if not content:
        raise invalid_request(f"Invalid '{where}.content': empty array.", f"{where}.content", "empty_array")
    return "\n".join(_part(part, f"{where}.content[{index}]") for index, part in enumerate(content))


def _part(part: object, where: str) -> str:
    if not isinstance(part, dict):
        raise wrong_type(where, "an object", part)
    kind = required(part, "type", f"{where}.")
    if kind not in ("text", "refusal"):
        raise invalid_value(
            f"{where}.type", "the emulator reads parts of the type 'text' only: it sees no images and hears no sound."
        )
    text = required(part, kind, f"{where}.")
    if not isinstance(text, str):
        raise wrong_type(f"{where}.{kind}", "a string", text)
    return text


def _tool_calls(message: dict, where: str) -> tuple[ToolCall, ...]:
    calls = message.get("tool_calls")
    if calls is None:
        return ()
    if not isinstance(calls, list):
        raise wrong_type(f"{where}.tool_calls", "an array of objects", calls)
    if not calls:
        raise invalid_request(
            f"Invalid '{where}.tool_calls': empty array. Leave it out instead.", f"{where}.tool_calls", "empty_array"
        )
    return tuple(_tool_call(call, f"{where}.tool_calls[{index}]") for index, call in enumerate(calls))


def _tool_call(call: object, where: str) -> ToolCall:
    if not isinstance(call, dict):
        raise wrong_type(where, "an object", call)
    for name in ("id", "function"):
        required(call, name, f"{where}.")
    string(call, "id", f"{where}.")
    function = mapping(call, "function", f"{where}.") or {}
    for name in ("name", "arguments"):
        required(function, name, f"{where}.function.")
    return ToolCall(
        string(function, "name", f"{where}.function.") or "", string(function, "arguments", f"{where}.function.") or ""
    )


def _check_tool_order(messages: list[dict]) -> None:
    """Every tool call is answered right after it, and only a call is answered."""
    open_calls: set[str] = set()
    for index, message in enumerate(messages):
        if message["role"] == "tool":
            if message["tool_call_id"] not in open_calls:
                raise invalid_request(
                    "A message with the role 'tool' has to answer a call in the 'tool_calls' of the "
                    "assistant's message before it.",
                    f"messages[{index}].role",
                    None,
                )
            open_calls.discard(message["tool_call_id"])
            continue
        _refuse_open(open_calls, index)
        open_calls = {call["id"] for call in message.get("tool_calls") or () if message["role"] == "assistant"}
    _refuse_open(open_calls, len(messages))


def _refuse_open(open_calls: set[str], index: int) -> None:
    if open_calls:
        raise invalid_request(
            "An assistant's message with 'tool_calls' has to be followed by a 'tool' message for "
            f"each of them. Without an answer: {', '.join(sorted(map(str, open_calls)))}.",
            f"messages[{index - 1}].role",
            None,
        )
