"""The words around a capitalised span."""

from __future__ import annotations

from functools import cache

from src.emulator.tasks.entities.gazetteers import words
from src.emulator.tasks.entities.spans import Piece
from src.emulator.tasks.entities.tokens import Token

COMPANY_NOUNS = frozenset(
    "company firm startup start-up maker giant group retailer bank charity airline brand agency manufacturer"
    " provider supplier chain developer publisher broadcaster operator rival consultancy insurer carmaker"
    " carrier producer lender cooperative co-operative nonprofit non-profit organisation organization"
    " foundation conglomerate distributor brewer drugmaker chipmaker business label studio builder contractor"
    " employer newspaper union club unicorn fintech think-tank network utility platform shipbuilder steelmaker"
    " wholesaler vendor exporter subsidiary institute".split())
INVESTED = frozenset("shares stake stock invested invest invests investing shareholders investors holding".split())
_NOT_COMPANY_NOUNS = frozenset("team force house government police post games watch power office front".split())


class Context:
    """The tokens of a text with the job titles in it, to look around a piece."""

    def __init__(self, tokens: list[Token], jobs: list[tuple[int, int]]):
        self.tokens = tokens
        self._length = len(tokens)
        self.job_starts = {start for start, _ in jobs}
        self.job_ends = {end for _, end in jobs}

    def lower(self, index: int) -> str:
        """The lower-case token at an index; empty outside the text."""
        return self.tokens[index].lower if 0 <= index < self._length else ""

    def text(self, index: int) -> str:
        """The token at an index; empty outside the text."""
        return self.tokens[index].text if 0 <= index < self._length else ""


def is_company_noun(word: str) -> bool:
    """Whether a lower-case word is a kind of organisation: "charity", "start-up", "bakery"."""
    return word in _company_nouns()


@cache
def _company_nouns() -> frozenset[str]:
    found = {word.lower() for word in words("organisation_words")} - _NOT_COMPANY_NOUNS
    return frozenset(found | COMPANY_NOUNS)


def follows_company_noun(piece: Piece, context: Context) -> bool:
    """Whether a name stands right behind a kind of organisation: "the charity Smile Bridge"."""
    before = piece.start - 1
    return before >= 0 and context.tokens[piece.start].near and before not in context.job_ends and is_company_noun(
        context.lower(before))
