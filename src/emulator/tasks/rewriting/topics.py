"""What a conversation is about: the noun phrases of its questions and answers, the likeliest first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from src.emulator.tasks.judges.claims import AUXILIARIES
from src.emulator.tasks.rewriting.phrases import Phrase, phrases

_CITATION = re.compile(r"\s*\[p{1,2}\. ?[\d, -]{1,20}\]")
_OWNER = re.compile(r"(?<!^)\b([A-Z][\w-]{0,40}(?: [A-Z][\w-]{0,40}){0,4})['’]s\b")
# What the emulator says of a row of a table: "Port Imre, Mayor: Rosa Dahl."
_ROW = re.compile(r"^(?P<key>[^:,]{1,60}), [^:.]{1,60}: (?P<value>[^:]{1,80})$")


@dataclass(frozen=True)
class Exchange:
    """A question that stands on its own, and its answer; empty where there is none."""

    question: str
    answer: str


def topics(exchanges: Sequence[Exchange]) -> list[Phrase]:
    """What was spoken of: the last exchange first, in it the question before the answer."""
    found: list[Phrase] = []
    for exchange in reversed(exchanges):
        found += _owners_first(_extended(exchange.question))
        found += phrases(_ROW.sub(r"\g<key>, \g<value>", plain(exchange.answer)[:600]))
    return found


def plain(answer: str) -> str:
    """An answer without its citations."""
    return _CITATION.sub("", answer)


def _extended(question: str) -> list[Phrase]:
    """A question's owners and phrases, those with "over", "to" or the like in full: "the bridge over the Orla"."""
    found = list(phrases(question))
    for index in range(len(found) - 2, -1, -1):
        one, other = found[index], found[index + 1]
        between = question[one.end:other.start].strip().lower()
        before = question[:one.start].split()[-1:]
        is_subject = bool(before) and before[0].lower() in AUXILIARIES
        if between in ("over", "between") or between in ("to", "from") and is_subject:
            text = f"{one.text} {question[one.end:other.end].strip()}"
            found[index] = replace(one, text=text, end=other.end)
    owners = [Phrase(name.group(1), *name.span(1), name.group(1).split()[-1].lower(), "name", plural=False)
              for name in _OWNER.finditer(question[:600]) if not _is_person(name.group(1))]
    return owners + found


def _owners_first(found: Sequence[Phrase]) -> list[Phrase]:
    """Phrases in their order, but what has something before what it has: the pump, then the warranty of the pump."""
    ordered: list[Phrase] = []
    for phrase in found:
        ordered.insert(len(ordered) - (phrase.preposition == "of" and bool(ordered)), phrase)
    return ordered


def _is_person(name: str) -> bool:
    return any(phrase.kind == "person" for phrase in phrases(f"of {name}"))
