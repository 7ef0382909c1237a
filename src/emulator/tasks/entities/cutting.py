"""Cuts a capitalised run into candidates for names: without chance words before them, at job titles inside."""

from __future__ import annotations

from src.emulator.tasks.entities.context import Context
from src.emulator.tasks.entities.gazetteers import words
from src.emulator.tasks.entities.known_names import ORGANISATION
from src.emulator.tasks.entities.spans import Piece
from src.emulator.tasks.entities.tokens import Token

FUNCTION_WORDS = frozenset(
    "a an the this that these those my your his her its our their i you he she it we they who whom whose which"
    " what when where why how there here if whether unless until while although though because since as so"
    " then than but and or nor yet for not no yes in on at by to from with without within into onto upon over"
    " under above below between among amid against across along around about after before behind beyond during"
    " near off out outside inside through toward towards up down via per like unlike despite both either"
    " neither each every all any some many much more most few several other another such only just even still"
    " already also too now today yesterday tomorrow later earlier recently finally meanwhile however is are"
    " was were has have had do does did will would can could may might must let please according including one"
    " two three four five six seven eight nine ten dear contact call email meet ask tell mr mrs dr last next"
    " speaking once nobody former new".split())
_POST_NOMINALS = frozenset(
    "QC KC MP MD PhD OBE MBE CBE MBA CPA RN Esq Esq. M.D. Ph.D. B.A. M.A. MSc BSc MEP TD".split())
# Titles that are first names as well.
_NOT_ADDRESS = frozenset(("Don", "Sister"))


def pieces_of(run: Piece, context: Context) -> list[Piece]:
    """The candidates in a run: without what goes before a name, cut at the job titles inside."""
    if run.label:
        return [run]
    start = _skip_lead(run, context)
    found: list[Piece] = []
    titled = start > run.start and _is_title(context.tokens[start - 1]) or _follows_title(run, start, context)
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
    while piece.start < piece.end and _is_title(context.tokens[piece.start]):
        piece.start, piece.titled = piece.start + 1, True
    while piece.end > piece.start and context.tokens[piece.end].text in _POST_NOMINALS:
        piece.end -= 1
    return [piece] if piece.start <= piece.end else []


def _is_title(token: Token) -> bool:
    return token.word.title and token.text not in _NOT_ADDRESS


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
            return index + 1 < len(context.tokens) and (
                context.tokens[index + 1].capital or context.tokens[start].text.isupper())
    return False


def _skip_lead(run: Piece, context: Context) -> int:
    """The index after words that stand before a name by chance: a sentence's first word, a title, a nationality."""
    start = run.start
    while start <= run.end:
        token, rest = context.tokens[start], run.end - start
        if start in context.job_starts and start not in context.job_ends:
            break
        if rest and _is_title(token) and not (token.word.first_name and not token.first):
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
    if not token.word.nationality or rest and _has_keyword(context.tokens, run.start, run.end):
        return False
    if rest and _is_brand_word(run.end - rest + 1, context):
        return False
    return not (rest == 1 and token.word.first_name)


def _is_brand_word(index: int, context: Context) -> bool:
    """Whether an ordinary word has a capital as a part of a name, as in "Nordic Wind", and isn't a job title."""
    return context.tokens[index].word.plain and index not in context.job_starts


def _is_lead_word(token: Token, rest: int, run: Piece, context: Context) -> bool:
    if token.word.upper and len(token.text) > 1 and token.word.known == ORGANISATION:
        return False
    if token.lower == "the" or (token.first and token.lower in FUNCTION_WORDS):
        return True
    if not token.first:
        return False
    ends_as_organisation = _has_keyword(context.tokens, run.start, run.end)
    if rest and (token.word.first_name or ends_as_organisation) or token.word.known == ORGANISATION:
        return False
    return token.word.plain or (not rest and _looks_common(token))


def _looks_common(token: Token) -> bool:
    """Whether an unknown word at the start of a sentence has the form of an ordinary one: a plural, a participle."""
    if token.word.known or token.word.first_name or token.word.last_name or token.possessive:
        return False
    return token.lower.endswith(("ers", "ists", "ants", "ents", "ians", "ing", "ly", "tion", "tions", "ness", "ment",
                                 "ments", "ities", "ors", "ical", "ous", "able", "ible", "ful", "ism"))


def _has_keyword(tokens: list[Token], start: int, end: int) -> bool:
    return any([token.word.organisation_word or token.word.suffix for token in tokens[start:end + 1]])


def _job_in_name(index: int, run: Piece, context: Context) -> int:
    """The last index of a capitalised job title that starts here inside a run and cuts it; -1 where none does."""
    if index not in context.job_starts:
        return -1
    end = index
    while end not in context.job_ends:
        end += 1
    token = context.tokens[end]
    if end == run.end and index > run.start and token.word.last_name and not token.word.upper:
        return -1
    if end == run.end and index > run.start and token.word.organisation_word and not (
            context.tokens[index].word.modifier and index < end):
        return -1
    if _names_members(index, run, context):
        return -1
    if index == end and token.word.first_name and end < run.end and not token.first:
        return -1
    return end


def _names_members(index: int, run: Piece, context: Context) -> bool:
    """Whether a plural title ends the name of its holders' organisation: "Association of Head Teachers"."""
    tokens = context.tokens
    links = [place for place in range(run.start + 1, index) if tokens[place].lower in ("of", "for")]
    return bool(links) and tokens[links[0] - 1].word.organisation_word and tokens[run.end].lower.endswith("s")
