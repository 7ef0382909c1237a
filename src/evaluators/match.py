"""How well a response matches the ground truth, as lists of entities or as texts."""

from collections import Counter
from typing import Any, TypedDict

from src.evaluators.values import entities, listed, parsed
from src.evaluators.words import unspaced, words


class MatchScores(TypedDict):
    """The scores of one response, each from 0 to 1."""

    exact_match: float
    precision: float
    recall: float
    f1: float


class MatchEvaluator:
    """Exact match, precision, recall and F1 of a response against the ground truth.

    With R the values of the response and T those of the ground truth:

        precision = |R ∩ T| / |R|        recall = |R ∩ T| / |T|
        f1 = 2 |R ∩ T| / (|R| + |T|)     exact_match = 1 if R = T else 0

    This is the F1 measure of van Rijsbergen (Information Retrieval, 1979, chapter 7), for text as SQuAD computes it
    (Rajpurkar et al., 2016, https://arxiv.org/abs/1606.05250), here without dropping articles.

    What the values are:

    - Two lists are compared as sets of entities. An entity was found or it was not, so naming it twice neither helps
      nor hurts.
    - Two texts are compared as bags of words: a word counts as often as it occurs, in whatever order. Words are what
      stands between white space, commas, semicolons and dashes with blanks, without the punctuation around it:
      "30,000", "3.5" and "e-mail" are one word each, "-5", "5%", "€5" and "C++" keep their signs, ".5" and ".NET" their
      dot. Of writing without blanks between words each ideograph and kana is a word, and in South East Asia each pair
      of letters; `src.evaluators.words` says why. There exact_match also wants the letters in the same order: 国王 is not
      王国.
    - A list against a text: the text is read as one value and as a list separated by commas, semicolons or lines, and
      the reading that matches better counts.
    - Text that holds a JSON list is a list. Numbers and other scalars are compared by their text, whatever is nested by
      its JSON. None and entities without text are no values.

    When two values are the same text is said in `src.evaluators.text`: neither case nor Unicode's forms make a
    difference, nor which quotes, dashes, digits or blanks are used, nor characters that show nothing.

    Without values on one side only, every score is 0. Without values on either, every score is 1.
    Swapping response and ground truth swaps precision and recall and leaves the others alone.
    """

    def __init__(self):
        """Take no options. Defined, since Prompt flow cannot use a class that inherits `__init__` from object."""

    def __call__(self, *, response, ground_truth: str | list) -> MatchScores:
        """Score one response.

        Args:
            response: what the flow answered: a list of entities, or text.
            ground_truth: what it should have answered, in either form.

        Returns:
            `exact_match` (0 or 1), `precision`, `recall` and `f1` (0 to 1).

        Raises:
            TypeError: if a value is none that JSON can express.
        """
        answered, expected = parsed(response), parsed(ground_truth)
        if isinstance(answered, str) and isinstance(expected, str):
            scores = _scores(Counter(words(answered)), Counter(words(expected)))
            scores["exact_match"] *= unspaced(answered) == unspaced(expected)
            return scores
        pairs = [(a, e) for a in _readings(answered) for e in _readings(expected)]
        return max((_scores(Counter(a), Counter(e)) for a, e in pairs), key=lambda scores: scores["f1"])


def _readings(value: list[Any] | str) -> list[set[str]]:
    """The sets of entities that a value can stand for."""
    whole = set(entities(value))
    return [whole, parts] if isinstance(value, str) and (parts := set(listed(value))) else [whole]


def _scores(answered: Counter[str], expected: Counter[str]) -> MatchScores:
    exact = float(answered == expected)
    if not answered or not expected:
        return MatchScores(exact_match=exact, precision=exact, recall=exact, f1=exact)
    common = (answered & expected).total()
    return MatchScores(
        exact_match=exact,
        precision=common / answered.total(),
        recall=common / expected.total(),
        f1=2 * common / (answered.total() + expected.total()),
    )
