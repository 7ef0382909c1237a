"""The `response_format` of a chat request."""

from __future__ import annotations

from src.emulator.conversation import Message
from src.emulator.errors import invalid_request, invalid_value
from src.emulator.parameters import mapping, required, string
from src.emulator.strict_schemas import check_schema
from src.emulator.tools import check_name

# The first version of Azure's interface with structured outputs.
_SCHEMAS_SINCE = "2024-08-01"


def parse_response_format(body: dict, messages: tuple[Message, ...], api_version: str | None) -> dict | None:
    """`response_format`, checked; None for text.

    Args:
        body: the request.
        messages: its messages: they have to mention JSON for JSON mode.
        api_version: Azure's dated version; None where the path takes none.

    Raises:
        ServiceError: 400 with the path of the error, such as `response_format.json_schema.name`.
    """
    response_format = mapping(body, "response_format")
    if response_format is None:
        return None
    kind = required(response_format, "type", "response_format.")
    if kind == "text":
        return None
    if kind == "json_object":
        if not any("json" in message.text.lower() for message in messages):
            raise invalid_request(
                "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
                "messages",
                None,
            )
        return {"type": "json_object"}
    if kind != "json_schema":
        raise invalid_value(
            "response_format.type", f"{kind!r:.60}. Supported values are: 'text', 'json_object' and 'json_schema'."
        )
    if api_version is not None and api_version < _SCHEMAS_SINCE:
        raise invalid_request(
            "response_format value as json_schema is enabled only for api versions 2024-08-01-preview and later",
            "response_format",
            None,
        )
    _check_json_schema(response_format)
    return response_format


def _check_json_schema(response_format: dict) -> None:
    where = "response_format.json_schema"
    required(response_format, "json_schema", "response_format.")
    described = mapping(response_format, "json_schema", "response_format.") or {}
    check_name(required(described, "name", f"{where}."), f"{where}.name")
    string(described, "description", f"{where}.")
    schema = mapping(described, "schema", f"{where}.")
    if schema is not None:
        check_schema(
            schema, f"{where}.schema", f"response_format '{described['name']}'", described.get("strict") is True
        )
