"""Words in an order that English doesn't have: articles before prepositions, and the like."""

from __future__ import annotations

import re
from itertools import pairwise

from src.emulator.tasks.judges.claims import AUXILIARIES, tokens
from src.emulator.tasks.judges.lexicon import verb_forms
from src.emulator.text import STOP_WORDS

# A sentence of fewer words may be a fragment.
SMALLEST_SENTENCE = 4

_CLASSES = {
    "article": "a an the my your our its their every",
    "preposition": "of in on at by for with from into onto about among between during without within towards",
    "pronoun": "i he she we they",
    "conjunction": "and or but because although unless if whether",
    "auxiliary": " ".join(AUXILIARIES),
    "object": "me him us them",
    "to": "to",
    "no": "no",
}
_CLASS_OF = {word: name for name, words in _CLASSES.items() for word in words.split()}
# What never follows what; END is the end of a sentence.
_NEVER = {
    "article": {"article", "preposition", "auxiliary", "conjunction", "pronoun", "object", "to", "END"},
    "preposition": {"preposition", "pronoun", "conjunction", "auxiliary", "to"},
    "pronoun": {"preposition", "article", "pronoun", "object", "to", "END"},
    "to": {"pronoun", "END"},
    "no": {"auxiliary", "pronoun"},
    "conjunction": {"END"},
    "auxiliary": {"conjunction"},
    "object": {"auxiliary", "object"},
}
_FINE = frozenset({
    ("on", "about"), ("on", "to"), ("in", "to"), ("from", "within"), ("in", "between"), ("the", "may"),
    ("the", "might"), ("the", "will"),
    ("a", "will"), ("a", "must"), ("a", "i"), ("the", "above"), *((one, "being") for one in ("by", "of", "for")),
    *((one, "having") for one in ("by", "of", "without")), ("without", "being"), ("from", "being"),
    *((one, two) for one in _CLASSES["preposition"].split() for two in ("and", "or", "but", "whether")),
})
_REPEATABLE = frozenset("had that very so bye".split())
_BREAK = re.compile(r"[,;:()“”\"—–…/]+|\s-\s")
_LONGEST_RUN = 5
_BEFORE_VERBS = frozenset(
    "to and or i you we they who that which can could may might must shall should will would not do does did then "
    "please in on at since from".split())
_VERB_ENDINGS = ("s", "ed", "ing", "ly", "n't", "day", "en", "ize", "ise", "time", "where", "ever")


def violations(sentence: str) -> float:
    """How many times the order of a sentence's words breaks a rule; 0 for good English.

    One each for two neighbours of classes that never follow each other, for a word repeated at once, and for six
    words in a row without a function word; two for the lack of any verb, and half for a noun before an article.
    """
    parts = [words for part in _BREAK.split(sentence) if (words := tokens(part))]
    lower = [[word.lower() for word in part] for part in parts]
    words = [word for part in lower for word in part]
    neighbours = [pair for part in lower for pair in pairwise(part)] + [(word, "END") for word in words[-1:]]
    wrong = sum(_is_wrong(*pair) for pair in neighbours) + sum(_runs(part) for part in parts)
    nouns = sum(_nouns_before_articles(part) for part in parts)
    return wrong + 0.5 * nouns + 2 * (len(words) >= SMALLEST_SENTENCE and not has_verb(words))


def _is_wrong(first: str, second: str) -> bool:
    if first == second:
        return first not in _REPEATABLE and not first.isdigit()
    never = _NEVER.get(_CLASS_OF.get(first, ""), frozenset())
    return _CLASS_OF.get(second, second) in never and (first, second) not in _FINE


def _runs(words: list[str]) -> int:
    """How many times as long as allowed the runs of words without function words are; names don't count."""
    count = run = 0
    for word in words:
        run = 0 if word in STOP_WORDS or not word.islower() else run + 1
        count += run > 0 and run % (_LONGEST_RUN + 1) == 0
    return count


def _nouns_before_articles(words: list[str]) -> int:
    """How many words stand before an article though they are neither a verb nor in a place where a verb can be."""
    return sum(article in ("a", "an", "the") and word.islower() and word not in STOP_WORDS and not _may_be_verb(word)
               and before.lower() not in _BEFORE_VERBS and not before.endswith(("s", "ly"))
               for before, word, article in zip(words, words[1:], words[2:], strict=False))


def _may_be_verb(word: str) -> bool:
    return word in verb_forms() or word.endswith(_VERB_ENDINGS)


def has_verb(words: list[str]) -> bool:
    """Whether a sentence of lower-case words has one that can be its verb, be it a wish: "Convert it"."""
    certain = any(word in AUXILIARIES or word in verb_forms() or word.endswith(("ed", "n't", "'s", "'re", "'m"))
                  for word in words)
    wish = len(words) > 1 and words[0] not in STOP_WORDS and _CLASS_OF.get(words[1]) == "article"
    return certain or wish or any(_may_be_third_person(word) for word in words[1:])


def _may_be_third_person(word: str) -> bool:
    """Whether a word ends like a verb after he, she or it; plural nouns do so, too."""
    return len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is"))
