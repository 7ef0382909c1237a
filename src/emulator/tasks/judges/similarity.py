"""Does an answer say the same as the correct answer?"""

from __future__ import annotations

from src.emulator.tasks.judges.claims import Claim, begins_with, claims, opening, support, whole
from src.emulator.tasks.judges.contradiction import agreeing, contradicts

# What the question already says is no achievement of the answer.
_WEIGHT_OF_QUESTION = 0.15
_SHARE_OF_RECALL = 0.65
_FACTOR_OF_CONTRADICTION = 0.25


def score(question: str, answer: str, ground_truth: str) -> float:
    """The facts that two answers share, from 0 to 1: 0.65 recall of the truth's and 0.35 precision of the answer's.

    Words of the question count little. Other numbers, other names, a denial or an opposite leave a quarter of it.
    """
    asked = set(whole(question).concepts)
    given, true = whole(answer), whole(ground_truth)
    recall = support(true, agreeing(given, true), _weights(true, asked))
    precision = support(given, agreeing(true, given), _weights(given, asked))
    shared = _SHARE_OF_RECALL * recall + (1 - _SHARE_OF_RECALL) * precision
    if not given.content and true.content:
        shared = 0.0
    agreement = begins_with(answer), begins_with(ground_truth)
    if all(agreement):
        shared = shared * (2 + (agreement[0] == agreement[1])) / 3 + (agreement[0] == agreement[1]) / 3
    denied = any(contradicts(claim, claims(ground_truth)) for claim in claims(answer))
    if denied or set(agreement) == {"yes", "no"} or _replaces(given, true, asked, {
            opening(answer), opening(ground_truth)}):
        shared *= _FACTOR_OF_CONTRADICTION
    return shared


def _weights(claim: Claim, asked: set[str]) -> dict[str, float]:
    return {word: weight * (_WEIGHT_OF_QUESTION if word in asked else 1) for word, weight in claim.content.items()}


def _replaces(given: Claim, true: Claim, asked: set[str], openings: set[str]) -> bool:
    """Whether the answer has another number or name where the truth has one; the first words may be names as well."""
    numbers = given.numbers - true.numbers - asked, true.numbers - given.numbers - asked
    ours, theirs = set(given.concepts) - asked, set(true.concepts) - asked
    names = {*given.names, *true.names, *openings}
    return all(numbers) or all((names & (ours - theirs), names & (theirs - ours)))
