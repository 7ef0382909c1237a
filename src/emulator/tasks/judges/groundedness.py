"""Is an answer supported by its context?"""

from __future__ import annotations

from src.emulator.tasks.judges.claims import Claim, claims, support, whole
from src.emulator.tasks.judges.contradiction import agreeing, contradicts
from src.emulator.tasks.judges.refusals import tells_nothing

# A claim has to be found in one clause; that all its words are somewhere in the context says less.
_SHARE_OF_CLAUSE = 0.65
_FACTOR_OF_CONTRADICTION = 0.2
_FACTOR_OF_UNKNOWN_NUMBER = 0.3


def score(answer: str, context: str) -> float:
    """The support of the answer's claims, from 0 to 1: half their mean and half the worst of them.

    A claim's support is the weight of its words that the best clause of the context has, squared, and that the context
    has anywhere. A contradiction or a number that the context doesn't have leaves little of it. An answer that only
    says that the document does not tell claims nothing that could be wrong: 1.
    """
    if tells_nothing(answer):
        return 1.0
    references = claims(context)
    known = whole(context)
    supported = [_support(claim, references, known) for claim in claims(answer) if claim.content]
    return (sum(supported) / len(supported) + min(supported)) / 2 if supported else 0.0


def _support(claim: Claim, references: tuple[Claim, ...], known: Claim) -> float:
    best = max((support(claim, agreeing(reference, claim)) for reference in references), default=0.0)
    supported = _SHARE_OF_CLAUSE * best ** 2 + (1 - _SHARE_OF_CLAUSE) * support(claim, known.known)
    if contradicts(claim, references):
        supported *= _FACTOR_OF_CONTRADICTION
    return supported * (_FACTOR_OF_UNKNOWN_NUMBER if claim.numbers - known.numbers else 1)
