"""Which JSON schemas the service accepts for structured outputs and for tools."""

from __future__ import annotations

from collections.abc import Iterator

from src.emulator.errors import ServiceError, invalid_request

_LONGEST_REASON = 300


def check_schema(schema: dict, param: str, owner: str, strict: bool) -> None:
    """Reject an invalid schema, or one that is not strict where it has to be.

    Structured outputs require strict schemas: every object lists all its properties as required and forbids others.

    Args:
        schema: the schema.
        param: its path in the request.
        owner: whose schema it is, as "response_format 'answer'".
        strict: whether it has to be strict.

    Raises:
        ServiceError: 400 with the path of the error in the schema.
    """
    try:
        fault = _fault(schema, strict)
    except RecursionError:
        fault = (), "the schema is nested too deep."
    if fault:
        raise _refusal(param, owner, *fault)


def _refusal(param: str, owner: str, path: tuple, message: str) -> ServiceError:
    return invalid_request(f"Invalid schema for {owner}: in context={path}, {message}", param, "invalid_schema")


def _fault(schema: dict, strict: bool) -> tuple[tuple, str] | None:
    """The path of the first error in a schema, and its message; None for a valid schema."""
    from jsonschema import Draft202012Validator, SchemaError

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as exc:
        return tuple(exc.absolute_path), f"{exc.message[:_LONGEST_REASON]}."
    except OverflowError:
        return (), "'pattern' has to be a regular expression."
    if strict and schema.get("type", "object") != "object":
        return (), "the schema's outermost type has to be 'object'."
    for path, part in _parts(schema, ()):
        fault = _dangling(part, schema) or (_lenient(part) if strict else None)
        if fault:
            return path, fault
    return None


def _parts(schema: dict | bool, path: tuple) -> Iterator[tuple[tuple, dict]]:
    """A valid schema and all the schemas in it, each with its path."""
    if isinstance(schema, bool):
        return
    yield path, schema
    for keyword in ("properties", "$defs", "definitions"):
        for name, inner in schema.get(keyword, {}).items():
            yield from _parts(inner, (*path, keyword, name))
    for keyword in ("anyOf", "oneOf", "allOf", "prefixItems"):
        for index, inner in enumerate(schema.get(keyword, [])):
            yield from _parts(inner, (*path, keyword, index))
    for keyword in ("items", "additionalProperties"):
        yield from _parts(schema.get(keyword, True), (*path, keyword))


def _dangling(part: dict, root: dict) -> str | None:
    """What is wrong with a reference such as `#/$defs/City`, if anything is."""
    reference = part.get("$ref", "#")
    found: object = root if reference.startswith("#") else None
    for step in reference[1:].split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        found = found.get(step) if isinstance(found, dict) else None
    return None if isinstance(found, (dict, bool)) else f"reference {reference!r:.80} can not be resolved."


def _lenient(part: dict) -> str | None:
    """What keeps an object's schema from being strict, if anything does."""
    if part.get("type") != "object" and "properties" not in part:
        return None
    if part.get("additionalProperties") is not False:
        return "'additionalProperties' is required to be supplied and to be false."
    missing = [name for name in part.get("properties", {}) if name not in part.get("required", [])]
    if missing:
        return (
            "'required' is required to be supplied and to be an array including every key in properties. Missing "
            f"'{missing[0]}'."
        )
    return None
