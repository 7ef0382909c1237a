"""What a text states, clause by clause: content words, numbers, names, and whether it is denied."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property, lru_cache

from src.emulator.tasks.judges.lexicon import concept, is_known, opposites, verbs
from src.emulator.text import STOP_WORDS, sentences

TOKEN = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+(?:[-'’][^\W\d_]+)*|[^\W_]+")
NEGATIONS = frozenset("not no never none nobody nothing neither nor cannot without hardly".split())
AUXILIARIES = frozenset(
    "am is are was were be been being has have had do does did will would can could shall should may might must"
    .split())
_BE = frozenset("am is are was were be been being".split())
_YES_NO = re.compile(r"^\W*(?:yes|no|sure|certainly|of course|nope|yeah)\b\s*(?:[,.!;:–—-]+\s*|$)", re.IGNORECASE)
_SIGNS = {"°C": " degrees Celsius ", "°F": " degrees Fahrenheit ", "°": " degrees ", "%": " percent ", "€": " euro ",
          "$": " dollar ", "£": " pound "}
_SIGN = re.compile("|".join(map(re.escape, _SIGNS)))
_CLAUSE_END = re.compile(r"\s*[;:]\s+|,?\s+(?=(?:but|while|whereas|although|and)\s)|,\s+(?=(?:not|never)\s)")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_ORDINAL = re.compile(r"(\d)(?:st|nd|rd|th)\b")
NUMBER_WORDS = {word: str(number) for number, word in enumerate(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty".split()) if word != "one"}
NUMBER_WORDS.update(thirty="30", forty="40", fifty="50", sixty="60", seventy="70", eighty="80", ninety="90")
_NO_NAME_ENDINGS = ("s", "ing", "ed", "ly", "ion", "ity", "ment", "ness", "er", "or")
_SHARED_BEGINNING = 5
_TEXTS_REMEMBERED = 512
# Every clause of an answer is compared with every one of a context, so their number is bounded.
_MOST_CLAIMS = 200
_WEIGHT_OF_NUMBER = 2.5
_WEIGHT_OF_NAME = 2.0


@dataclass(frozen=True)
class Claim:
    """A clause.

    Attributes:
        concepts: every word's concept, function words included, in their order.
        content: weights by concept, of the words that carry the meaning; 1, more for names and numbers.
        numbers: the numbers, digits and words alike, without separators of thousands.
        names: concepts that are written like names, in their order.
        negated: whether an odd number of negations is in it.
        passive: whether it has a form of "be" and, after it, a "by".
    """

    concepts: tuple[str, ...]
    content: dict[str, float]
    numbers: frozenset[str]
    names: tuple[str, ...]
    negated: bool
    passive: bool

    @cached_property
    def weight(self) -> float:
        """The weight of the whole content."""
        return sum(self.content.values())

    @cached_property
    def known(self) -> frozenset[str]:
        """The concepts as a set."""
        return frozenset(self.concepts)

    @cached_property
    def denied(self) -> frozenset[str]:
        """The opposites of the concepts."""
        return frozenset(other for word in self.known for other in opposites().get(word, ()))


def tokens(text: str) -> list[str]:
    """Words and numbers as they are written, with signs such as € spelt out."""
    spelt = _SIGN.sub(lambda sign: _SIGNS[sign.group()], unicodedata.normalize("NFC", text))
    return TOKEN.findall(_ORDINAL.sub(r"\1", _THOUSANDS.sub("", spelt)))


@lru_cache(maxsize=_TEXTS_REMEMBERED)
def claims(text: str) -> tuple[Claim, ...]:
    """The first 200 clauses of a text, without a leading yes or no. A clause without a subject gets the sentence's."""
    found = []
    for sentence in sentences(_YES_NO.sub("", text))[:_MOST_CLAIMS]:
        clauses = _clauses(sentence)
        subject = _subject(clauses[0])
        for index, clause in enumerate(clauses):
            found.append(_claim(subject + clause if index and not _has_subject(clause) else clause))
    return tuple(claim for claim in found if claim.concepts)[:_MOST_CLAIMS]


@lru_cache(maxsize=_TEXTS_REMEMBERED)
def whole(text: str) -> Claim:
    """A text as one claim."""
    return _claim(tokens(_YES_NO.sub("", text)))


def opening(text: str) -> str:
    """The concept of a text's first word where that is capitalised and no function word; else empty."""
    first = next(iter(tokens(_YES_NO.sub("", text))), "")
    return concept(first.lower()) if first[:1].isupper() and first.lower() not in STOP_WORDS else ""


def begins_with(text: str) -> str:
    """The yes or no that a text begins with, as "yes" or "no"; else empty."""
    match = _YES_NO.match(text)
    return "" if match is None else "no" if match.group().strip().lower().startswith("no") else "yes"


def support(claim: Claim, reference: Collection[str], weights: dict[str, float] | None = None) -> float:
    """The share of a claim's content that a reference has, by weight, from 0 to 1; 1 for a claim without content.

    Words with the same beginning count half: "photosynthesis" and "photosynthetic".
    """
    weighed = claim.content if weights is None else weights
    total = sum(weighed.values())
    missing = {word: weight for word, weight in weighed.items() if word not in reference}
    if not missing or not total:
        return 1.0
    beginnings = {word[:_SHARED_BEGINNING] for word in reference if len(word) > _SHARED_BEGINNING}
    half = sum(weight for word, weight in missing.items()
               if len(word) > _SHARED_BEGINNING and word[:_SHARED_BEGINNING] in beginnings)
    return (total - sum(missing.values()) + half / 2) / total


def _clauses(sentence: str) -> list[list[str]]:
    """The words of each clause; a part of fewer than two content words stays with the one before it, denials apart."""
    clauses: list[list[str]] = []
    size = 0
    for part in _CLAUSE_END.split(" ".join(sentence.split())):
        words = tokens(part)
        added = _content_size(words)
        if clauses and min(added, size) < 2 and not _denies(words):
            clauses[-1] += words
            size += added
        else:
            clauses.append(words)
            size = added
    return clauses


def _denies(words: list[str]) -> bool:
    return any(word.lower() in NEGATIONS or word.lower().endswith(("n't", "n’t")) for word in words)


def _content_size(words: list[str]) -> int:
    return sum(word.lower() not in STOP_WORDS for word in words)


def _is_verb(word: str) -> bool:
    return word in AUXILIARIES or word in verbs() or concept(word) in verbs() or word.endswith("ed")


def _subject(words: list[str]) -> list[str]:
    """What comes before the first verb, if that is near."""
    end = next((index for index, word in enumerate(words[:6]) if index and _is_verb(word.lower())), 0)
    return words[:end]


def _has_subject(words: list[str]) -> bool:
    start = words[1] if len(words) > 1 and words[0].islower() and words[0] in STOP_WORDS else words[0]
    lower = start.lower()
    return start[0].isupper() or (lower in STOP_WORDS and lower not in AUXILIARIES and lower not in NEGATIONS)


def _claim(words: list[str]) -> Claim:
    content: dict[str, float] = {}
    numbers, names, concepts = set(), [], []
    negations = 0
    for index, word in enumerate(words):
        lower = word.lower().replace("’", "'")
        negations += lower in NEGATIONS or lower.endswith("n't")
        meaning = NUMBER_WORDS.get(lower) or concept(lower.removesuffix("'s"))
        concepts.append(meaning)
        if meaning[0].isdigit():
            numbers.add(meaning)
            content[meaning] = _WEIGHT_OF_NUMBER
        elif lower not in STOP_WORDS and lower not in NEGATIONS:
            named = word[0].isupper() and (index > 0 or not _is_common(lower))
            if named:
                names.append(meaning)
            content[meaning] = max(content.get(meaning, 0), _WEIGHT_OF_NAME if named else 1.0)
    return Claim(tuple(concepts), content, frozenset(numbers), tuple(names), negations % 2 == 1, _is_passive(words))


def _is_passive(words: list[str]) -> bool:
    lower = [word.lower() for word in words]
    return "by" in lower and bool(_BE.intersection(lower[:lower.index("by")]))


def _is_common(word: str) -> bool:
    """Whether a word at the beginning of a sentence is more likely an ordinary word than a name."""
    return word.endswith(_NO_NAME_ENDINGS) or is_known(word)
