"""Gives each candidate one label: by a list or a keyword, else by the most evidence, summed over all its mentions."""

from __future__ import annotations

from src.emulator.tasks.entities.context import Context, follows_company_noun
from src.emulator.tasks.entities.cutting import FUNCTION_WORDS
from src.emulator.tasks.entities.gazetteers import first_names, last_names, words
from src.emulator.tasks.entities.organisations import organisation_score
from src.emulator.tasks.entities.people import person_score
from src.emulator.tasks.entities.places import place_score
from src.emulator.tasks.entities.spans import LOCATION, ORGANISATION, PERSON, Piece, is_particle, is_plain, known
from src.emulator.tasks.entities.tokens import Token

# Scores under this are too weak to call a capitalised word a name.
_ENOUGH = 2.0
_SURNAMES_TOO = frozenset(
    "Wood Woods Hill Hills Green Field Fields Banks Church Mills Glass Post Price Power Row Close Moor Heath"
    " Lane Rivers Lake Castle Marsh Forest Garden Bay Towers Villa House Street Bridge Bridges Temple Park"
    " Parks Court Brooks Rhodes Fisher Singer Page Chambers Waters Flowers Wells Best Steel Books Stone Ford"
    " Band Guild Sharp Force Saints Energy Paper Jazz Heat Shop Design Brothers Marina Abbey Port Cove Holmes"
    " Homes".split())
_LOCATIVES = frozenset("in on at near along across to from of around through into outside down over past".split())
_LINKS = frozenset(("of", "for", "on", "de"))
# Legal forms that are written like acronyms of other things.
_NOT_SUFFIXES = frozenset(("SE", "SA", "AS", "SC"))
_FIRST_KEYWORDS = frozenset(
    "Universität Université Universidad Universidade Università Uniwersytet Ministère Ministerio Banco Banque"
    " Banca Instituto Institut Istituto Fundación Fundação Fondation Club Hotel Restaurant Café Société"
    " Sociedad Compagnie Compañía Asociación Associação Federación Partido Parti Deportivo Sporting Olympique"
    " Dynamo Spartak Bank University Museum Studio".split())
# Words that make a place of another place's name only: South Korea, but not South Bank.
_BEFORE_PLACES = frozenset(
    "North South East West Northern Southern Eastern Western Central Upper Lower Greater New Point Place Camp"
    " Villa Bad".split())
_STORMS = frozenset("Hurricane Storm Typhoon Cyclone Operation Project Tropical".split())


def labels_of(pieces: list[Piece], context: Context) -> list[str]:
    """A label for each piece; all pieces that are written alike share their evidence."""
    totals: dict[str, dict[str, float]] = {}
    decided: dict[str, str] = {}
    texts = [_written(piece, context) for piece in pieces]
    for piece, written in zip(pieces, texts, strict=True):
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
    labels = [decided[written] for written in texts]
    _label_parts_of_people(pieces, texts, labels)
    _label_lists(pieces, labels, context)
    return labels


def _scores(piece: Piece, context: Context) -> dict[str, float]:
    """How much speaks for each label of a piece that no list and no keyword has decided."""
    names = [token for token in context.tokens[piece.start:piece.end + 1]
             if token.text[0].isalnum() and not is_particle(token)]
    return {PERSON: person_score(piece, names, context), ORGANISATION: organisation_score(piece, names, context),
            LOCATION: place_score(piece, context)}


def _written(piece: Piece, context: Context) -> str:
    return " ".join(token.text for token in context.tokens[piece.start:piece.end + 1])


def _by_keyword(piece: Piece, context: Context) -> str:
    """The label that the words of a piece decide alone."""
    tokens = context.tokens[piece.start:piece.end + 1]
    written = _written(piece, context)
    if len(tokens) == 1:
        return _single_word(tokens[0], piece, written, context)
    label = known(written)
    if label and not piece.titled:
        return label
    last = tokens[-1].text
    if follows_company_noun(piece, context) or last in words("organisation_suffixes") and last not in _NOT_SUFFIXES:
        return ORGANISATION
    if _is_person_with_surname(tokens, piece, context):
        return PERSON
    if tokens[0].text in _STORMS or last in words("event_words") and last not in last_names():
        return "other"
    return _by_inner_keyword(tokens, piece)


def _by_inner_keyword(tokens: list[Token], piece: Piece) -> str:
    """The label that a word for an organisation or a place decides: before "of", at the end, or at the front."""
    linked = {token.text for token, after in zip(tokens, tokens[1:], strict=False) if after.text in _LINKS}
    if linked & words("organisation_words"):
        return ORGANISATION
    last, first = tokens[-1].text, tokens[0].text
    if last in words("place_words") or f"^{first}" in words("place_words"):
        label = _place_or_organisation(tokens, piece)
        if label:
            return label
    if linked and any(token.text == "of" for token in tokens):
        return LOCATION
    if piece.titled:
        return ""
    begins = first in _FIRST_KEYWORDS and last not in last_names()
    return ORGANISATION if last in words("organisation_words") or begins else ""


def _single_word(token: Token, piece: Piece, written: str, context: Context) -> str:
    if token.text in words("nationalities") or known(written) == "other":
        return "other"
    if token.text in words("organisation_words") | words("place_words") and is_plain(token):
        return "other" if known(written) != ORGANISATION else ""
    if written.isupper() and known(written) == ORGANISATION:
        return ""
    if token.lower in FUNCTION_WORDS or (is_plain(token) and not known(written) and not _is_namelike(token)):
        return "other"
    return ""


def _is_namelike(token: Token) -> bool:
    return token.text in first_names() or token.text in last_names()


def _is_person_with_surname(tokens: list[Token], piece: Piece, context: Context) -> bool:
    """Whether the keyword at the end is a surname: "Charlotte Church", "Lois Lane", but not "in Victoria Park"."""
    if tokens[-1].text not in _SURNAMES_TOO or len(tokens) > 3 or any(is_particle(token) for token in tokens):
        return False
    if piece.titled:
        return True
    return tokens[0].text in first_names() and context.lower(piece.start - 1) not in _LOCATIVES | {"the"} and not known(
        tokens[0].text)


def _place_or_organisation(tokens: list[Token], piece: Piece) -> str:
    """A place, unless a word for organisations ends the name: "South Bank Theatre", "Lake County Hospital"."""
    last, first = tokens[-1].text, tokens[0].text
    if last in words("place_words"):
        return LOCATION if not piece.titled else ""
    if last in words("organisation_words"):
        return ORGANISATION
    if first in _BEFORE_PLACES:
        rest = " ".join(token.text for token in tokens[1:])
        return LOCATION if known(rest) == LOCATION else ""
    if piece.titled or (first in first_names() and last in last_names() and first not in ("San", "Santa", "São")):
        return ""
    return LOCATION


def _label_parts_of_people(pieces: list[Piece], texts: list[str], labels: list[str]) -> None:
    """A surname or first name alone is the person that the text has named in full, whatever else it may be."""
    parts = {part for written, label in zip(texts, labels, strict=True) if label == PERSON
             for part in written.split() if " " in written}
    # The same goes for "Corvane" after "Corvane Chemicals".
    parts |= {written.split()[0] for written, label in zip(texts, labels, strict=True)
              if label == ORGANISATION and " " in written and known(written.split()[0]) != LOCATION}
    for index, written in enumerate(texts):
        if " " not in written and written in parts and labels[index] != LOCATION:
            labels[index] = "part"


def _label_lists(pieces: list[Piece], labels: list[str], context: Context) -> None:
    """In "Zentrix, Aldermoor and Quillbrook" a name that nothing else decides is what its neighbour is."""
    for order in (range(1, len(pieces)), range(len(pieces) - 2, -1, -1)):
        step = order.step
        for index in order:
            neighbour = index - step
            if labels[index] or not labels[neighbour] or labels[neighbour] in ("other", "part"):
                continue
            first, second = sorted((index, neighbour))
            between = [context.lower(place) for place in range(pieces[first].end + 1, pieces[second].start)]
            if 0 < len(between) <= 2 and all(word in (",", "and", "or", "&", "/") for word in between):
                labels[index] = labels[neighbour]
