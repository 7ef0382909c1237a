"""Whether a value satisfies a JSON schema: the keywords that structured outputs and tools use."""

from __future__ import annotations

import re

from src.emulator.strict_schemas import resolve

_TYPES = {"string": str, "boolean": bool, "object": dict, "array": list, "null": type(None)}
_DEEPEST = 100


def conforms(value: object, schema: dict | bool, root: dict | bool, depth: int = 0) -> bool:
    """Whether a value satisfies a schema; keywords that are not known here do not count.

    Args:
        value: what `json.loads` gives.
        schema: the schema or a part of it.
        root: the whole schema, which references start from.
        depth: how deep the value is nested; a schema that refers to itself without an end is satisfied by nothing.
    """
    if isinstance(schema, bool):
        return schema
    if depth > _DEEPEST:
        return False
    return (_kind(value, schema) and _combined(value, schema, root, depth) and _number(value, schema)
            and _string(value, schema) and _array(value, schema, root, depth) and _object(value, schema, root, depth))


def same(left: object, right: object) -> bool:
    """Whether two values are equal in JSON, where true is not 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[name], right[name]) for name in left)
    return left == right


def is_type(value: object, kind: str) -> bool:
    """Whether a value is of a JSON schema's type."""
    if kind in ("integer", "number"):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return False
        return kind == "number" or float(value).is_integer()
    return isinstance(value, _TYPES.get(kind, ()))


def _kind(value: object, schema: dict) -> bool:
    kinds = schema.get("type")
    if kinds is not None and not any(is_type(value, kind) for kind in (kinds if isinstance(kinds, list) else [kinds])):
        return False
    if "const" in schema and not same(value, schema["const"]):
        return False
    return "enum" not in schema or any(same(value, allowed) for allowed in schema["enum"])


def _combined(value: object, schema: dict, root: dict | bool, depth: int) -> bool:
    if "$ref" in schema:
        target = resolve(schema["$ref"], root)
        if target is None or not conforms(value, target, root, depth + 1):
            return False
    fits = {keyword: [conforms(value, part, root, depth + 1) for part in schema[keyword]]
            for keyword in ("allOf", "anyOf", "oneOf") if keyword in schema}
    return (all(fits.get("allOf", [True])) and any(fits.get("anyOf", [True]))
            and sum(fits.get("oneOf", [True])) == 1)


def _number(value: object, schema: dict) -> bool:
    if not is_type(value, "number"):
        return True
    step = schema.get("multipleOf")
    return (value >= schema.get("minimum", value) and value <= schema.get("maximum", value)
            and ("exclusiveMinimum" not in schema or value > schema["exclusiveMinimum"])
            and ("exclusiveMaximum" not in schema or value < schema["exclusiveMaximum"])
            and (not step or float(value / step).is_integer()))


def _string(value: object, schema: dict) -> bool:
    if not isinstance(value, str):
        return True
    return (schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value))
            and ("pattern" not in schema or re.search(schema["pattern"], value) is not None))


def _array(value: object, schema: dict, root: dict | bool, depth: int) -> bool:
    if not isinstance(value, list):
        return True
    prefix, items = schema.get("prefixItems", []), schema.get("items", True)
    unique = not schema.get("uniqueItems") or all(
        not same(item, other) for index, item in enumerate(value) for other in value[:index])
    return (unique and schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value))
            and all(conforms(item, part, root, depth + 1) for item, part in zip(value, prefix))
            and all(conforms(item, items, root, depth + 1) for item in value[len(prefix):]))


def _object(value: object, schema: dict, root: dict | bool, depth: int) -> bool:
    if not isinstance(value, dict):
        return True
    properties, others = schema.get("properties", {}), schema.get("additionalProperties", True)
    return (all(name in value for name in schema.get("required", []))
            and schema.get("minProperties", 0) <= len(value) <= schema.get("maxProperties", len(value))
            and all(conforms(item, properties.get(name, others), root, depth + 1) for name, item in value.items()))
