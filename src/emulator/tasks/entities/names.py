"""People, organisations and places, decided together: a capitalised span has one label, the best founded."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass

from src.emulator.tasks.entities.context import Context
from src.emulator.tasks.entities.cutting import pieces_of
from src.emulator.tasks.entities.jobs import job_spans
from src.emulator.tasks.entities.known_names import LOCATION, ORGANISATION
from src.emulator.tasks.entities.labelling import PERSON, labels_of
from src.emulator.tasks.entities.spans import Piece, runs
from src.emulator.tasks.entities.tokens import Token, tokenise


Span = tuple[int, int]

_SPACE = re.compile(r"\s")


@dataclass(frozen=True)
class Named:
    """A labelled stretch of text: `label` is person, organisation or location."""

    label: str
    start: int
    end: int
    tokens: int


def find(text: str, taken_spans: list[Span]) -> tuple[list[Named], list[Span]]:
    """The names in a text and the places of its job titles, both in order.

    Args:
        text: the text.
        taken_spans: places of what contains no name: addresses, dates, amounts.
    """
    tokens = tokenise(text)
    jobs = job_spans(tokens)
    taken = _taken(tokens, taken_spans)
    named = _named(text, tokens, taken, jobs)
    return named, _free_jobs(tokens, jobs, taken, named)


def find_jobs(text: str, taken_spans: list[Span]) -> list[Span]:
    """As `find`, for the job titles alone: names are looked for only where one may contain a title."""
    tokens = tokenise(text)
    jobs = job_spans(tokens)
    taken = _taken(tokens, taken_spans)
    may_be_in_name = any(token.capital for start, end in jobs for token in tokens[start:end + 1])
    named = _named(text, tokens, taken, jobs) if may_be_in_name else []
    return _free_jobs(tokens, jobs, taken, named)


def _named(text: str, tokens: list[Token], taken: list[bool], jobs: list[Span]) -> list[Named]:
    context = Context(tokens, jobs)
    plain = _SPACE.sub(" ", text).replace("’", "'")
    nameless = _with_fields(taken, tokens, jobs)
    pieces = [piece for run in runs(plain, tokens, nameless) for piece in pieces_of(run, context)]
    labels = labels_of(pieces, context)
    return [Named(label, tokens[piece.start].start, tokens[piece.end].end, _parts(tokens, piece))
            for piece, label in zip(pieces, labels, strict=True) if label in (PERSON, ORGANISATION, LOCATION)]


def _taken(tokens: list[Token], spans: list[Span]) -> list[bool]:
    """For each token whether it lies in one of the spans, which may overlap."""
    flags = [False] * len(tokens)
    starts = [token.start for token in tokens]
    for start, end in spans:
        index = bisect_left(starts, start)
        while index < len(tokens) and starts[index] < end:
            flags[index] = True
            index += 1
    return flags


def _with_fields(taken: list[bool], tokens: list[Token], jobs: list[Span]) -> list[bool]:
    """As `taken`, with the fields of job titles: in "Minister of Foreign Affairs" the affairs are no organisation."""
    flags = list(taken)
    for first, last in jobs:
        links = [index for index in range(first, last) if tokens[index].text in ("of", "for", "in")]
        if links:
            flags[links[0] + 1:last + 1] = [True] * (last - links[0])
    return flags


def _parts(tokens: list[Token], piece: Piece) -> int:
    return sum(token.word.spoken for token in tokens[piece.start:piece.end + 1])


def _free_jobs(tokens, jobs, taken, named: list[Named]) -> list[Span]:
    """The job titles that are no part of a name, as places in the text."""
    free = []
    names = iter(named)
    name = next(names, None)
    for first, last in jobs:
        start, end = tokens[first].start, tokens[last].end
        if any(taken[first:last + 1]):
            continue
        while name and name.end <= start:
            name = next(names, None)
        if name is None or name.start >= end:
            free.append((start, end))
    return free
