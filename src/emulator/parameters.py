"""Validated access to a request's parameters; errors name the path of the parameter, as the service does.

A parameter that is null counts as absent.
"""

from __future__ import annotations

import json
import math

from src.emulator.errors import invalid_request, invalid_value, json_type, wrong_type


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is out of range")
    return value


def parse_object(body: bytes) -> dict:
    """A request's body as a JSON object.

    Raises:
        ServiceError: 400, if it is not a JSON object.
    """
    try:
        value = json.loads(body, parse_constant=_refuse_constant, parse_float=_finite)
    except (ValueError, RecursionError) as exc:
        raise invalid_request(
            "We could not parse the JSON body of your request. (HINT: this likely means that the "
            "body is incomplete or not JSON.)",
            None,
            "invalid_json",
        ) from exc
    if not isinstance(value, dict):
        raise invalid_request(
            f"Invalid body: expected an object, but got {json_type(value)} instead.", None, "invalid_type"
        )
    return value


def refuse_unknown(body: dict, known: frozenset[str], where: str = "") -> None:
    """Refuse a parameter that does not exist.

    Raises:
        ServiceError: 400 with the first one's name.
    """
    for name in body:
        if name not in known:
            raise invalid_request(f"Unknown parameter: '{where}{name}'.", where + name, "unknown_parameter")


def required(body: dict, name: str, where: str = "") -> object:
    """A parameter that has to be there.

    Raises:
        ServiceError: 400, if it is missing.
    """
    if name not in body:
        raise invalid_request(
            f"Missing required parameter: '{where}{name}'.", where + name, "missing_required_parameter"
        )
    return body[name]


def number(body: dict, name: str, lowest: float, highest: float) -> float | None:
    """A number within a range, or None."""
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise wrong_type(name, "a decimal", value)
    _check_range(name, value, lowest, highest, "decimal")
    return value


def integer(body: dict, name: str, lowest: int, highest: int) -> int | None:
    """A whole number within a range, or None."""
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_type(name, "an integer", value)
    _check_range(name, value, lowest, highest, "integer")
    return value


def _check_range(name: str, value: float, lowest: float, highest: float, kind: str) -> None:
    if value < lowest:
        raise invalid_request(
            f"Invalid '{name}': {kind} below minimum value. Expected a value >= {lowest}, but got "
            f"{_display_number(value)} instead.",
            name,
            f"{kind}_below_min_value",
        )
    if value > highest:
        raise invalid_request(
            f"Invalid '{name}': {kind} above maximum value. Expected a value <= {highest}, but got "
            f"{_display_number(value)} instead.",
            name,
            f"{kind}_above_max_value",
        )


def _display_number(value: float) -> str:
    return str(value) if abs(value) < 1e15 else f"{value:.3g}" if isinstance(value, float) else "a very large one"


def boolean(body: dict, name: str) -> bool:
    """True or false; false where it is absent."""
    value = body.get(name)
    if value is not None and not isinstance(value, bool):
        raise wrong_type(name, "a boolean", value)
    return bool(value)


def string(body: dict, name: str, where: str = "") -> str | None:
    """A string, or None."""
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise wrong_type(where + name, "a string", value)
    return value


def one_of(body: dict, name: str, values: tuple[str, ...]) -> str | None:
    """One of some strings, or None."""
    value = string(body, name)
    if value is not None and value not in values:
        raise invalid_value(name, f"'{value}'. Supported values are: {', '.join(map(repr, values))}.")
    return value


def mapping(body: dict, name: str, where: str = "") -> dict | None:
    """An object, or None."""
    value = body.get(name)
    if value is not None and not isinstance(value, dict):
        raise wrong_type(where + name, "an object", value)
    return value
