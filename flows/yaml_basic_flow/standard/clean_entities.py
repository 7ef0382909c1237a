"""The last node of the DAG: from the model's answer to a list of entities."""

from promptflow.core import tool

from entity_answers import read_list


@tool
def clean(answer: str, text: str) -> list:
    """Return the entities in the model's answer to a text.

    Raises:
        ValueError: the model answered nothing at all, not even "None", or in prose.
    """
    if not (answer or "").strip():
        raise ValueError("the model's answer is empty: raise its limit of output tokens, or look at its content filter")
    return read_list(answer, text)
