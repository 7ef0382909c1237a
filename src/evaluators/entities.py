"""Whether entities stand in the text that they were found in: a judge that needs no ground truth."""

import re
import unicodedata
from typing import TypedDict


class EntitiesScores(TypedDict):
    """The scores of one answer."""

    in_text: float
    number: float


class EntitiesEvaluator:
    """The share of entities that stand in the text word for word, and how many entities there are.

    Case, the Unicode form (NFC) and white space make no difference. An answer without entities names none that does not
    stand in the text, so `in_text` is 1; that a flow finds less and less is seen in the mean of `number`.
    """

    def __init__(self):
        """Take no options. Prompt flow makes no flow of a class that inherits this from object."""

    def __call__(self, *, answer: list, text: str) -> EntitiesScores:
        """Score one answer.

        Args:
            answer: the entities.
            text: where they were found.

        Returns:
            `in_text` (0 to 1) and `number`.
        """
        entities, within = [_plain(str(entity)) for entity in answer], _plain(text)
        found = sum(entity in within for entity in entities)
        return {"in_text": found / len(entities) if entities else 1.0, "number": float(len(entities))}


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip().casefold()
