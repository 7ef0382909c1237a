"""How much speaks for an organisation: who works there, what it announces, the kind of company it is said to be."""

from __future__ import annotations

from functools import lru_cache

from src.emulator.tasks.entities.context import COMPANY_NOUNS, INVESTED, Context, is_company_noun
from src.emulator.tasks.entities.gazetteers import words
from src.emulator.tasks.entities.known_names import LOCATION, ORGANISATION
from src.emulator.tasks.entities.people import SPOKEN
from src.emulator.tasks.entities.spans import Piece
from src.emulator.tasks.entities.tokens import Token

_ORGANISATION_POSSESSED = frozenset(
    "shares share chief ceo cfo cto board profits profit revenue revenues sales headquarters customers"
    " employees factory factories plant app website product products new latest staff management stock"
    " shareholders investors engineers workers users service services subsidiary annual quarterly software"
    " founder co-founder spokesperson spokeswoman spokesman branch offices office database servers network"
    " platform stores store chairman chairwoman owner owners finance marketing research legal warehouse".split())
_EMPLOYED = frozenset(
    "work works worked working join joins joined joining leave leaves left quit founder co-founder founded"
    " co-founded ceo cfo cto employees employee staff shares stake spokesperson spokesman spokeswoman"
    " subsidiary division unit bought buy acquire acquired acquires sued customers customer owner engineer"
    " engineers manager director analyst consultant chairman chairwoman president researcher lawyer developer"
    " designer hired executive intern technician accountant executives managers workers headquarters board"
    " merger deal contract partnership rival rivals supplier suppliers shareholders investors internship job"
    " career owns merged partner partnered partners agreement scientist lead head programmer secretary"
    " architect salesman sponsored founders takeover employed percent % cent".split())
_FUNDED = frozenset(
    "raised funding investment received grant backing loan money sponsorship donation order won support"
    " million billion €m $m bought".split())
# What people do as often.
_EITHER_VERBS = frozenset(
    "is was has will hopes joined quit won lost faced faces drew beat defeated thrashed apologised apologized ran runs"
    " signed sued managed manages served serves hosts hosted met meets voted trains trained borrowed"
    " owed owes flew flies teamed bought sold opened closed bakes handled charged".split())
_ADVERBS = frozenset("also later now already recently then still never once soon has".split())
_PLAYERS = frozenset(
    "striker goalkeeper midfielder winger forward defender captain coach manager fly-half scrum-half full-back skipper"
    " quarterback boss pitcher batsman bowler".split())
_DEFEATED = frozenset("joined rejoined beat defeated thrashed hammered edged outplayed".split())
_OWN_NOUNS = frozenset("shares stock employees customers executives engineers workers staff branch".split())
_PREPOSITIONS = {"at": 1.2, "for": 0.9, "by": 0.7, "with": 0.7, "from": 0.3, "of": 0.0, "in": 0.0, "as": 0.0,
                 "between": 0.0, "to": 0.0, "against": 0.0}
_WORK_PREPOSITIONS = frozenset(("at", "for", "by", "from", "with", "of"))
_THIRD_PERSON = ("ed", "es", "ts", "ns", "ls", "rs", "ys", "ks")
_NO_NAME_AFTER = frozenset(
    "in near through across around into toward towards over called named nicknamed".split())
_MOTION = frozenset(
    "moved moves move went goes go going travelled traveled travels flew flies drove drives returned returns came comes"
    " fled sailed walked walks cycled trip trips flight flights way road train trains route journey tour miles km born"
    " emigrated journeyed headed heading marched led bus ferry".split())
_OBJECT_VERBS = frozenset(
    "joined joins left quit acquired acquire bought buy sued founded joining leaving owns runs acquiring"
    " co-founded buying sold leads heads chairs sue fined hired dumped paid audited runs managed manages sponsors"
    " sponsored funded funds backs backed rescued criticised criticized accused praised thanked contacted told"
    " asked use uses using chose choose picked advises advised advise engaged".split())
_COINED = ("tech", "soft", "corp", "pharm", "pharma", "ware", "labs", "media", "works", "bank", "gen", "logic", "net",
           "sys", "tronics", "data", "cloud", "cast", "link", "base", "flix")


def organisation_score(piece: Piece, names: list[Token], context: Context) -> float:
    """The evidence for an organisation, from the name's words and from what is around it."""
    score = 3.0 * (piece.heads and piece.known != LOCATION)
    score += 4.5 * (piece.known == LOCATION and piece.heads and context.lower(piece.end + 1) in _PLAYERS)
    score += _organisation_form(piece, names, context)
    score += _before_organisation(piece, context)
    place = piece.end + 1
    after = context.lower(place)
    if after in _ADVERBS and context.lower(place + 1) in words("organisation_verbs"):
        after = context.lower(place + 1)
    if context.tokens[piece.end].possessive:
        score += 2.0 if after in _ORGANISATION_POSSESSED else 1.2 * (place in context.job_starts)
    elif after in words("organisation_verbs"):
        score += 1.5 if after not in _EITHER_VERBS else 0.7
    elif after in SPOKEN:
        score += 1.2
    elif after in _OWN_NOUNS:
        score += 2.0
    return score + _apposition_of_organisation(piece, context)


def _organisation_form(piece: Piece, names: list[Token], context: Context) -> float:
    score = 4.0 * (piece.known == ORGANISATION)
    if score and len(names) == 1 and names[0].first and names[0].word.plain:
        score = 1.5
    word = names[0].text if names else ""
    if len(names) > 1:
        unlisted = all(_is_unlisted(token) for token in names)
        score += (1.2 + 0.3 * names[-1].word.upper) * unlisted + 1.0 * (unlisted and _is_plural(names[-1].lower))
        score += min(2.0, sum(1.0 for token in names if token.word.plain))
        score += 1.5 * (context.lower(piece.start - 1) == "the")
    elif word.isupper() and 2 <= len(word) <= 6 and word.isalpha():
        score += 2.2 + (context.lower(piece.start - 1) == "the")
    elif names and _is_unlisted(names[0]):
        score += 1.4 + 0.7 * _stands_as_name(piece, names[0], context)
    if any([_is_coined(token.text) for token in names]):
        score += 2.2
    return score + 3.0 * ("&" in piece.written)


def _is_plural(word: str) -> bool:
    """Whether a word has the form of an English plural, as a club's or band's name often has and a surname seldom."""
    return word.endswith("s") and not word.endswith(("as", "is", "os", "us", "ss", "ys"))


def _is_unlisted(token: Token) -> bool:
    """Whether a word is neither a first or last name nor a place."""
    return not token.word.namelike and token.word.known != LOCATION


def _stands_as_name(piece: Piece, name: Token, context: Context) -> bool:
    """Whether an unknown word has a capital because it is a name: it starts no sentence, or a verb follows."""
    if name.first:
        after = context.lower(piece.end + 1)
        return not name.lower.endswith("s") and after.endswith(_THIRD_PERSON)
    before = context.lower(piece.start - 1)
    if before in ("from", "to"):
        return not any([context.lower(piece.start - back) in _MOTION for back in (2, 3, 4, 5)])
    return before not in _NO_NAME_AFTER


@lru_cache(maxsize=4096)
def _is_coined(word: str) -> bool:
    """Whether a word looks made up for a company: "DataBridge", "Zentrasoft"; not "McKenna" or "DeVito"."""
    inner = any(character.isupper() for character in word[1:]) and not word.isupper() and word.isalnum()
    if inner and not word.startswith(("Mc", "Mac", "De", "Di", "Le", "La", "Van", "O", "Fitz")):
        return True
    return len(word) > 6 and word.lower().endswith(_COINED)


def _before_organisation(piece: Piece, context: Context) -> float:
    """Evidence from "works at", "shares of", "the software maker" and the like in front of a name."""
    start = piece.start - 1
    if context.lower(start) == "the":
        start -= 1
    before = context.lower(start)
    if is_company_noun(before) and start not in context.job_ends:
        return 3.0
    if before == "based" or before in ("called", "named") and is_company_noun(context.lower(start - 1)):
        return 3.5
    if before in _DEFEATED and piece.known == LOCATION:
        return 4.0
    if before in _PREPOSITIONS:
        return _behind_preposition(before, start, context)
    return 2.6 if before in _OBJECT_VERBS else 0.0


def _behind_preposition(preposition: str, index: int, context: Context) -> float:
    """Evidence from a preposition at an index and the three words before it."""
    window = [context.lower(index - distance) for distance in (1, 2, 3)]
    if preposition == "in":
        return 2.8 if window[0] in INVESTED else 0.0
    at_work = index - 1 in context.job_ends and preposition in ("at", "for", "of", "with", "from")
    if window[0] in _EMPLOYED or at_work:
        return 2.2
    if preposition == "from" and any(word in _FUNDED or word[-1:] in "mn" and word[:1].isdigit() for word in window):
        return 1.8
    if preposition in _WORK_PREPOSITIONS and any(word in _EMPLOYED for word in window[1:]):
        return 1.6
    return _PREPOSITIONS[preposition]


def _apposition_of_organisation(piece: Piece, context: Context) -> float:
    if context.text(piece.end + 1) not in (",", "(", "–", "—"):
        return 0.0
    if context.lower(piece.end + 2) == "which":
        return 1.5
    if context.lower(piece.end + 2) in ("a", "an", "the", "its", "one", "based", "maker", "owner"):
        if any(context.lower(index) in COMPANY_NOUNS for index in range(piece.end + 2, piece.end + 9)):
            return 2.5
    return 0.0
