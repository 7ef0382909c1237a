"""How much speaks for a place: lists of places, prepositions, the nouns of places before it."""

from __future__ import annotations

from src.emulator.tasks.entities.context import INVESTED, Context
from src.emulator.tasks.entities.gazetteers import words
from src.emulator.tasks.entities.known_names import LOCATION, known
from src.emulator.tasks.entities.spans import Piece

_IN_PLACES = frozenset(
    "in near outside around across throughout via toward towards visited visiting inside north south east west"
    " between downtown central northern southern eastern western coastal to".split())
_SOME_PLACES = frozenset("from at of through over reached left".split())
_PLACE_NOUNS = frozenset(
    "city town village port suburb island region district state province resort capital county municipality"
    " hamlet township neighbourhood neighborhood archipelago peninsula republic kingdom".split())
_OF_PLACES = _PLACE_NOUNS | frozenset(
    "ruins outskirts streets coast people residents suburbs centre center north south east west edge shores banks mayor"
    " governor king queen president bishop map part parts hills areas inhabitants northwest northeast southwest"
    " southeast"
    " university skies waters beaches mountains valleys".split())


def place_score(piece: Piece, context: Context) -> float:
    """The evidence for a place."""
    listed = piece.known == LOCATION
    score = 3.5 * listed
    before = context.lower(piece.start - 1)
    if before == "the":
        before = context.lower(piece.start - 2)
        score -= 2.5 * (listed and piece.written not in words("places"))
    if before in _PLACE_NOUNS or before == "of" and context.lower(piece.start - 2) in _OF_PLACES:
        score += 2.5
    if before == "in" and context.lower(piece.start - 2) in INVESTED:
        return score
    if before in _IN_PLACES:
        score += 2.4 if before != "to" else 1.0
    elif before in _SOME_PLACES:
        score += 1.0
    if context.text(piece.start - 1) == "," and known(context.text(piece.start - 2)) == LOCATION:
        score += 1.0
    if context.text(piece.end + 1) == "," and known(context.text(piece.end + 2)) == LOCATION and (
            before in _IN_PLACES | _SOME_PLACES):
        score += 2.0
    return score - 4.0 * piece.titled - 2.0 * (piece.heads and not listed)
