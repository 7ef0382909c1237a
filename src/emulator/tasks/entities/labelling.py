"""Gives each candidate one label: by a list or a keyword, else by the most evidence, summed over all its mentions."""

from __future__ import annotations

from functools import cache

from src.emulator.tasks.entities.context import Context, follows_company_noun
from src.emulator.tasks.entities.cutting import FUNCTION_WORDS
from src.emulator.tasks.entities.gazetteers import words
from src.emulator.tasks.entities.known_names import LOCATION, ORGANISATION, OTHER, known
from src.emulator.tasks.entities.organisations import organisation_score
from src.emulator.tasks.entities.people import person_score
from src.emulator.tasks.entities.places import place_score
from src.emulator.tasks.entities.spans import Piece
from src.emulator.tasks.entities.tokens import Token

PERSON = "person"
# Scores under this are too weak to call a capitalised word a name.
_ENOUGH = 2.0
_SURNAMES_TOO = frozenset(
    "Wood Woods Hill Hills Green Field Fields Banks Church Mills Glass Post Price Power Row Close Moor Heath"
    " Lane Rivers Lake Castle Marsh Forest Garden Bay Towers Villa House Street Bridge Bridges Temple Park"
    " Parks Court Brooks Rhodes Fisher Singer Page Chambers Waters Flowers Wells Best Steel Books Stone Ford"
    " Band Guild Sharp Force Saints Energy Paper Jazz Heat Shop Design Brothers Marina Abbey Port Cove Holmes"
    " Homes".split())
_NO_PERSON_AFTER = frozenset(
    "the in on at near along across to from of around through into outside down over past".split())
_LINKS = frozenset(("of", "for", "on", "de"))
# Legal forms that are written like acronyms of other things.
_NOT_SUFFIXES = frozenset(("SE", "SA", "AS", "SC"))
_FIRST_KEYWORDS = frozenset(
    "Universität Université Universidad Universidade Università Uniwersytet Ministère Ministerio Banco Banque"
    " Banca Instituto Institut Istituto Fundación Fundação Fondation Club Hotel Restaurant Café Société"
    " Sociedad Compagnie Compañía Asociación Associação Federación Partido Parti Deportivo Sporting Olympique"
    " Dynamo Spartak Deutsche Deutscher Deutsches Svenska Svensk Norsk Norges Dansk Grupo Groupe Gruppo Casa Editorial"
    " Editora Maison Cirque Caffè Ristorante Osteria Trattoria Pizzeria Brasserie Atlético Atletico Racing"
    " Teatro Théâtre Orchestre Orquesta Festival Hochschule Technische École Escuela Scuola Bank"
    " University Museum Studio".split())
# Words that make a place of another place's name only: South Korea, but not South Bank.
_BEFORE_PLACES = frozenset(
    "North South East West Northern Southern Eastern Western Central Upper Lower Greater New Point Place Camp"
    " Villa Bad".split())
_STORMS = frozenset("Hurricane Storm Typhoon Cyclone Operation Project Tropical".split())


def labels_of(pieces: list[Piece], context: Context) -> list[str]:
    """A label for each piece; all pieces that are written alike share their evidence."""
    totals: dict[str, dict[str, float]] = {}
    decided: dict[str, str] = {}
    for piece in pieces:
        piece.read(context.tokens)
        written = piece.written
        label = piece.label or _by_keyword(piece, context)
        if label:
            decided.setdefault(written, label)
            continue
        total = totals.setdefault(written, {})
        for name, score in _scores(piece, context).items():
            total[name] = max(total.get(name, -9.0), 0.0) + score if name in total else score
    for written, total in totals.items():
        if written not in decided:
            best = max(total, key=total.get)
            decided[written] = best if total[best] >= _ENOUGH else ""
    labels = [decided[piece.written] for piece in pieces]
    _label_parts(pieces, labels)
    _label_lists(pieces, labels, context)
    return labels


def _scores(piece: Piece, context: Context) -> dict[str, float]:
    """How much speaks for each label of a piece that no list and no keyword has decided."""
    names = [token for token in context.tokens[piece.start:piece.end + 1]
             if token.word.spoken and not token.word.particle]
    return {PERSON: person_score(piece, names, context), ORGANISATION: organisation_score(piece, names, context),
            LOCATION: place_score(piece, context)}


def _by_keyword(piece: Piece, context: Context) -> str:
    """The label that the words of a piece decide alone."""
    tokens = context.tokens[piece.start:piece.end + 1]
    if len(tokens) == 1:
        return _single_word(tokens[0])
    if piece.known and not piece.titled:
        return piece.known
    if tokens[0].word.known == ORGANISATION and tokens[-1].word.known == LOCATION:
        return ORGANISATION
    last = tokens[-1].text
    if follows_company_noun(piece, context) or tokens[-1].word.suffix and last not in _NOT_SUFFIXES:
        return ORGANISATION
    if _is_person_with_surname(tokens, piece, context):
        return PERSON
    if tokens[0].text in _STORMS or last in words("event_words") and not tokens[-1].word.last_name:
        return OTHER
    return _by_inner_keyword(tokens, piece)


def _by_inner_keyword(tokens: list[Token], piece: Piece) -> str:
    """The label that a word for an organisation or a place decides: before "of", at the end, or at the front."""
    linked = [token for token, after in zip(tokens, tokens[1:], strict=False) if after.text in _LINKS]
    if any(token.word.organisation_word for token in linked):
        return ORGANISATION
    first = tokens[0].text
    begins = first in _FIRST_KEYWORDS and not tokens[-1].word.last_name
    if not begins and (tokens[-1].word.place_word or first in _first_place_words()):
        label = _place_or_organisation(tokens, piece)
        if label:
            return label
    if linked and any(token.text == "of" for token in tokens):
        return LOCATION
    if piece.titled:
        return ""
    return ORGANISATION if tokens[-1].word.organisation_word or begins else ""


def _single_word(token: Token) -> str:
    word = token.word
    if word.nationality or word.known == OTHER:
        return OTHER
    if (word.organisation_word or word.place_word) and word.plain:
        return OTHER if word.known != ORGANISATION else ""
    if word.upper and word.known == ORGANISATION:
        return ""
    namelike = word.known or word.first_name or word.last_name
    return OTHER if word.lower in FUNCTION_WORDS or word.plain and not namelike else ""


@cache
def _first_place_words() -> frozenset[str]:
    """Words that make a place of what follows: "Lake", "Port of"."""
    return frozenset(word[1:] for word in words("place_words") if word.startswith("^"))


def _is_person_with_surname(tokens: list[Token], piece: Piece, context: Context) -> bool:
    """Whether the keyword at the end is a surname: "Charlotte Church", "Lois Lane", but not "in Victoria Park"."""
    if tokens[-1].text not in _SURNAMES_TOO or len(tokens) > 3 or any(token.word.particle for token in tokens):
        return False
    if piece.titled:
        return True
    word = tokens[0].word
    return word.first_name and not word.known and context.lower(piece.start - 1) not in _NO_PERSON_AFTER


def _place_or_organisation(tokens: list[Token], piece: Piece) -> str:
    """A place, unless a word for organisations ends the name: "South Bank Theatre", "Lake County Hospital"."""
    first, last = tokens[0], tokens[-1].word
    if last.place_word:
        return LOCATION if not piece.titled else ""
    if last.organisation_word:
        return ORGANISATION
    if first.text in _BEFORE_PLACES:
        rest = " ".join(token.text for token in tokens[1:])
        return LOCATION if known(rest) == LOCATION else ""
    if piece.titled or (first.word.first_name and last.last_name and first.text not in ("San", "Santa", "São")):
        return ""
    return LOCATION


def _label_parts(pieces: list[Piece], labels: list[str]) -> None:
    """A word alone is a part of the name that the text has given in full: "Ruiz", "Corvane" of "Corvane Chemicals"."""
    parts = set()
    for piece, label in zip(pieces, labels, strict=True):
        if label == PERSON and " " in piece.written:
            parts.update(piece.written.split())
        elif label == ORGANISATION and " " in piece.written:
            first = piece.written.partition(" ")[0]
            if known(first) != LOCATION:
                parts.add(first)
    if parts:
        for index, piece in enumerate(pieces):
            if piece.written in parts and labels[index] != LOCATION:
                labels[index] = "part"


def _label_lists(pieces: list[Piece], labels: list[str], context: Context) -> None:
    """In "Zentrix, Aldermoor and Quillbrook" a name that nothing else decides is what its neighbour is."""
    for order in (range(1, len(pieces)), range(len(pieces) - 2, -1, -1)):
        step = order.step
        for index in order:
            neighbour = index - step
            if labels[index] or not labels[neighbour] or labels[neighbour] in (OTHER, "part"):
                continue
            first, second = sorted((index, neighbour))
            between = [context.lower(place) for place in range(pieces[first].end + 1, pieces[second].start)]
            if 0 < len(between) <= 2 and all(word in (",", "and", "or", "&", "/") for word in between):
                labels[index] = labels[neighbour]
