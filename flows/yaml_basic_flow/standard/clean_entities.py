"""The last node of the DAG: from the model's answer to a list of entities."""

import re

from promptflow.core import tool

# An entity in double quotes, or else what stands between separators, without the bullet of a list. A comma in "30,000"
# separates nothing.
ENTITY = re.compile(r'"([^"\n]*)"|(?:^ *[-*•] +)?((?:[^",;\n]|(?<=\d),(?=\d))+)', re.MULTILINE)


@tool
def clean(answer: str) -> list:
    """Return the entities in the model's answer, without stray spaces, tabs, dots and quotes.

    Raises:
        ValueError: the model answered nothing at all, not even "None".
    """
    if not (answer or "").strip():
        raise ValueError("the model's answer is empty: raise its limit of output tokens, or look at its content filter")
    entities = [(quoted or plain).strip(" \t\r.\"'“”‘’`") for quoted, plain in ENTITY.findall(answer)]
    return [entity for entity in entities if entity.lower() not in ("", "none", "[]", *"[]-*•")]
