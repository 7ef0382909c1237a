"""Whether a response is JSON, and whether it keeps to a schema."""

import json
import math
from typing import Any, TypedDict

from jsonschema.exceptions import SchemaError, ValidationError, best_match
from jsonschema.protocols import Validator
from jsonschema.validators import Draft202012Validator, validator_for
from jsonschema_specifications import REGISTRY
from referencing.exceptions import Unresolvable

_LONGEST_REASON = 300


class JsonSchemaScores(TypedDict):
    """The scores of one response, each 0 or 1, and the reason where one is 0."""

    valid_json: float
    valid_schema: float
    reason: str


class JsonSchemaEvaluator:
    """Valid JSON (RFC 8259), valid against a JSON Schema, and the reason where not.

        valid_json = 1 if the response is JSON else 0
        valid_schema = 1 if the response is JSON and keeps to the schema else 0

    The draft is the one that the schema names in `$schema`, else 2020-12. `format` is an annotation, as that draft has
    it. References are resolved within the schema and to the published meta-schemas; nothing is ever fetched.

    Args:
        schema: the JSON Schema.

    Raises:
        ValueError: if the schema is invalid.
    """

    def __init__(self, schema: dict):
        validator = validator_for(schema, default=Draft202012Validator)
        try:
            # The stubs leave this argument out.
            validator.check_schema(schema, format_checker=validator.FORMAT_CHECKER)  # type: ignore[call-arg]
        except SchemaError as error:
            raise ValueError(f"The JSON Schema is invalid: {_explained(error)}") from error
        self._schema = schema

    def __call__(self, *, response) -> JsonSchemaScores:
        """Score one response.

        Args:
            response: JSON text, or an object that was parsed from it. A str always is JSON text.

        Returns:
            `valid_json` and `valid_schema` (0 or 1), and `reason`: empty where both are 1, else where the most specific
            error is and what is wrong there, in at most 300 characters.

        Raises:
            ValueError: if the schema refers to something that is not in it.
        """
        try:
            value = _strictly_parsed(response if isinstance(response, str) else json.dumps(response, allow_nan=False))
        except (TypeError, ValueError) as error:
            return JsonSchemaScores(valid_json=0.0, valid_schema=0.0, reason=_shortened(f"not valid JSON: {error}"))
        except RecursionError:
            return JsonSchemaScores(valid_json=0.0, valid_schema=0.0, reason="not valid JSON: nested too deeply")
        try:
            fault = best_match(self._validator().iter_errors(value))
        except Unresolvable as unresolvable:
            raise ValueError(f"The schema refers to something that is not in it: {unresolvable.ref}") from unresolvable
        reason = "" if fault is None else _explained(fault)
        return JsonSchemaScores(valid_json=1.0, valid_schema=float(fault is None), reason=reason)

    def _validator(self) -> Validator:
        """A validator that knows no references but its own; it can't be pickled, the evaluator has to be."""
        return validator_for(self._schema, default=Draft202012Validator)(self._schema, registry=REGISTRY)


def _strictly_parsed(text: str) -> Any:
    """The value of JSON text, without Python's additions to JSON.

    Raises:
        ValueError: if it is not JSON, or holds NaN, Infinity, or a number too large to be read.
        RecursionError: if it is nested too deeply.
    """
    return json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON value")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text} is out of range")
    return number


def _explained(error: ValidationError | SchemaError) -> str:
    return _shortened(f"{error.json_path}: {error.message}")


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_REASON else text[: _LONGEST_REASON - 2] + " …"
