"""How well a response matches the ground truth, as lists of entities or as texts."""

import json
import re
import unicodedata
from collections import Counter
from typing import Any, TypedDict

# Punctuation that belongs to a value even at its edge: #1, 5%, @home, AT&T, -5, C++/C#.
_PART_OF_A_VALUE = frozenset("#%@&-/")
# White space, dashes between words, and separators that don't stand between two digits: "30,000" is one value.
_BETWEEN_WORDS = re.compile(r"\s+|[—…]|(?<!\d)[,;]|[,;](?!\d)")
_BETWEEN_ENTITIES = re.compile(r"[;\n]|(?<!\d),|,(?!\d)")
_BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,3}[.)])\s+")
_QUOTES = "\"'`“”‘’«»"


class MatchScores(TypedDict):
    """The scores of one response, each from 0 to 1."""

    exact_match: float
    precision: float
    recall: float
    f1: float


class MatchEvaluator:
    """Exact match, precision, recall and F1 of a response against the ground truth.

    Case, order, white space around values, and the Unicode form (NFC) make no difference. With R the values of the
    response and T those of the ground truth:

        precision = |R ∩ T| / |R|        recall = |R ∩ T| / |T|
        f1 = 2 |R ∩ T| / (|R| + |T|)     exact_match = 1 if R = T else 0

    This is the F1 measure of van Rijsbergen (Information Retrieval, 1979, chapter 7), for text as SQuAD computes it
    (Rajpurkar et al., 2016, https://arxiv.org/abs/1606.05250), here without dropping articles.

    What the values are:

    - Two lists are compared as sets of entities. An entity was found or it was not, so naming it twice neither helps
      nor hurts.
    - Two texts are compared as bags of words: a word counts as often as it occurs. Words are what stands between white
      space, commas and semicolons, without the punctuation around it: "30,000", "3.5" and "e-mail" are one word each.
    - A list against a text: the text is read as one value and as a list separated by commas, semicolons or lines, and
      the reading that matches better counts.
    - Text that holds a JSON list is a list. Numbers and other scalars are compared by their text, whatever is nested by
      its JSON. None and entities without text are no values.

    Without values on one side only, every score is 0. Without values on either, every score is 1.
    Swapping response and ground truth swaps precision and recall and leaves the others alone.
    """

    def __init__(self):
        """Take no options. Prompt flow makes no flow of a class that inherits this from object."""

    def __call__(self, *, response, ground_truth) -> MatchScores:
        """Score one response.

        Args:
            response: what the flow answered: a list of entities, or text.
            ground_truth: what it should have answered, in either form.

        Returns:
            `exact_match` (0 or 1), `precision`, `recall` and `f1` (0 to 1).

        Raises:
            TypeError: if a value is none that JSON can express.
        """
        answered, expected = _parsed(response), _parsed(ground_truth)
        if isinstance(answered, str) and isinstance(expected, str):
            return _scores(Counter(_words(answered)), Counter(_words(expected)))
        pairs = [(a, e) for a in _readings(answered) for e in _readings(expected)]
        return max((_scores(Counter(a), Counter(e)) for a, e in pairs), key=lambda scores: scores["f1"])


def _parsed(value: Any) -> list[Any] | str:
    """A list of entities, or text."""
    if value is None or value == {}:
        return []
    if isinstance(value, (list, tuple, set, frozenset)):
        return list(value)
    if isinstance(value, str):
        return _json_list(value) if value.lstrip().startswith("[") else value
    return [value] if isinstance(value, dict) else _text(value)


def _json_list(text: str) -> list[Any] | str:
    """The list that a text encodes; the text itself where it encodes none."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, list) else text


def _text(value: Any) -> str:
    """An entity as text."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, (bool, int, float)):
        return str(value)
    try:
        return json.dumps(value, sort_keys=True, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise TypeError(f"A value of type {type(value).__name__} cannot be compared: {error}") from error


def _normalised(text: str) -> str:
    """A text with single spaces, case-folded, in NFC: a canonical caseless match (The Unicode Standard, D145)."""
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold())
    return " ".join(folded.split())


def _entities(values: list[Any]) -> set[str]:
    return {entity for value in values if (entity := _normalised(_text(value)))}


def _readings(value: list[Any] | str) -> list[set[str]]:
    """The sets of entities that a value can stand for."""
    if isinstance(value, list):
        return [_entities(value)]
    parts = [_BULLET.sub("", part).strip().strip(_QUOTES) for part in _BETWEEN_ENTITIES.split(value)]
    listed = _entities(parts)
    return [_entities([value]), listed] if listed else [_entities([value])]


def _words(text: str) -> list[str]:
    """The words of a text in their normal form; of a text without any, what stands between its white space."""
    chunks = [_stripped(chunk) for chunk in _BETWEEN_WORDS.split(_normalised(text))]
    words = [chunk for chunk in chunks if any(character.isalnum() for character in chunk)]
    return words or _normalised(text).split()


def _stripped(chunk: str) -> str:
    """A chunk of text without the punctuation around it."""
    start, end = 0, len(chunk)
    while start < end and _is_edge(chunk[start]):
        start += 1
    while end > start and _is_edge(chunk[end - 1]):
        end -= 1
    return chunk[start:end]


def _is_edge(character: str) -> bool:
    return unicodedata.category(character).startswith("P") and character not in _PART_OF_A_VALUE


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
