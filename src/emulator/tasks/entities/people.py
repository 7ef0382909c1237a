"""How much speaks for a person: first and last names, a title before, an age or an office behind."""

from __future__ import annotations

from src.emulator.tasks.entities.context import Context
from src.emulator.tasks.entities.spans import Piece
from src.emulator.tasks.entities.tokens import Token

SPOKEN = frozenset(
    "said says told added explained wrote argued insisted noted warned admitted recalled joked replied"
    " commented claimed tweeted stated confirmed denied declined agreed".split())
_PERSON_VERBS = frozenset(
    "born died married resigned retired scored smiled laughed wept lives lived grew studied graduated teaches"
    " taught sang plays played danced painted wrote thanked stepped thinks hopes believes felt remembers"
    " recalled woke drove ran swam who whose aged".split())
_AGE_END = frozenset((",", ".", ";", ")", "who", "from"))


def person_score(piece: Piece, names: list[Token], context: Context) -> float:
    """The evidence for a person, from the name's words without particles and from what is around it."""
    if not names:
        return -1.0
    score = _person_form(names, piece, context)
    score += 4.0 * piece.titled
    before, after = context.lower(piece.start - 1), context.lower(piece.end + 1)
    if before == "the":
        score -= 3.0
    elif before in ("a", "an"):
        score -= 1.5
    elif before in ("in", "near", "across"):
        score -= 1.0
    elif before in SPOKEN:
        score += 1.0
    if after in _PERSON_VERBS:
        score += 1.2
    elif after in SPOKEN:
        score += 0.7
    return score + _apposition_of_person(piece, context)


def _person_form(names: list[Token], piece: Piece, context: Context) -> float:
    score = 2.5 * names[0].word.like_first or 1.0 * names[0].word.like_last
    if len(names) > 1:
        score += 2.0 * names[-1].word.like_last or 1.0 * names[-1].word.like_first
        score += 1.5 * any(len(token.text.rstrip(".")) == 1 for token in names[:-1])
        score += 1.5 * (len(names) < piece.end - piece.start + 1 and "&" not in piece.written)
        if len(names) <= 4 and not any([token.word.plain for token in names]):
            score += 2.2 if any([token.word.namelike for token in names]) else 2.0
    for token in names:
        word = token.word
        if not word.namelike:
            score -= 1.5 * word.plain
            score -= 2.0 * (word.upper and len(token.text) > 1 and "." not in token.text)
        score -= 3.0 * word.numbered
    if len(names) > 4:
        score -= 1.0
    if "&" in piece.written:
        score -= 5.0
    return score


def _apposition_of_person(piece: Piece, context: Context) -> float:
    """Evidence from ", 34," and ", the mayor" and ", who" behind a name."""
    end = piece.end
    if context.text(end + 1) not in (",", "(", "–", "—"):
        return 0.0
    if context.text(end + 2).isdigit() and len(context.text(end + 2)) < 3 and context.lower(end + 3) in _AGE_END | {""}:
        return 3.0
    if context.lower(end + 2) in ("who", "whose"):
        return 2.0
    start = end + 2 + (context.lower(end + 2) in ("the", "a", "an", "its", "their", "his", "her", "our", "former"))
    if any(index in context.job_starts for index in range(end + 2, start + 3)):
        return 2.0
    return 0.0
