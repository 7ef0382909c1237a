"""Evidence from the words around a name, for each of the three things that it can name."""

from __future__ import annotations

from src.emulator.tasks.entities.gazetteers import first_names, last_names, words
from src.emulator.tasks.entities.spans import Piece, is_particle, is_plain, known
from src.emulator.tasks.entities.tokens import Token

PERSON, ORGANISATION, LOCATION = "person", "organisation", "location"

_SPOKEN = frozenset(
    "said says told added explained wrote argued insisted noted warned admitted recalled joked replied commented claimed"
    " tweeted stated confirmed denied declined agreed".split())
_PERSON_VERBS = frozenset(
    "born died married resigned retired scored smiled laughed wept lives lived grew studied graduated teaches taught sang"
    " plays played danced painted wrote thanked stepped thinks hopes believes felt remembers recalled woke drove ran swam"
    " who whose aged".split())
_ORGANISATION_VERBS = frozenset(
    "announced announces unveiled launched launches acquired reported posted employs hired hires laid recruited plans"
    " released recalled shares shipped manufactures makes sells sold operates expects expanded merged fined raised issued"
    " published confirmed declined appointed agreed bought opened cut introduced invested filed sued donated ships runs"
    " owns developed develops offers provides closed reports hopes will is was has stock passed voted approved rejected meets met banned".split())
_ORGANISATION_POSSESSED = frozenset(
    "shares share chief ceo cfo cto board profits profit revenue revenues sales headquarters customers employees factory"
    " factories plant app website product products new latest staff management stock shareholders investors engineers"
    " workers users service services subsidiary annual quarterly software founder co-founder spokesperson spokeswoman"
    " spokesman branch offices office database servers network platform stores store chairman chairwoman owner owners"
    " finance marketing research legal warehouse".split())
_EMPLOYED = frozenset(
    "work works worked working join joins joined joining leave leaves left quit founder co-founder founded co-founded ceo"
    " cfo cto employees employee staff shares stake spokesperson spokesman spokeswoman subsidiary division unit bought buy"
    " acquire acquired acquires sued customers customer owner engineer engineers manager director analyst consultant"
    " chairman chairwoman president researcher lawyer developer designer hired executive intern technician accountant"
    " executives managers workers headquarters board merger deal contract partnership rival rivals supplier suppliers"
    " shareholders investors internship job career owns merged partner partnered partners agreement scientist lead"
    " head programmer secretary architect salesman sponsored founders takeover employed percent % cent".split())
_COMPANY_NOUNS = frozenset(
    "company firm startup start-up maker giant group retailer bank charity airline brand agency manufacturer provider"
    " supplier chain developer publisher broadcaster operator rival consultancy insurer carmaker carrier producer lender"
    " cooperative co-operative nonprofit non-profit organisation organization foundation conglomerate distributor"
    " brewer drugmaker chipmaker business label studio builder contractor employer newspaper union club unicorn fintech"
    " think-tank network utility platform shipbuilder steelmaker wholesaler vendor exporter subsidiary institute".split())
_NOT_COMPANY_NOUNS = frozenset("team force house government police post games watch power office front".split())
_DEFEATED = frozenset("beat defeated thrashed hammered edged outplayed".split())
_FUNDED = frozenset("raised funding investment received grant backing loan money sponsorship donation order won support"
                    " million billion €m $m bought".split())
_PLACE_NOUNS = frozenset(
    "city town village port suburb island region district state province resort capital county municipality hamlet township"
    " neighbourhood neighborhood archipelago peninsula republic kingdom".split())
_OF_PLACES = _PLACE_NOUNS | frozenset(
    "ruins outskirts streets coast people residents suburbs centre center north south east west edge shores banks mayor"
    " governor king queen president bishop map part parts hills areas inhabitants northwest northeast southwest southeast"
    " university skies waters beaches mountains valleys".split())
_INVESTED = frozenset("shares stake stock invested invest invests investing shareholders investors holding".split())
_IN_PLACES = frozenset("in near outside around across throughout via toward towards visited visiting inside north south"
                       " east west between downtown central northern southern eastern western coastal to".split())
_SOME_PLACES = frozenset("from at of through over reached left".split())
_AGE_END = frozenset((",", ".", ";", ")", "who", "from"))
_COINED = ("tech", "soft", "corp", "pharm", "pharma", "ware", "labs", "media", "works", "bank", "gen", "logic", "net",
           "sys", "tronics", "data", "cloud", "cast", "link", "base", "flix")

Scores = dict[str, float]


class Context:
    """The tokens of a text with the job titles in it, to look around a piece."""

    def __init__(self, tokens: list[Token], jobs: list[tuple[int, int]]):
        self.tokens = tokens
        self.job_starts = {start for start, _ in jobs}
        self.job_ends = {end for _, end in jobs}

    def lower(self, index: int) -> str:
        """The lower-case token at an index; empty outside the text."""
        return self.tokens[index].lower if 0 <= index < len(self.tokens) else ""

    def text(self, index: int) -> str:
        """The token at an index; empty outside the text."""
        return self.tokens[index].text if 0 <= index < len(self.tokens) else ""


def scores(piece: Piece, context: Context) -> Scores:
    """How much speaks for each label of a piece that no list and no keyword has decided."""
    names = [token for token in context.tokens[piece.start:piece.end + 1]
             if token.text[0].isalnum() and not is_particle(token)]
    return {PERSON: _person(piece, names, context), ORGANISATION: _organisation(piece, names, context),
            LOCATION: _location(piece, context, _phrase(piece, context))}


def _phrase(piece: Piece, context: Context) -> str:
    return " ".join(token.text for token in context.tokens[piece.start:piece.end + 1])


def _in_list(token: Token, names: frozenset[str]) -> bool:
    """Whether a word, or a part of a word with a hyphen, is on a list of names; names in capitals as well."""
    word = token.text.title() if token.text.isupper() and len(token.text) > 3 else token.text
    return word in names or any(part in names for part in word.split("-") if len(part) > 2)


def _person(piece: Piece, names: list[Token], context: Context) -> float:
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
    elif before in _SPOKEN:
        score += 1.0
    if after in _PERSON_VERBS:
        score += 1.2
    elif after in _SPOKEN:
        score += 0.7
    return score + _apposition_of_person(piece, context)


def _person_form(names: list[Token], piece: Piece, context: Context) -> float:
    first, last = first_names(), last_names()
    score = 2.5 * _in_list(names[0], first) or 1.0 * _in_list(names[0], last)
    if len(names) > 1:
        score += 2.0 * _in_list(names[-1], last) or 1.0 * _in_list(names[-1], first)
        score += 1.5 * any(len(token.text.rstrip(".")) == 1 for token in names[:-1])
        score += 1.5 * (len(names) < piece.end - piece.start + 1 and "&" not in _phrase(piece, context))
        score += 2.2 * (len(names) <= 4 and not any(is_plain(token) for token in names))
    for token in names:
        unlisted = not _in_list(token, first) and not _in_list(token, last)
        score -= 1.5 * (is_plain(token) and unlisted)
        score -= 2.0 * (token.text.isupper() and len(token.text) > 1 and unlisted and "." not in token.text)
        score -= 3.0 * any(character.isdigit() for character in token.text)
    if len(names) > 4:
        score -= 1.0
    if "&" in _phrase(piece, context):
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


def _organisation(piece: Piece, names: list[Token], context: Context) -> float:
    score = 3.0 * (piece.heads and known(_phrase(piece, context)) != LOCATION)
    score += _organisation_form(piece, names, context)
    score += _before_organisation(piece, context)
    after = context.lower(piece.end + 1)
    if context.tokens[piece.end].possessive:
        score += 2.0 if after in _ORGANISATION_POSSESSED else 0.0
    elif after in _ORGANISATION_VERBS:
        score += 1.5 if after not in ("is", "was", "has", "will", "hopes") else 0.7
    elif after in _SPOKEN:
        score += 1.2
    elif after in ("shares", "stock", "employees", "customers", "executives", "engineers", "workers", "staff", "branch"):
        score += 2.0
    return score + _apposition_of_organisation(piece, context)


def _organisation_form(piece: Piece, names: list[Token], context: Context) -> float:
    score = 4.0 * (known(_phrase(piece, context)) == ORGANISATION)
    if score and len(names) == 1 and names[0].first and is_plain(names[0]):
        score = 1.5
    word = names[0].text if names else ""
    if len(names) > 1:
        score += min(2.0, sum(1.0 for token in names if is_plain(token)))
        score += 1.5 * (context.lower(piece.start - 1) == "the")
    elif word.isupper() and 2 <= len(word) <= 6 and word.isalpha():
        score += 2.2 + (context.lower(piece.start - 1) == "the")
    elif names and not _in_list(names[0], first_names()) and not _in_list(names[0], last_names()):
        score += 1.4
    if any(_is_coined(token.text) for token in names):
        score += 2.2
    return score + 3.0 * ("&" in _phrase(piece, context))


def _is_coined(word: str) -> bool:
    """Whether a word looks made up for a company: "DataBridge", "Zentrasoft"; not "McKenna" or "DeVito"."""
    inner = any(character.isupper() for character in word[1:]) and not word.isupper() and word.isalnum()
    if inner and not word.startswith(("Mc", "Mac", "De", "Di", "Le", "La", "Van", "O", "Fitz")):
        return True
    return len(word) > 6 and word.lower().endswith(_COINED)


def _before_organisation(piece: Piece, context: Context) -> float:
    """Evidence from "works at", "shares of", "the software maker" and the like in front of a name."""
    start = piece.start - 1
    before = context.lower(start)
    if before == "the":
        start -= 1
        before = context.lower(start)
    if _is_company_noun(before):
        return 3.0
    if before == "based" or before in ("called", "named") and _is_company_noun(context.lower(start - 1)):
        return 3.5
    if before in _DEFEATED and known(_phrase(piece, context)) == LOCATION:
        return 4.0
    if before in ("of", "in", "at", "for", "by", "with", "from", "as", "between", "to", "against"):
        window = [context.lower(start - distance) for distance in (1, 2, 3)]
        near = window[0] in _EMPLOYED or (start - 1) in context.job_ends and before in ("at", "for", "of", "with", "from")
        if before == "in":
            return 2.8 if window[0] in _INVESTED else 0.0
        if near:
            return 2.2
        if before == "from" and any(word in _FUNDED or word[-1:] in "mn" and word[:1].isdigit() for word in window):
            return 1.8
        if any(word in _EMPLOYED for word in window[1:]) and before in ("at", "for", "by", "from", "with", "of"):
            return 1.6
        return {"at": 1.2, "for": 0.9, "by": 0.7, "with": 0.7, "from": 0.3}.get(before, 0.0)
    if before in ("joined", "joins", "left", "quit", "acquired", "acquire", "bought", "buy", "sued", "founded", "joining",
                  "leaving", "owns", "runs", "acquiring", "co-founded", "buying", "leads", "heads", "chairs", "sue"):
        return 1.9
    return 0.0


def _is_company_noun(word: str) -> bool:
    """Whether a lower-case word is a kind of organisation: "charity", "start-up", "bakery"."""
    return word in _COMPANY_NOUNS or word.title() in words("organisation_words") and word not in _NOT_COMPANY_NOUNS


def follows_company_noun(piece: Piece, context: Context) -> bool:
    """Whether a name stands right behind a kind of organisation: "the charity Smile Bridge"."""
    return piece.start > 0 and context.tokens[piece.start].near and _is_company_noun(context.lower(piece.start - 1))


def _apposition_of_organisation(piece: Piece, context: Context) -> float:
    if context.text(piece.end + 1) not in (",", "(", "–", "—"):
        return 0.0
    if context.lower(piece.end + 2) == "which":
        return 1.5
    if context.lower(piece.end + 2) in ("a", "an", "the", "its", "one", "based", "maker", "owner"):
        if any(context.lower(index) in _COMPANY_NOUNS for index in range(piece.end + 2, piece.end + 9)):
            return 2.5
    return 0.0


def _location(piece: Piece, context: Context, phrase: str) -> float:
    listed = known(phrase) == LOCATION
    score = 3.5 * listed
    before = context.lower(piece.start - 1)
    if before == "the":
        before = context.lower(piece.start - 2)
        score -= 2.5 * (listed and phrase not in words("places"))
    if before in _PLACE_NOUNS or before == "of" and context.lower(piece.start - 2) in _OF_PLACES:
        score += 2.5
    if before == "in" and context.lower(piece.start - 2) in _INVESTED:
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


__all__ = ["Context", "LOCATION", "ORGANISATION", "PERSON", "Scores", "scores", "words"]
