"""Do the sentences of an answer connect, and stay on the question's topic?"""

from __future__ import annotations

from itertools import combinations, pairwise

from src.emulator.tasks.judges import agreement, grammar
from src.emulator.tasks.judges.claims import Claim, claims, support, tokens, whole
from src.emulator.tasks.judges.refusals import tells_nothing
from src.emulator.text import sentences

_CONNECTIVES = frozenset(
    "then next finally first second third also however therefore thus moreover furthermore additionally besides "
    "instead otherwise afterwards later meanwhile consequently still nevertheless but and so because if when once "
    "after similarly likewise lastly overall".split())
_ANAPHORS = frozenset("it its they them their this that these those such both each another other others one".split())
_PERSONAL = frozenset("he she him her his hers".split())
_FIRST_PERSON = frozenset("i me my we us our you your".split())
_CONNECTING_PAIRS = frozenset({
    ("as", "a"), ("in", "addition"), ("for", "example"), ("for", "instance"), ("in", "short"), ("on", "the"),
    ("by", "contrast"), ("in", "contrast"), ("in", "particular"),
})
_SAME = 0.75
_FACTOR_OF_CONTRADICTION = 0.5
_FACTOR_OF_STRAY = 0.5


def score(question: str, answer: str) -> float:
    """How well an answer hangs together, from 0 to 1.

    The product of the links (what share of the sentences continues the question or a sentence before), the order of
    words (1 less 0.35 for each broken rule a sentence, half of it for a wrong form), the share of pairs of words that
    are not repeated, and a half where two sentences contradict each other.
    An answer that only says that the document does not tell is a whole sentence about the question: 1.
    """
    if tells_nothing(answer):
        return 1.0
    texts = sentences(answer)
    if not texts:
        return 0.0
    words = [[word.lower() for word in tokens(text)] for text in texts]
    broken = sum(grammar.violations(text) for text in texts)
    broken += 0.5 * sum(agreement.errors(sentence) for sentence in words)
    order = max(0.0, 1 - 0.35 * broken / len(texts))
    return order * _links(question, texts, words) * _unrepeated(words) * _consistency(answer)


def _links(question: str, texts: list[str], words: list[list[str]]) -> float:
    """The share of sentences that continue the question or a sentence before.

    A first sentence that doesn't is no stray one if the next one continues it. An answer of which no sentence has
    anything of the question gets half.
    """
    asked = {word.lower() for word in tokens(question)}
    topic = set(whole(question).content)
    said: set[str] = set()
    links, topical, person = [], False, bool(_PERSONAL & asked)
    for index, (text, sentence) in enumerate(zip(texts, words, strict=True)):
        content = set(whole(text).content)
        on_topic = bool(content & topic) or bool({"you", "your"} & asked and _FIRST_PERSON & set(sentence[:4]))
        links.append(on_topic or bool(content & said) or _refers(sentence, index, person))
        topical = topical or on_topic
        person = person or bool(_PERSONAL & set(sentence))
        said |= content
    links[0] = links[0] or any(links[1:2])
    return sum(links) / len(links) * (1 if topical else _FACTOR_OF_STRAY)


def _refers(sentence: list[str], index: int, person: bool) -> bool:
    """Whether a sentence refers to what was said before."""
    if index == 0 or not sentence:
        return not sentence
    start = set(sentence[:5])
    connected = sentence[0] in _CONNECTIVES or tuple(sentence[:2]) in _CONNECTING_PAIRS
    return connected or bool(_ANAPHORS & start) or (person and bool(_PERSONAL & start))


def _unrepeated(words: list[list[str]]) -> float:
    """The share of pairs of neighbouring words that are not a repetition of one before, 1 for a single pair."""
    pairs = [pair for sentence in words for pair in pairwise(sentence)]
    return len(set(pairs)) / len(pairs) if pairs else 1.0


def _consistency(answer: str) -> float:
    """A half where one clause denies another that is almost the same, else 1."""
    found = [claim for claim in claims(answer) if len(claim.content) > 1]
    return _FACTOR_OF_CONTRADICTION if any(_denies(one, other) for one, other in combinations(found, 2)) else 1.0


def _denies(one: Claim, other: Claim) -> bool:
    alike = min(support(one, other.known), support(other, one.known)) >= _SAME
    return alike and one.negated != other.negated
