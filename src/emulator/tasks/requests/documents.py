"""The sentences of a context, each with the title of the document that it is from."""

from __future__ import annotations

import re
from dataclasses import dataclass

from src.emulator.tasks.passages.units import sentences
from src.emulator.tasks.passages.words import terms
from src.emulator.tasks.requests.synonyms import phrases

_HEADING = re.compile(r"^=+ *(.*?) *=+$")
_SOURCE = re.compile(r"^(?:source|url|link|title|page)[ \t]*:[ \t]*(.*)$", re.IGNORECASE)
_LONGEST_TITLE = 90
_MOST_SENTENCES = 1500
_LONGEST_PARAGRAPH = 4000
_BRACKETS = re.compile(r"\([^)]{0,80}\)")


@dataclass(frozen=True)
class Told:
    """A sentence: its text, the terms of its document's title, in it and of the heading above, its place, the title."""

    text: str
    title: frozenset[str]
    own: frozenset[str]
    heading: frozenset[str]
    place: int
    document: str = ""


def told(context: str) -> list[Told]:
    """The sentences of a context in their order; of a very long one the first 1,500."""
    found: list[Told] = []
    title = heading = frozenset()
    place, name = 0, ""
    lines = _unwrapped(context)
    for number, line in enumerate(lines):
        label = _SOURCE.match(line)
        above = _HEADING.match(line)
        if not line or label and not label.group(1)[:1].isupper():
            continue
        if above:
            heading = frozenset(terms(above.group(1)))
        elif label or _is_title(lines, number):
            name = _BRACKETS.sub("", label.group(1) if label else line).strip()
            title = frozenset(terms(name))
            heading, place = frozenset(), 0
        else:
            for sentence in sentences(line):
                own = frozenset(terms(sentence)) | {meaning for meaning, _, _ in phrases(sentence)}
                found.append(Told(sentence, title, own, heading, place, name))
                place += 1
        if len(found) >= _MOST_SENTENCES:
            break
    return found[:_MOST_SENTENCES]


def _unwrapped(context: str) -> list[str]:
    """The lines of a context; one that goes on with a small letter belongs to the line before."""
    lines: list[str] = []
    for line in (line.strip() for line in context.split("\n")):
        before = lines[-1][-1:] if lines else ""
        goes_on = line[:1].islower() and not _SOURCE.match(line) and before and before not in ".!?:;"
        if goes_on and len(lines[-1]) <= _LONGEST_PARAGRAPH:
            lines[-1] += f" {line}"
        else:
            lines.append(line)
    return lines


def _is_title(lines: list[str], number: int) -> bool:
    """Whether a line is a title: short, without a full stop, and with text below."""
    line = lines[number]
    first = number == 0 or not lines[number - 1]
    below = next((after for after in lines[number + 1:number + 3] if after), "")
    return first and len(line) <= _LONGEST_TITLE and line[-1] not in ".!?:;," and len(below) > len(line)
