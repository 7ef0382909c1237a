"""People, organisations and places, decided together: a capitalised span has one label, the one with the most evidence."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from src.emulator.tasks.entities.evidence import (
    LOCATION, ORGANISATION, PERSON, Context, follows_company_noun, scores)
from src.emulator.tasks.entities.gazetteers import first_names, last_names, words
from src.emulator.tasks.entities.jobs import job_spans
from src.emulator.tasks.entities.spans import Piece, is_particle, is_plain, known, runs
from src.emulator.tasks.entities.tokens import Token, tokenise

# Scores under this are too weak to call a capitalised word a name.
_ENOUGH = 2.0
_FUNCTION_WORDS = frozenset(
    "a an the this that these those my your his her its our their i you he she it we they who whom whose which what when"
    " where why how there here if whether unless until while although though because since as so then than but and or nor"
    " yet for not no yes in on at by to from with without within into onto upon over under above below between among"
    " amid against across along around about after before behind beyond during near off out outside inside through toward"
    " towards up down via per like unlike despite both either neither each every all any some many much more most few"
    " several other another such only just even still already also too now today yesterday tomorrow later earlier recently"
    " finally meanwhile however is are was were has have had do does did will would can could may might must let please"
    " according including one two three four five six seven eight nine ten dear contact call email meet ask tell mr mrs"
    " dr last next speaking once nobody former when new".split())
_SURNAMES_TOO = frozenset(
    "Wood Woods Hill Hills Green Field Fields Banks Church Mills Glass Post Price Power Row Close Moor Heath Lane Rivers"
    " Lake Castle Marsh Forest Garden Bay Towers Villa House Street Bridge Bridges Temple Park Parks Court Brooks Rhodes"
    " Fisher Singer Page Chambers Waters Flowers Wells Best Steel Books Stone Ford Band Power Guild Sharp Force Saints"
    " Energy Paper Jazz Heat Shop Design Brothers Marina Abbey Port Cove Holmes Homes".split())
_LOCATIVES = frozenset("in on at near along across to from of around through into outside down over past".split())
_POST_NOMINALS = frozenset("QC KC MP MD PhD OBE MBE CBE MBA CPA RN Esq Esq. M.D. Ph.D. B.A. M.A. MSc BSc MEP TD".split())
_STORMS = frozenset("Hurricane Storm Typhoon Cyclone Operation Project Tropical".split())


@dataclass(frozen=True)
class Named:
    """A labelled stretch of text: `label` is person, organisation or location."""

    label: str
    start: int
    end: int
    tokens: int


def find(text: str, taken_spans: list[tuple[int, int]]) -> tuple[list[Named], list[tuple[int, int]]]:
    """The names in a text and the places of its job titles, both in order.

    Args:
        text: the text.
        taken_spans: places of what contains no name: addresses, dates, amounts.
    """
    plain = "".join(" " if character.isspace() else character for character in text)
    tokens = tokenise(text)
    taken = _taken(tokens, taken_spans)
    jobs = job_spans(tokens)
    nameless = _with_fields(taken, tokens, jobs)
    context = Context(tokens, jobs)
    pieces: list[Piece] = []
    for run in runs(plain, tokens, nameless):
        pieces.extend(_pieces(run, context))
    labels = _labels(pieces, context)
    named = [Named(label, tokens[piece.start].start, tokens[piece.end].end, _parts(tokens, piece))
             for piece, label in zip(pieces, labels, strict=True) if label in (PERSON, ORGANISATION, LOCATION)]
    return named, _free_jobs(tokens, jobs, taken, named)


def _taken(tokens: list[Token], spans: list[tuple[int, int]]) -> list[bool]:
    """For each token whether it lies in one of the spans, which may overlap."""
    flags = [False] * len(tokens)
    starts = [token.start for token in tokens]
    for start, end in spans:
        index = bisect_left(starts, start)
        while index < len(tokens) and starts[index] < end:
            flags[index] = True
            index += 1
    return flags


def _with_fields(taken: list[bool], tokens: list[Token], jobs: list[tuple[int, int]]) -> list[bool]:
    """As `taken`, with the fields of job titles: in "Minister of Foreign Affairs" the affairs are no organisation."""
    flags = list(taken)
    for first, last in jobs:
        links = [index for index in range(first, last) if tokens[index].text in ("of", "for")]
        if links:
            flags[links[0] + 1:last + 1] = [True] * (last - links[0])
    return flags


def _parts(tokens: list[Token], piece: Piece) -> int:
    return sum(token.text[0].isalnum() for token in tokens[piece.start:piece.end + 1])


def _free_jobs(tokens, jobs, taken, named: list[Named]) -> list[tuple[int, int]]:
    """The job titles that are no part of a name, as places in the text."""
    free = []
    names = iter(named)
    name = next(names, None)
    for first, last in jobs:
        start, end = tokens[first].start, tokens[last].end
        if taken[first]:
            continue
        while name and name.end <= start:
            name = next(names, None)
        if name is None or name.start >= end:
            free.append((start, end))
    return free


def _pieces(run: Piece, context: Context) -> list[Piece]:
    """The candidates in a run: without what goes before a name, cut at the job titles inside."""
    if run.label:
        return [run]
    start = _skip_lead(run, context)
    found: list[Piece] = []
    titled = start > run.start and _is_title(context.tokens[start - 1], context) or _follows_title(run, start, context)
    piece_start = start
    index = start
    while index <= run.end:
        job_end = _job_in_name(index, run, context)
        if job_end < 0:
            index += 1
            continue
        if index > piece_start:
            found.append(Piece(piece_start, index - 1, titled=titled, heads=True))
        index = piece_start = job_end + 1
        titled = True
    if piece_start <= run.end:
        found.append(Piece(piece_start, run.end, titled=titled, heads=_leads_to_person(run.end, context)))
    return [part for piece in found for part in _split_known(piece, context)]


def _split_known(piece: Piece, context: Context) -> list[Piece]:
    """Titles and nationalities are dropped from a piece's front again, as a job title may have come before them."""
    while piece.start < piece.end and _is_title(context.tokens[piece.start], context):
        piece.start, piece.titled = piece.start + 1, True
    while piece.end > piece.start and context.tokens[piece.end].text in _POST_NOMINALS:
        piece.end -= 1
    return [piece] if piece.start <= piece.end else []


def _is_title(token: Token, context: Context) -> bool:
    return token.text in words("titles") and token.text not in ("Don", "Sister") or token.text.rstrip("s") in ("Messr", "Drs")


def _follows_title(run: Piece, start: int, context: Context) -> bool:
    """Whether a lower-case job title or word of address stands right before: "chief executive Ana Ruiz"."""
    if start != run.start or not start:
        return False
    before = context.tokens[start - 1]
    return context.tokens[start].near and not before.possessive and (
        start - 1 in context.job_ends or before.lower in ("mr", "mrs", "ms", "dr", "née", "named"))


def _leads_to_person(end: int, context: Context) -> bool:
    """Whether a job title in lower case with a capitalised name follows, as in "Aldermoor spokeswoman Ana Ruiz"."""
    start = end + 1
    if start not in context.job_starts or context.tokens[end].possessive or not context.tokens[start].near:
        return False
    for index in range(start, min(start + 5, len(context.tokens))):
        if index in context.job_ends:
            return index + 1 < len(context.tokens) and (context.tokens[index + 1].capital or context.tokens[start].text.isupper())
    return False


def _skip_lead(run: Piece, context: Context) -> int:
    """The index after words that stand before a name by chance: a sentence's first word, a title, a nationality."""
    start = run.start
    while start <= run.end:
        token, rest = context.tokens[start], run.end - start
        if rest and _is_title(token, context) and not (token.text in first_names() and not token.first):
            start += 1
        elif _is_lead_word(token, rest, run, context):
            start += 1
        elif _is_nationality(token, rest, run, context):
            start += 1
        elif rest and f"{token.text} {context.tokens[start + 1].text}" in words("nationalities"):
            start += 2
        elif rest and token.lower in ("vice", "deputy", "acting", "former", "interim", "ex"):
            start += 1
        else:
            break
    return start


def _is_nationality(token: Token, rest: int, run: Piece, context: Context) -> bool:
    """Whether a nationality stands before a name: not in "British Steel Corporation", nor in "Roman Polanski"."""
    if token.text not in words("nationalities") or rest and _has_keyword(context.tokens, run.start, run.end):
        return False
    return not (rest == 1 and token.text in first_names())


def _is_lead_word(token: Token, rest: int, run: Piece, context: Context) -> bool:
    if token.text.isupper() and len(token.text) > 1 and known(token.text) == ORGANISATION:
        return False
    if token.lower == "the" or (token.first and token.lower in _FUNCTION_WORDS):
        return True
    if not token.first:
        return False
    ends_as_organisation = _has_keyword(context.tokens, run.start, run.end)
    if rest and (token.text in first_names() or ends_as_organisation) or known(token.text) == ORGANISATION:
        return False
    return is_plain(token) or (not rest and _looks_common(token))


def _looks_common(token: Token) -> bool:
    """Whether an unknown word at the start of a sentence has the form of an ordinary one: a plural, a participle."""
    if known(token.text) or token.text in first_names() or token.text in last_names() or token.possessive:
        return False
    return token.lower.endswith(("ers", "ists", "ants", "ents", "ians", "ing", "ly", "tion", "tions", "ness", "ment",
                                 "ments", "ities", "ors", "ical", "ous", "able", "ible", "ful", "ism"))


def _has_keyword(tokens: list[Token], start: int, end: int) -> bool:
    return any(token.text in words("organisation_words") or token.text in words("organisation_suffixes")
               for token in tokens[start:end + 1])


def _job_in_name(index: int, run: Piece, context: Context) -> int:
    """The last index of a capitalised job title that starts here inside a run and cuts it; -1 where none does."""
    if index not in context.job_starts:
        return -1
    end = index
    while end not in context.job_ends:
        end += 1
    token = context.tokens[end]
    if end == run.end and index > run.start and token.text in last_names() and not token.text.isupper():
        return -1
    if index == end and token.text in first_names() and end < run.end and not token.first:
        return -1
    return end


def _labels(pieces: list[Piece], context: Context) -> list[str]:
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
        for name, score in scores(piece, context).items():
            total[name] = max(total.get(name, -9.0), 0.0) + score if name in total else score
    for written, total in totals.items():
        if written not in decided:
            best = max(total, key=total.get)
            decided[written] = best if total[best] >= _ENOUGH else ""
    labels = [decided[written] for written in texts]
    _label_parts_of_people(pieces, texts, labels)
    _label_lists(pieces, labels, context)
    return labels


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
    if follows_company_noun(piece, context):
        return ORGANISATION
    last = tokens[-1].text
    if last in words("organisation_suffixes") and last not in ("SE", "SA", "AS", "SC"):
        return ORGANISATION
    if _is_person_with_surname(tokens, piece, context):
        return PERSON
    if tokens[0].text in _STORMS or last in words("event_words") and last not in last_names():
        return "other"
    heads = {token.text for token, after in zip(tokens, tokens[1:], strict=False) if after.text in ("of", "for", "on", "de")}
    if heads & words("organisation_words"):
        return ORGANISATION
    if last in words("place_words") or "^" + tokens[0].text in words("place_words"):
        label = _place_or_organisation(tokens, piece)
        if label:
            return label
    if heads and "of" in (token.text for token in tokens):
        return LOCATION
    if (last in words("organisation_words") or tokens[0].text in words("organisation_words") and tokens[0].text[0] in "UIBCFSKMV"
            and not tokens[0].text in first_names() and last not in last_names()) and not piece.titled:
        return ORGANISATION
    return ""


def _single_word(token: Token, piece: Piece, written: str, context: Context) -> str:
    if token.text in words("nationalities") or known(written) == "other":
        return "other"
    if token.text in words("organisation_words") | words("place_words") and is_plain(token):
        return "other" if known(written) != ORGANISATION else ""
    if written.isupper() and known(written) == ORGANISATION:
        return ""
    if token.lower in _FUNCTION_WORDS or (is_plain(token) and not known(written) and not _is_namelike(token)):
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
    if first in ("North", "South", "East", "West", "Northern", "Southern", "Eastern", "Western", "Central", "Upper", "Lower",
                 "Greater", "New", "Point", "Place", "Camp", "Villa", "Bad"):
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
