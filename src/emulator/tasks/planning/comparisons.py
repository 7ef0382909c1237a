"""Choices: "Which of A and B is longer, and by how much?"."""

from __future__ import annotations

import re

from src.emulator.tasks.planning.grammar import COMPARATIVE
from src.emulator.tasks.planning.nodes import Nodes
from src.emulator.tasks.planning.phrases import entities, is_name, joined, tokens
from src.emulator.tasks.planning.predicates import predicate_measure, slot_of
from src.emulator.tasks.planning.reading import Reading, difference

_BY_HOW_MUCH = re.compile(
    r",?\s*(?:and|or)?\s*(?:by (?:how (?:much|many)(?: \w+){0,2}|what (?:margin|amount|percentage))"
    r"|how (?:much|many) (?:more|less|fewer|[a-z]+er)(?: \w+)?)\s*$")
_AUX = r"(?:is|are|was|were|has|have|had|lived|costs?) "
_CHOICES = (
    re.compile(r"^(?:which|who|what)(?: \w+)?(?: one)? (?:of|among|out of) (?:the (?:two|three|four) )?(?P<rest>.+)$"),
    re.compile(r"^(?:of|among|between|out of) (?P<list>.+?),? (?:which|who|what)(?: one)?(?: (?P<thing>[a-z]+(?<!s)))? "
               r"(?P<predicate>(?:is|are|was|were|has|have|had|lived|costs?|opened|[a-z]+s|[a-z]+ed)\b.+)$"),
    re.compile(r"^(?P<list>.+?) ?: (?:which|who|what)(?: one)?(?: (?P<thing>[a-z]+))?? "
               r"(?P<predicate>(?:is|are|was|were|has|have|had|[a-z]+s|[a-z]+ed)\b.+)$"),
    re.compile(r"^(?:which|who|what)(?: one)? (?P<predicate>(?:is|was|are|were) the [a-z]+(?:est|st))(?: [a-z]+)? "
               r"(?:of|among|out of) (?P<list>.+ (?:and|or) .+)$"),
    re.compile(rf"^(?:which|who|what)(?: (?P<thing>(?!{_AUX})[a-z]+(?: (?!{_AUX})[a-z]+)?))? (?P<predicate>{_AUX}.+?) "
               rf"?[:,–-] "
               r"(?P<list>.+ or .+)$"),
    re.compile(r"^(?P<verb>is|was|are|were) (?P<list>.+? or .+?) "
               rf"(?P<degree>(?:the )?(?:more|less|{COMPARATIVE})\b.*)$"),
    re.compile(r"^(?:which|who|what) (?P<predicate>[a-z]+ .+?) ?[:,–-] (?P<list>.+ or .+)$"),
    re.compile(r"^(?:which|who|what) (?P<thing>[a-z]+) (?P<predicate>[a-z]+ .+?) ?[:,–-] (?P<list>.+ or .+)$"),
)
_SUFFIX = re.compile(r" (in|during|for) (\d{4})$")


def choice(text: str, nodes: Nodes) -> Reading | None:
    """As in "Which of A and B …?" in its many forms."""
    by_how_much = _BY_HOW_MUCH.search(text)
    text = text[:by_how_much.start()] if by_how_much else text
    for pattern in _CHOICES:
        found = pattern.match(text)
        if found is None:
            continue
        parts = found.groupdict()
        names, predicate = _parts(parts, nodes)
        if len(names) < 2 or not predicate:
            continue
        thing = parts.get("thing") or text.split(" ")[0]
        reading = _ranked(names, predicate, thing, nodes)
        if reading:
            return with_margin(reading, bool(by_how_much))
    return None


def _parts(parts: dict[str, str | None], nodes: Nodes) -> tuple[list[str], list[str]]:
    words = tokens(parts.get("rest") or parts["list"])
    if words[:1] in (["in"], ["on"], ["at"]):
        words = words[1:]
    names, end = entities(words, 0, may_be_bare="rest" not in parts)
    listed = _titles(words, end) if "rest" not in parts else []
    if listed:
        names, end = listed, len(words)
    names = [member for name in without_class(names) for member in nodes.members(name)]
    rest = words[end + (words[end:end + 1] == [","]):]
    if "rest" in parts:
        return names, rest
    predicate = parts.get("predicate") or f"{parts.get('verb')} {parts.get('degree')}"
    return (names if not rest else []), tokens(predicate)


def _titles(words: list[str], end: int) -> list[str]:
    """The members of a list that are titles with small words in them: "The Ferry or Winter at Velt"."""
    parts = [part.strip() for part in re.split(r",? or |, ", joined(words))]
    good = end < len(words) and len(parts) > 1 and all(is_name(part) for part in parts if part) and all(parts)
    return parts if good else []


def _ranked(names: list[str], predicate: list[str], thing: str, nodes: Nodes) -> Reading | None:
    """A reading from what is said of the one that is looked for: "is longer", "has more seats", "opened first"."""
    text = " ".join(predicate)
    suffix = _SUFFIX.search(text)
    predicate = tokens(text[:suffix.start()]) if suffix else predicate
    found = predicate_measure(predicate, thing, ", ".join(names), suffix.group().strip() if suffix else "")
    if found is None:
        return None
    measure, sign, wording = found
    goals = [slot_of(measure, name, nodes) for name in names]
    return Reading("compare", tuple(goals), nodes, entities=tuple(names), sign=sign, wording=wording)


def without_class(names: list[str]) -> list[str]:
    """Names without the class that stands before the first: "the planets Mars and Venus"."""
    first = names[0].split(" ") if names else []
    if len(names) > 1 and len(first) > 2 and first[0] == "the" and first[1].islower() and first[1].endswith("s"):
        return [" ".join(first[2:]), *names[1:]]
    return names


def with_margin(reading: Reading, wanted: bool) -> Reading:
    """With the difference of two: as a goal where it is asked for, else as an extra."""
    if len(reading.goals) != 2:
        return reading
    margin = difference(*reading.goals, reading.nodes)
    goals = (*reading.goals, margin) if wanted else reading.goals
    return Reading("difference" if wanted else "compare", goals, reading.nodes, "" if wanted else margin,
                   reading.entities, reading.sign, reading.wording, reading.yes_no)
