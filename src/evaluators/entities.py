"""Whether entities stand in the text that they were found in: a judge that needs no ground truth."""

from typing import TypedDict

from src.evaluators.text import canonical
from src.evaluators.values import entities
from src.evaluators.words import stands_in


class EntitiesScores(TypedDict):
    """The scores of one answer."""

    in_text: float
    number: float


class EntitiesEvaluator:
    """The share of entities that stand in the text word for word, and how many entities there are.

    An entity begins and ends where words do: "Ann" is not in "The annual fair", nor "5" in "-5" or "3.5"; see
    `src.evaluators.words.stands_in`. What makes no difference, such as case, kinds of dashes and the blank in "12 %",
    is said in `src.evaluators.text`. An entity without text is none.

    An answer without entities names none that does not stand in the text, so `in_text` is 1; that a flow finds less and
    less is seen in the mean of `number`.
    """

    def __init__(self):
        """Take no options. Defined, since Prompt flow cannot use a class that inherits `__init__` from object."""

    def __call__(self, *, answer: list, text: str) -> EntitiesScores:
        """Score one answer.

        Args:
            answer: the entities; text that holds a JSON list is one, any other text is one entity.
            text: where they were found.

        Returns:
            `in_text` (0 to 1) and `number`.
        """
        named, within = entities(answer), canonical(str(text))
        found = sum(stands_in(entity, within) for entity in named)
        return {"in_text": found / len(named) if named else 1.0, "number": float(len(named))}
