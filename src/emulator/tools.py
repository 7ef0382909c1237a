"""The tools of a chat request, and the functions of older clients."""

from __future__ import annotations

import re

from src.emulator.errors import invalid_request, invalid_value, wrong_type
from src.emulator.parameters import mapping, required, string
from src.emulator.strict_schemas import check_schema

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_MAX_TOOLS = 128


def parse_tools(body: dict) -> tuple[dict, ...]:
    """The request's tools, checked; none is an empty tuple. `functions` of older clients become tools.

    Raises:
        ServiceError: 400 with the path of the error, such as `tools[0].function.name`.
    """
    legacy = body.get("functions")
    if legacy is not None:
        functions = _array(legacy, "functions")
        for index, function in enumerate(functions):
            _check_function(function, f"functions[{index}]")
        return tuple({"type": "function", "function": function} for function in functions)
    if body.get("tools") is None:
        return ()
    tools = _array(body["tools"], "tools")
    for index, tool in enumerate(tools):
        _check_tool(tool, f"tools[{index}]")
    return tuple(tools)


def _array(value: object, name: str) -> list:
    if not isinstance(value, list):
        raise wrong_type(name, "an array of objects", value)
    if not value:
        raise invalid_request(f"Invalid '{name}': empty array. Leave it out instead.", name, "empty_array")
    if len(value) > _MAX_TOOLS:
        raise invalid_request(
            f"Invalid '{name}': array too long. Expected at most {_MAX_TOOLS}.", name, "array_above_max_length"
        )
    return value


def _check_tool(tool: object, where: str) -> None:
    if not isinstance(tool, dict):
        raise wrong_type(where, "an object", tool)
    kind = required(tool, "type", f"{where}.")
    if kind != "function":
        raise invalid_value(f"{where}.type", "the only kind of tool is 'function'.")
    _check_function(required(tool, "function", f"{where}."), f"{where}.function")


def _check_function(function: object, where: str) -> None:
    if not isinstance(function, dict):
        raise wrong_type(where, "an object", function)
    check_name(required(function, "name", f"{where}."), f"{where}.name")
    string(function, "description", f"{where}.")
    parameters = mapping(function, "parameters", f"{where}.")
    if parameters is not None:
        strict = function.get("strict") is True
        check_schema(parameters, f"{where}.parameters", f"function '{function['name']}'", strict)


def check_name(name: object, where: str) -> None:
    """Reject an invalid name of a function or schema: letters, digits, underscores and hyphens, 64 at most.

    Raises:
        ServiceError: 400 with the path `where`.
    """
    if not isinstance(name, str):
        raise wrong_type(where, "a string", name)
    if not _NAME.fullmatch(name):
        raise invalid_value(where, f"'{name[:80]}'. Expected 1 to 64 letters, digits, underscores and hyphens.")


def parse_tool_choice(body: dict, tools: tuple[dict, ...]) -> str | dict | None:
    """`tool_choice`, checked: "none", "auto", "required", an object that names one of the tools, or None.

    Raises:
        ServiceError: 400, if there are no tools to choose from or the one named is not among them.
    """
    name = "function_call" if body.get("functions") is not None else "tool_choice"
    choice = body.get(name)
    if choice is None:
        return None
    if not tools:
        raise invalid_request(
            f"Invalid value for '{name}': it is only allowed when there are tools.", name, "invalid_value"
        )
    if isinstance(choice, str):
        if choice not in ("none", "auto", "required"):
            raise invalid_value(name, f"'{choice}'. Supported values are: 'none', 'auto', and 'required'.")
        return choice
    if not isinstance(choice, dict):
        raise wrong_type(name, "a string or an object", choice)
    return _named_choice(choice, name, tools)


def _named_choice(choice: dict, name: str, tools: tuple[dict, ...]) -> dict:
    function = choice if name == "function_call" else mapping(choice, "function", f"{name}.") or {}
    chosen = required(function, "name", f"{name}." if function is choice else f"{name}.function.")
    if chosen not in [tool["function"]["name"] for tool in tools]:
        raise invalid_value(name, f"there is no tool '{chosen}' among the tools.")
    return {"type": "function", "function": {"name": chosen}}
