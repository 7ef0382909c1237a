"""A value that satisfies a JSON schema, with what a text has to say in it.

A property takes what the text gives under its name ("city: Paris", "the city is Paris"), an enumeration the value that
the text mentions, a number the first number that fits, a string the text's main sentence. Where the text has nothing,
the simplest value that satisfies the schema stands in. What comes out is checked against the schema before it is used.
"""

from __future__ import annotations

import math
import re

from src.emulator.schema_check import conforms
from src.emulator.schema_strings import string_instance
from src.emulator.strict_schemas import resolve
from src.emulator.text import content_words

_DEEPEST = 12
_SHALLOW = 4
_MOST_ITEMS = 3
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_NO = re.compile(r"\b(?:no|not|never|false|none|without)\b|n't\b", re.IGNORECASE)


class Unsatisfiable(ValueError):
    """No value was found that satisfies a schema."""


def instance(schema: dict | bool, text: str) -> object:
    """A value valid against a schema, filled from a text.

    Raises:
        Unsatisfiable: if the schema allows no value, or none that can be found by looking at one part at a time.
    """
    value = _Filler(schema, text).fill(schema, "", 0)
    if not conforms(value, schema, schema):
        raise Unsatisfiable(f"{str(value)[:80]!r} came out, which does not satisfy it.")
    return value


def named_value(name: str, text: str) -> str:
    """What a text gives under a name, as in "due date: tomorrow" or "the due date is tomorrow."; empty if nothing."""
    words = re.escape(re.sub(r"(?<=[a-z])(?=[A-Z])|[_-]+", " ", name)).replace(r"\ ", r"[\s_-]*")
    if not name:
        return ""
    found = re.search(rf"\b{words}\b[\"']?\s*(?:[:=]|\bis\b|\bare\b)\s*[\"']?([^\n,;\"]+)", text, re.IGNORECASE)
    return found.group(1).strip().rstrip(".!?'") if found else ""


class _Filler:
    """Fills one schema: knows its root, for references, and the text."""

    def __init__(self, root: dict | bool, text: str):
        self.root = root
        self.text = text

    def fill(self, schema: dict | bool, name: str, depth: int) -> object:
        """A value for a part of the schema that stands under the property `name`."""
        if isinstance(schema, bool):
            if not schema:
                raise Unsatisfiable("a part of it is false.")
            return named_value(name, self.text)
        if depth > _DEEPEST:
            raise Unsatisfiable("it refers to itself without an end.")
        for keyword, method in (("$ref", self._reference), ("const", self._const), ("enum", self._enum),
                                ("allOf", self._all), ("anyOf", self._any), ("oneOf", self._any)):
            if keyword in schema:
                return method(schema, name, depth)
        return self._typed(schema, name, depth)

    def _reference(self, schema: dict, name: str, depth: int) -> object:
        target = resolve(schema["$ref"], self.root)
        if target is None:
            raise Unsatisfiable(f"reference {schema['$ref']!r} can not be resolved.")
        rest = {keyword: value for keyword, value in schema.items() if keyword != "$ref"}
        return self.fill(merged(target, rest) if isinstance(target, dict) else target, name, depth + 1)

    def _const(self, schema: dict, name: str, depth: int) -> object:
        return schema["const"]

    def _enum(self, schema: dict, name: str, depth: int) -> object:
        """The allowed value that the text mentions first, else the first allowed value."""
        allowed = [value for value in schema["enum"] if conforms(value, {**schema, "enum": [value]}, self.root)]
        if not allowed:
            raise Unsatisfiable(f"no value of the enumeration under '{name}' is allowed.")
        near = named_value(name, self.text).lower()
        for searched in (near, self.text.lower()):
            places = {index: searched.find(str(value).lower()) for index, value in enumerate(allowed) if str(value)}
            mentioned = [index for index, place in places.items() if place >= 0]
            if mentioned:
                return allowed[min(mentioned, key=lambda index: (places[index], -len(str(allowed[index]))))]
        return allowed[0]

    def _all(self, schema: dict, name: str, depth: int) -> object:
        whole = {keyword: value for keyword, value in schema.items() if keyword != "allOf"}
        for part in schema["allOf"]:
            whole = merged(whole, self._dereferenced(part))
        return self.fill(whole, name, depth + 1)

    def _dereferenced(self, schema: dict | bool) -> dict:
        for _ in range(_DEEPEST):
            if not isinstance(schema, dict) or "$ref" not in schema:
                break
            schema = merged(resolve(schema["$ref"], self.root),
                            {keyword: value for keyword, value in schema.items() if keyword != "$ref"})
        return schema if isinstance(schema, dict) else {}

    def _any(self, schema: dict, name: str, depth: int) -> object:
        """The first alternative that can be filled; null comes last, but first where nesting goes deep."""
        keyword = "anyOf" if "anyOf" in schema else "oneOf"
        rest = {key: value for key, value in schema.items() if key != keyword}
        parts = sorted(schema[keyword], key=lambda part: (part == {"type": "null"}) != (depth > _SHALLOW))
        for part in parts:
            try:
                value = self.fill(merged(rest, part) if isinstance(part, dict) else part, name, depth + 1)
            except Unsatisfiable:
                continue
            if conforms(value, schema, self.root):
                return value
        raise Unsatisfiable(f"none of the alternatives under '{name}' can be filled.")

    def _typed(self, schema: dict, name: str, depth: int) -> object:
        kinds = schema.get("type") or _implied_type(schema)
        if isinstance(kinds, list):
            return self._any({"anyOf": [{**schema, "type": kind} for kind in kinds]}, name, depth)
        if kinds == "object":
            return self._object(schema, depth)
        if kinds == "array":
            return self._array(schema, name, depth)
        if kinds in ("integer", "number"):
            return self._number(schema, name, kinds)
        if kinds == "boolean":
            near = named_value(name, self.text)
            return not _NO.search(near) if near else not _NO.search(self.text) and self._mentions(name)
        return None if kinds == "null" else string_instance(schema, named_value(name, self.text), self.text)

    def _mentions(self, name: str) -> bool:
        return bool(set(content_words(name.replace("_", " "))) & set(content_words(self.text)))

    def _object(self, schema: dict, depth: int) -> dict:
        """The required properties, and of the others those that the text names."""
        properties = schema.get("properties", {})
        required = schema.get("required", [])
        value = {}
        for name in [*properties, *(name for name in required if name not in properties)]:
            if name in required or depth <= _SHALLOW and named_value(name, self.text):
                value[name] = self.fill(properties.get(name, schema.get("additionalProperties", True)), name, depth + 1)
        for index in range(schema.get("minProperties", 0) - len(value)):
            value[f"property_{index + 1}"] = self.fill(schema.get("additionalProperties", True), "", depth + 1)
        return value

    def _array(self, schema: dict, name: str, depth: int) -> list:
        """As few items as allowed where nesting goes deep; else what the text lists under the name, or one item."""
        least, most = schema.get("minItems", 0), schema.get("maxItems", math.inf)
        prefix = schema.get("prefixItems", [])
        items = schema.get("items", True)
        parts = self._listed(name) if depth <= _SHALLOW else []
        count = min(most, max(least, len(prefix), min(_MOST_ITEMS, len(parts)), int(depth <= _SHALLOW)))
        if items is False:
            count = min(count, len(prefix))
        if count > 10_000:
            raise Unsatisfiable(f"the array under '{name}' has to be too long.")
        value: list = []
        for index in range(int(count)):
            filler = _Filler(self.root, parts[index % len(parts)] if parts else self.text)
            try:
                item = filler.fill(prefix[index] if index < len(prefix) else items, "", depth + 1)
            except Unsatisfiable:
                if len(value) >= least:
                    break
                raise
            if schema.get("uniqueItems") and item in value:
                item = self._other_than(value, prefix[index] if index < len(prefix) else items, item)
            if item is not None or not schema.get("uniqueItems") or None not in value:
                value.append(item)
        return value

    def _listed(self, name: str) -> list[str]:
        found = re.search(rf"\b{re.escape(name).replace('_', ' ')}\s*[:=]\s*([^\n.;]+)", self.text, re.IGNORECASE) \
            if name else None
        return [part.strip() for part in re.split(r",|\band\b", found.group(1)) if part.strip()] if found else []

    def _other_than(self, used: list, schema: dict | bool, item: object) -> object:
        """A value like `item` that is not among those used; None where there is no such value to be found."""
        candidates: list = list(schema["enum"]) if isinstance(schema, dict) and "enum" in schema else [
            change(item, step) for step in range(1, len(used) + 2) for change in (_plus, _minus)]
        return next((candidate for candidate in candidates
                     if candidate not in used and conforms(candidate, schema, self.root)), None)

    def _number(self, schema: dict, name: str, kind: str) -> float | int:
        """The number under the name, else the first in the text that is allowed, else the allowed one nearest to 0."""
        step = schema.get("multipleOf", 1 if kind == "integer" else None)
        near = _NUMBER.findall(named_value(name, self.text))
        for found in (*near, *_NUMBER.findall(self.text)):
            value = float(found) if "." in found else int(found[:300])
            if conforms(value, schema, self.root):
                return int(value) if kind == "integer" else value
        lowest, highest = _bounds(schema, kind)
        value = min(max(0, lowest), highest)
        if step:
            value = math.ceil(value / step) * step if value == lowest else math.floor(value / step) * step
        elif value in (schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")):
            value = _inside(lowest, highest)
        return int(value) if kind == "integer" or float(value).is_integer() and not step else value


def merged(left: dict, right: dict) -> dict:
    """Two schemas in one that demands what both demand, as far as their properties and requirements go."""
    if not isinstance(left, dict) or not isinstance(right, dict):
        return right if isinstance(right, dict) and left is True else left if isinstance(left, dict) else {}
    whole = {**left, **right}
    if "properties" in left and "properties" in right:
        whole["properties"] = {**left["properties"], **right["properties"]}
    if "required" in left and "required" in right:
        whole["required"] = [*left["required"], *right["required"]]
    for keyword, stricter in (("minimum", max), ("minLength", max), ("minItems", max), ("exclusiveMinimum", max),
                              ("maximum", min), ("maxLength", min), ("maxItems", min), ("exclusiveMaximum", min)):
        if keyword in left and keyword in right:
            whole[keyword] = stricter(left[keyword], right[keyword])
    return whole


def _implied_type(schema: dict) -> str:
    for keyword, kind in (("properties", "object"), ("required", "object"), ("items", "array"),
                          ("prefixItems", "array"), ("minItems", "array"), ("minimum", "number"),
                          ("maximum", "number"), ("multipleOf", "number")):
        if keyword in schema:
            return kind
    return "string"


def _bounds(schema: dict, kind: str) -> tuple[float, float]:
    gap = 1 if kind == "integer" else 0
    lowest = max(schema.get("minimum", -math.inf), schema.get("exclusiveMinimum", -math.inf) + gap)
    highest = min(schema.get("maximum", math.inf), schema.get("exclusiveMaximum", math.inf) - gap)
    if lowest > highest:
        raise Unsatisfiable(f"no number is at least {lowest} and at most {highest}.")
    return lowest, highest


def _inside(lowest: float, highest: float) -> float:
    """A number between two bounds, either of which may be infinite."""
    if math.inf in (-lowest, highest):
        return highest - 1 if lowest == -math.inf else lowest + 1
    return (lowest + highest) / 2


def _plus(item: object, step: int) -> object:
    if isinstance(item, bool):
        return not item
    if isinstance(item, (int, float)):
        return item + step
    return f"{item} {step + 1}" if isinstance(item, str) else None


def _minus(item: object, step: int) -> object:
    return item - step if isinstance(item, (int, float)) and not isinstance(item, bool) else None
