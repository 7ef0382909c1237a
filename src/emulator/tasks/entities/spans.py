"""Capitalised spans: stretches of a text that may be names, cut where one name ends and the next begins."""

from __future__ import annotations

from dataclasses import dataclass

from src.emulator.tasks.entities.joining import run_end
from src.emulator.tasks.entities.known_names import LOCATION, ORGANISATION, known
from src.emulator.tasks.entities.tokens import Token


_BEFORE_MONTHS = frozenset("in of since until till by last next this during from early late mid".split())


@dataclass(slots=True)
class Piece:
    """A stretch of tokens that is a candidate for a name, from `start` to `end` inclusive, and what is known of it.

    Attributes:
        start: index of its first token.
        end: index of its last token.
        label: "organisation", "location", or "other" where a list or a keyword already decides, else "".
        titled: whether a word of address or a job title stands right before it, in the same capitalised run or not.
        heads: whether a job title with a name follows, as in "Contoso chief executive Ana Ruiz".
        written: its words with single blanks between them, once `read` has been called.
        known: what these words are known to name, likewise.
    """

    start: int
    end: int
    label: str = ""
    titled: bool = False
    heads: bool = False
    written: str = ""
    known: str = ""

    def read(self, tokens: list[Token]) -> None:
        """Fill in what is written."""
        if self.start == self.end:
            self.written, self.known = tokens[self.start].text, tokens[self.start].word.known
        else:
            self.written = " ".join([token.text for token in tokens[self.start:self.end + 1]])
            self.known = known(self.written)


def runs(text: str, tokens: list[Token], taken: list[bool]) -> list[Piece]:
    """The capitalised runs, those that are known as a whole with their label.

    Args:
        text: the text that was tokenised, with every white space a blank and every apostrophe straight.
        tokens: its tokens.
        taken: for each token whether it belongs to something that is no name, such as a date or an address.
    """
    found: list[Piece] = []
    passed = 0
    for index, token in enumerate(tokens):
        word = token.word
        if index < passed or not (token.capital or word.known) or taken[index]:
            continue
        if word.calendar and not _is_first_name(tokens, index):
            continue
        piece = _known_from(text, tokens, index) or Piece(index, run_end(tokens, taken, index))
        found.append(piece)
        passed = piece.end + 1
    return found


def _is_first_name(tokens: list[Token], index: int) -> bool:
    """Whether a month is somebody's first name: "Jan Kowalski" and "April Jones", but not "in April Jones ..."."""
    if not tokens[index].word.first_name or not _next_joins(tokens, index) or tokens[index + 1].word.known:
        return False
    return not index or tokens[index - 1].lower not in _BEFORE_MONTHS


def _known_from(text: str, tokens: list[Token], start: int) -> Piece | None:
    """The longest known name of several words that starts here, or one with a mark that no run would contain."""
    first = tokens[start]
    for length in first.word.name_lengths:
        stop = first.start + length
        label = known(text[first.start:stop])
        if not label:
            continue
        end = _ending_at(stop, tokens, start)
        if end == start and first.capital and stop == first.end and first.word.alphabetic:
            return None
        if end >= start and (end > start or not _next_joins(tokens, end)):
            if tokens[end].end < stop:
                # The "'s" of Sainsbury's is no possessive.
                tokens[end].end, tokens[end].possessive = stop, False
            return _completed(Piece(start, end, label), tokens)
    return None


def _ending_at(stop: int, tokens: list[Token], start: int) -> int:
    """The index of the token that ends at a place in the text, with its possessive ending or without; -1 for none."""
    for index in range(start, len(tokens)):
        end = tokens[index].end
        if end >= stop or tokens[index].possessive and end + 2 >= stop:
            return index if end == stop or tokens[index].possessive and end + 2 == stop else -1
    return -1


def _completed(piece: Piece, tokens: list[Token]) -> Piece | None:
    """A known name with its legal form; None where it is only a part of a longer name, which a run finds."""
    if piece.label == ORGANISATION:
        while _next_joins(tokens, piece.end) and (
                tokens[piece.end + 1].word.suffix or tokens[piece.end + 1].word.organisation_word):
            piece.end += 1
        if tokens[piece.end].word.organisation_word and _links(tokens, piece.end + 1):
            return None
    elif piece.label == LOCATION and _next_joins(tokens, piece.end):
        following = tokens[piece.end + 1].word
        if following.organisation_word or following.place_word:
            return None
    return piece


def _next_joins(tokens: list[Token], end: int) -> bool:
    following = tokens[end + 1] if end + 1 < len(tokens) else None
    return bool(following and following.capital and following.near and not tokens[end].possessive
                and not following.word.calendar)


def _links(tokens: list[Token], index: int) -> bool:
    """Whether "of" or "for" and a name follow, as in "Max Planck Institute for Physics"."""
    return index + 1 < len(tokens) and tokens[index].text in ("of", "for") and tokens[index + 1].capital
