"""People, organisations and places, decided together: a capitalised span has one label, the best founded."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from src.emulator.tasks.entities.context import Context
from src.emulator.tasks.entities.cutting import pieces_of
from src.emulator.tasks.entities.jobs import job_spans
from src.emulator.tasks.entities.labelling import labels_of
from src.emulator.tasks.entities.spans import LOCATION, ORGANISATION, PERSON, Piece, runs
from src.emulator.tasks.entities.tokens import Token, tokenise


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
        pieces.extend(pieces_of(run, context))
    labels = labels_of(pieces, context)
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
        if any(taken[first:last + 1]):
            continue
        while name and name.end <= start:
            name = next(names, None)
        if name is None or name.start >= end:
            free.append((start, end))
    return free
