"""Which JSON schemas the service accepts for structured outputs and for tools."""

from __future__ import annotations

from collections.abc import Iterator

from src.emulator.errors import ServiceError, invalid_request
from src.emulator.patterns import valid_pattern

_TYPES = ("string", "number", "integer", "boolean", "object", "array", "null")
_DEEPEST = 64
_SIZES = {"minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"}
_NUMBERS = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
_LARGEST_SIZE = 1_000_000
_LARGEST_NUMBER = 1e300


def check_schema(schema: dict, param: str, owner: str, strict: bool) -> None:
    """Refuse a schema that is none, or that is not strict where it has to be.

    Strict is what structured outputs demand: every object lists all its properties as required and forbids others.

    Args:
        schema: the schema.
        param: its path in the request.
        owner: whose schema it is, as "response_format 'answer'".
        strict: whether it has to be strict.

    Raises:
        ServiceError: 400 that says where in the schema the fault is.
    """
    if schema.get("type", "object") != "object" and strict:
        raise _refusal(param, owner, (), "the schema's outermost type has to be 'object'.")
    for path, part in _parts(schema, (), param, owner):
        _check_types(part, path, param, owner)
        _check_reference(part, path, schema, param, owner)
        if strict:
            _check_strict(part, path, param, owner)


def _refusal(param: str, owner: str, path: tuple, message: str) -> ServiceError:
    return invalid_request(f"Invalid schema for {owner}: in context={path}, {message}", param, "invalid_schema")


def _parts(schema: object, path: tuple, param: str, owner: str) -> Iterator[tuple[tuple, dict]]:
    """A schema and all the schemas in it, each with its path."""
    if isinstance(schema, bool):
        return
    if not isinstance(schema, dict):
        raise _refusal(param, owner, path, f"{schema!r:.60} is no schema.")
    if len(path) > _DEEPEST:
        raise _refusal(param, owner, path[:3], f"the schema is nested deeper than {_DEEPEST // 2} levels.")
    yield path, schema
    for name, inner in _children(schema, path, param, owner):
        yield from _parts(inner, path + name, param, owner)


def _children(schema: dict, path: tuple, param: str, owner: str) -> Iterator[tuple[tuple, object]]:
    for keyword in ("properties", "$defs", "definitions"):
        inner = schema.get(keyword, {})
        if not isinstance(inner, dict):
            raise _refusal(param, owner, path, f"'{keyword}' has to be an object.")
        yield from (((keyword, name), part) for name, part in inner.items())
    for keyword in ("anyOf", "oneOf", "allOf", "prefixItems"):
        inner = schema.get(keyword, [])
        if not isinstance(inner, list) or keyword in schema and not inner:
            raise _refusal(param, owner, path, f"'{keyword}' has to be an array with at least one schema.")
        yield from (((keyword, str(index)), part) for index, part in enumerate(inner))
    for keyword in ("items", "additionalProperties"):
        if keyword in schema:
            yield (keyword,), schema[keyword]


def _check_types(part: dict, path: tuple, param: str, owner: str) -> None:
    types = part.get("type", [])
    for name in types if isinstance(types, list) else [types]:
        if name not in _TYPES:
            raise _refusal(param, owner, path, f"{name!r:.60} is not valid under any of the given types.")
    if "enum" in part and not (isinstance(part["enum"], list) and part["enum"]):
        raise _refusal(param, owner, path, "'enum' has to be an array with at least one value.")
    _check_numbers(part, path, param, owner)
    pattern = part.get("pattern", "")
    if not isinstance(pattern, str) or not valid_pattern(pattern):
        raise _refusal(param, owner, path, "'pattern' has to be a regular expression.")
    needed = part.get("required", [])
    if not isinstance(needed, list) or not all(isinstance(name, str) for name in needed):
        raise _refusal(param, owner, path, "'required' has to be an array of strings.")


def _check_numbers(part: dict, path: tuple, param: str, owner: str) -> None:
    for keyword in _SIZES & part.keys():
        if type(part[keyword]) is not int or not 0 <= part[keyword] <= _LARGEST_SIZE:
            raise _refusal(param, owner, path, f"'{keyword}' has to be a whole number from 0 to {_LARGEST_SIZE}.")
    for keyword in _NUMBERS & part.keys():
        value = part[keyword]
        if isinstance(value, bool) or not isinstance(value, (int, float)) or abs(value) > _LARGEST_NUMBER:
            raise _refusal(param, owner, path, f"'{keyword}' has to be a number.")
    if part.get("multipleOf", 1) <= 0:
        raise _refusal(param, owner, path, "'multipleOf' has to be over 0.")


def _check_reference(part: dict, path: tuple, root: dict, param: str, owner: str) -> None:
    reference = part.get("$ref")
    if reference is not None and resolve(reference, root) is None:
        raise _refusal(param, owner, path, f"reference {reference!r:.80} can not be resolved.")


def resolve(reference: object, root: dict) -> dict | bool | None:
    """The schema that a reference such as `#/$defs/City` points at; None where there is none."""
    if not isinstance(reference, str) or not reference.startswith("#"):
        return None
    found: object = root
    for step in reference[1:].split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        if not isinstance(found, dict) or step not in found:
            return None
        found = found[step]
    return found if isinstance(found, (dict, bool)) else None


def _check_strict(part: dict, path: tuple, param: str, owner: str) -> None:
    if part.get("type") != "object" and "properties" not in part:
        return
    if part.get("additionalProperties") is not False:
        raise _refusal(param, owner, path, "'additionalProperties' is required to be supplied and to be false.")
    missing = [name for name in part.get("properties", {}) if name not in part.get("required", [])]
    if missing:
        raise _refusal(param, owner, path, "'required' is required to be supplied and to be an array including every "
                                           f"key in properties. Missing '{missing[0]}'.")
