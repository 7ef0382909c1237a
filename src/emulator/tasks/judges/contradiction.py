"""Whether a text contradicts another: other numbers or names, a denial, an opposite, or exchanged roles."""

from __future__ import annotations

from collections.abc import Sequence

from src.emulator.tasks.judges.claims import Claim, support
from src.emulator.tasks.judges.lexicon import opposites

# From this overlap on two clauses are taken to be about the same thing.
_SAME_SUBJECT = 0.4
_ALMOST = 0.9


def contradicts(claim: Claim, references: Sequence[Claim]) -> bool:
    """Whether a claim contradicts all references that are the most like it.

    A denial of an opposite is no contradiction: "not allowed" and "forbidden" agree.
    """
    overlaps = [overlap(claim, reference) for reference in references]
    least = max(_SAME_SUBJECT, _ALMOST * max(overlaps, default=0.0))
    alike = [reference for reference, shared in zip(references, overlaps, strict=True) if shared >= least]
    return bool(alike) and all(_contradicts(claim, reference) for reference in alike)


def _contradicts(claim: Claim, reference: Claim) -> bool:
    denials = int(claim.negated != reference.negated) + _opposites(claim, reference)
    return denials % 2 == 1 or _roles_exchanged(claim, reference)


def agreeing(reference: Claim, claim: Claim) -> frozenset[str]:
    """The concepts of a reference, with their opposites where one of the two claims is denied and the other is not."""
    return reference.known | reference.denied if claim.negated != reference.negated else reference.known


def overlap(claim: Claim, reference: Claim) -> float:
    """How much of the smaller of two claims is in the larger, opposites included, from 0 to 1."""
    small, large = sorted((claim, reference), key=lambda one: one.weight)
    return support(small, large.known | large.denied) if small.content else 0.0


def _opposites(claim: Claim, reference: Claim) -> int:
    """1 if a word of the claim is denied by a word of the reference, and neither side has both; else 0."""
    if not claim.denied & reference.known:
        return 0
    new = claim.known - reference.known
    return int(any(opposites().get(word, frozenset()) & reference.known - claim.known for word in new))


def _roles_exchanged(claim: Claim, reference: Claim) -> bool:
    """Whether two names have changed places around what both claims say: "A beat B" and "B beat A"."""
    names = {*claim.names, *reference.names}
    if not (claim.content.keys() & reference.content.keys()) - names:
        return False
    ours = [word for word in dict.fromkeys(claim.concepts) if word in names and word in reference.content]
    theirs = [word for word in dict.fromkeys(reference.concepts) if word in names and word in claim.content]
    if len(ours) < 2 or sorted(ours) != sorted(theirs) or claim.passive != reference.passive:
        return False
    return ours == theirs[::-1] and _apart(claim, ours[0], ours[1]) and _apart(reference, ours[1], ours[0])


def _apart(claim: Claim, first: str, second: str) -> bool:
    """Whether there is more than "and" or "or" between two words of a claim."""
    start, end = claim.concepts.index(first), claim.concepts.index(second)
    return bool(set(claim.concepts[start + 1:end]) - {"and", "or"})
