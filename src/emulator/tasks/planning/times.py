"""Ages and durations: "How old was A when B opened?", "How long after A was founded was B founded?"."""

from __future__ import annotations

import re

from src.emulator.tasks.planning.predicates import one_entity
from src.emulator.tasks.planning.grammar import AUXILIARIES, base_form, is_verb
from src.emulator.tasks.planning.measures import lifespan, year_did, year_of
from src.emulator.tasks.planning.nodes import Calculation, Fact, Measure, Nodes
from src.emulator.tasks.planning.phrases import entities, is_name, joined, tokens
from src.emulator.tasks.planning.reading import Reading

_AGE = re.compile(r"^(?:how old (?:was|were|is)|at what age (?:was|did)|what age was|what was the age of) "
                  r"(?P<who>.+?),? "
                  r"(?:when|in the year (?:when|in which)|at the time) (?P<event>.+)$")
_AT_AGE = re.compile(r"^(?:at (?:what|which) age|at what age|how old) (?P<aux>did|was|has) (?P<rest>.+)$")
_LIVED = re.compile(r"^how (?:long|many years|old) did (?P<who>.+?) (?:live|get|become|reach)(?: to be| to)?$")
_AFTER = re.compile(r"^how (?:long|many (?:years|days|months|centuries|decades)|much time) (?P<order>after|before) "
                    r"(?P<first>.+)$")
_LATER = re.compile(r"^how (?:many years|long|much) (?P<order>later|earlier) (?:than|after|before) (?P<first>.+)$")
_BETWEEN = re.compile(r"^how (?:long|many (?:years|days|months|centuries|decades)|much time)\b.*? between "
                      r"(?P<first>.+)$")
_YEARS_THAN = re.compile(r"^how many years (?P<order>before|after|earlier than|later than) (?P<second>.+?) (?P<aux>was"
                         r"|did) (?P<first>.+)$")
_EVENTS = {"founding": "founded", "foundation": "founded", "opening": "opened", "birth": "born",
           "construction": "built",
           "completion": "completed", "destruction": "destroyed", "inauguration": "inaugurated", "launch": "launched",
           "establishment": "established", "publication": "published", "release": "released", "invention": "invented",
           "discovery": "discovered"}
_NOMINAL = re.compile(rf"^(?:the )?(?P<noun>{'|'.join(_EVENTS)}|death|end|beginning|start|fall|outbreak|first \w+) of "
                      rf"(?P<what>.+)$")
_PRONOUNS = frozenset("he she it they".split())


def read(text: str, nodes: Nodes) -> Reading | None:
    """The reading of a question for an age or a duration; None for other questions."""
    return _lived(text, nodes) or _age(text, nodes) or _duration(text, nodes)


def _lived(text: str, nodes: Nodes) -> Reading | None:
    found = _LIVED.match(text)
    if found is None:
        return None
    return Reading("years", (lifespan(one_entity(found["who"], nodes), nodes),), nodes, wording="age")


def _age(text: str, nodes: Nodes) -> Reading | None:
    found = _AGE.match(text)
    if found:
        who, event = one_entity(found["who"], nodes), found["event"]
    else:
        found = _AT_AGE.match(text)
        names, end = entities(tokens(found["rest"]), 0) if found else ([], 0)
        if len(names) != 1:
            return None
        who = names[0]
        event = joined([found["aux"], who, *tokens(found["rest"])[end:]])
    born = nodes.add(year_of("born").of(who))
    year = _year(event, who, nodes)
    if year is None:
        return None
    age = nodes.add(Calculation("difference", f"the number of years from {born} to {year}", f"the age of {who}"))
    return Reading("years", (age,), nodes, entities=(who,), wording="age")


def _year(event: str, who: str, nodes: Nodes) -> str | None:
    """The slot of the year of an event, or the year itself; a pronoun stands for the last that was named."""
    event = event.strip(" ,")
    stated = re.fullmatch(r"(?:in )?(\d{3,4})", event)
    if stated:
        return stated.group(1)
    nominal = _NOMINAL.match(event)
    if nominal:
        what = one_entity(nominal["what"], nodes)
        verb = _EVENTS.get(nominal["noun"])
        if verb:
            return nodes.add(year_of(verb).of(what))
        if nominal["noun"] == "death":
            return nodes.add(year_did("die").of(what))
        name = f"the {nominal['noun']} of {what}"
        return nodes.add(Fact(f"In which year was {name}?", f"{what} {nominal['noun']}", f"the year of {name}"))
    node = nodes.get(event)
    if isinstance(node, Fact):
        return event
    return _of_clause(tokens(event), who, nodes)


def _of_clause(words: list[str], who: str, nodes: Nodes) -> str | None:
    """As in "he died", "the bridge was opened", "was it built", "did it open"."""
    auxiliary = words.pop(0) if words and words[0] in AUXILIARIES else ""
    if not words:
        return None
    names, end = ([_meant(words[0], who, nodes)], 1) if words[0] in _PRONOUNS else entities(words, 0, may_be_bare=True)
    if not names:
        return None
    rest = words[end:]
    if not auxiliary and rest and rest[0] in AUXILIARIES and len(rest) > 1:
        auxiliary, rest = rest[0], rest[1:]
    if not rest and not auxiliary:
        return None
    subject, content = names[0], joined([word for word in rest])
    if auxiliary in ("was", "were", "is", "has", "had", "been"):
        return nodes.add(year_of(content).of(subject) if auxiliary in ("was", "were") or len(rest) == 1
                         else Measure("", "", "").of(subject))
    verb = rest[0] if rest else ""
    if not is_verb(verb) and not auxiliary:
        return None
    return nodes.add(year_did(base_form(verb), joined(rest[1:])).of(subject))


def _meant(pronoun: str, who: str, nodes: Nodes) -> str:
    """Whom a pronoun means: "it" in "the architect of the bridge when it opened" is the bridge."""
    fact = nodes.get(who)
    if pronoun == "it" and isinstance(fact, Fact):
        words = tokens(fact.request.rstrip("?"))
        for start in range(1, len(words)):
            found, end = entities(words, start)
            if len(found) == 1 and end == len(words) and is_name(found[0].removeprefix("the ")):
                return found[0]
    return who


def _duration(text: str, nodes: Nodes) -> Reading | None:
    found = _AFTER.match(text) or _LATER.match(text)
    if found:
        return _split(found["first"], found["order"], nodes)
    found = _BETWEEN.match(text)
    if found is None:
        return None
    for place in re.finditer(r" and ", found["first"]):
        parts = found["first"][:place.start()], found["first"][place.end():]
        years = [_year(part, "", nodes) for part in parts]
        if all(years):
            return _apart(years[0], years[1], nodes)
    members = nodes.members(found["first"])
    return _apart(members[0], members[1], nodes) if len(members) == 2 else None


def _split(text: str, order: str, nodes: Nodes) -> Reading | None:
    """Two events after each other: "A was founded was B founded"; the second begins with its auxiliary."""
    places = [place for place in re.finditer(r" (?=(?:was|were|did|is) )", text)]
    for place in reversed(places):
        first, second = text[:place.start()], text[place.end():]
        who = _subject(first)
        later = _year(second, who, nodes)
        earlier = _year(first, who, nodes) if later else None
        if later and earlier:
            pair = (earlier, later) if order in ("after", "later") else (later, earlier)
            return _apart(*pair, nodes)
    return None


def _subject(event: str) -> str:
    nominal = _NOMINAL.match(event)
    words = tokens(nominal["what"] if nominal else event)
    names, _ = entities(words, 0, may_be_bare=True)
    return names[0] if names else ""


def _apart(earlier: str, later: str, nodes: Nodes) -> Reading:
    slot = nodes.add(Calculation("difference", f"the number of years from {earlier} to {later}",
                                 f"the time from {earlier} to {later}"))
    return Reading("years", (slot,), nodes, wording="time")
