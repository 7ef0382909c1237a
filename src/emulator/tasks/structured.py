"""Prompts that want JSON, or JSON of a given schema: values found in the text, in the form that is asked for."""

from __future__ import annotations

import json

from src.emulator.errors import invalid_request
from src.emulator.schema_instances import Unsatisfiable, instance
from src.emulator.tasks.conversation import Conversation, Reply
from src.emulator.text import main_sentence


def answer(conversation: Conversation) -> Reply | None:
    """An object that is valid JSON and valid against the schema, where there is one.

    Raises:
        ServiceError: 400, if the emulator finds nothing that satisfies the schema.
    """
    wanted = conversation.response_format
    if wanted is None:
        return None
    text = conversation.user or conversation.text
    schema = wanted.get("json_schema", {}).get("schema")
    if schema is None:
        return Reply(json.dumps({"answer": main_sentence(text)}, ensure_ascii=False))
    try:
        return Reply(json.dumps(instance(schema, text), ensure_ascii=False))
    except Unsatisfiable as exc:
        raise invalid_request(f"The emulator finds no value for this schema: {exc}",
                              "response_format.json_schema.schema", "invalid_schema") from exc
