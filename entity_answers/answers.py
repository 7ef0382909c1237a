"""The two forms of an answer: JSON of a schema, and a list."""

import json
import re

SCHEMA = {
    "type": "object",
    "properties": {"entities": {"type": "array", "items": {"type": "string"}}},
    "required": ["entities"],
    "additionalProperties": False,
}
RESPONSE_FORMAT = {"type": "json_schema", "json_schema": {"name": "entities", "strict": True, "schema": SCHEMA}}
# An entity in double quotes, or else what stands between separators, without the bullet of a list. A comma in "30,000"
# separates nothing.
ENTITY = re.compile(r'"([^"\n]*)"|(?:^ *(?:[-*•]|\d+[.)]) +)?((?:[^",;\n]|(?<=\d),(?=\d))+)', re.MULTILINE)
STRAY = " \t\r.\"'“”‘’`"
NOTHING = ("", "none", "[]", *"[]-*•")


def read_json(answer: str) -> list:
    """Return the entities of an answer in the form of SCHEMA.

    Raises:
        ValueError: it is not in that form, as where an endpoint ignores the schema.
    """
    try:
        entities = json.loads(answer)["entities"]
        return [entity.strip() for entity in entities if entity.strip()]
    except (ValueError, TypeError, KeyError, AttributeError):
        raise ValueError(f"the model did not answer with the requested JSON: {answer[:80]!r}") from None


def read_list(answer: str, text: str) -> list:
    """Return the entities of an answer in the form of a list, without stray spaces, tabs, dots and quotes.

    Raises:
        ValueError: the answer is no such list: something in it without quotes is not in the text.
    """
    entities = []
    for quoted, plain in ENTITY.findall(answer):
        entity = (quoted or plain).strip(STRAY)
        if entity.lower() in NOTHING:
            continue
        if plain and (folded(entity) not in folded(text) or folded(entity) == folded(text)):
            raise ValueError(f"the model answered in prose and not with a list of entities: {answer[:80]!r}")
        entities.append(entity)
    return entities


def folded(text: str) -> str:
    """Return a text in lower case, with single spaces and without its last dot, to compare it with another."""
    return " ".join(text.casefold().split()).strip(STRAY)
