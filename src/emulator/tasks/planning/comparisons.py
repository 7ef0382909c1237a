"""Comparisons: "Which of A and B is longer?", "Is A longer than B?", "By how much is A longer than B?"."""

from __future__ import annotations

import re

from src.emulator.tasks.planning.grammar import base_form, is_verb, past_form
from src.emulator.tasks.planning.measures import (
    by_adjective, by_noun, counted, degree, density, lifespan, year_did, year_of)
from src.emulator.tasks.planning.nodes import ENTITY, Calculation, Group, Measure, Nodes
from src.emulator.tasks.planning.phrases import entities, is_name, tokens
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
    re.compile(rf"^(?:which|who|what)(?: (?P<thing>(?!{_AUX})[a-z]+(?: (?!{_AUX})[a-z]+)?))? (?P<predicate>{_AUX}.+?) "
               rf"?[:,–-] "
               r"(?P<list>.+ or .+)$"),
    re.compile(r"^(?P<verb>is|was|are|were) (?P<list>.+? or .+?) (?P<degree>(?:the )?(?:more|less|[a-z]+er)\b.*)$"),
    re.compile(r"^(?:which|who|what) (?P<predicate>[a-z]+ .+?) ?[:,–-] (?P<list>.+ or .+)$"),
    re.compile(r"^(?:which|who|what) (?P<thing>[a-z]+) (?P<predicate>[a-z]+ .+?) ?[:,–-] (?P<list>.+ or .+)$"),
)
_THAN = re.compile(r"^(?P<aux>is|are|was|were) (?P<left>.+?) (?P<degree>(?:the )?(?:more|less|fewer|[a-z]+er"
                   r"|further)\b.*?) "
                   r"than (?P<right>.+)$")
_VERB_THAN = re.compile(r"^(?P<aux>does|do|did|has|have|had|can) (?P<left>.+?) (?P<verb>[a-z]+) "
                        r"(?P<degree>(?:more|less|fewer|[a-z]+er)\b.*?) than (?P<right>.+)$")
_THERE = re.compile(r"^(?:are|were|do|did) (?:there )?(?P<degree>(?:more|fewer)) (?P<noun>.+?) (?P<prep>in|on|at|for) "
                    r"(?P<left>.+?) (?:or|than) (?:in|on|at|for)? ?(?P<right>.+)$")
_MORE_VERB = re.compile(r"^(?:did|do) (?P<degree>more|fewer) (?P<noun>[a-z]+) (?P<verb>[a-z]+) (?P<left>.+?) than "
                        r"(?P<right>.+?)(?: (?P<suffix>in \d{4}))?$")
_BEFORE = re.compile(r"^(?P<aux>was|were|did) (?P<left>.+?) (?P<verb>[a-z]+) (?P<when>before|after|earlier than|later "
                     r"than) "
                     r"(?P<right>.+?)(?: (?:was|did|were)(?: [a-z]+)?)?$")
_TIMES = {"first": -1, "earlier": -1, "earliest": -1, "before": -1, "earlier than": -1, "last": 1, "later": 1,
          "latest": 1,
          "after": 1, "later than": 1, "sooner": -1, "more recently": 1, "most recently": 1}
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
            return _with_margin(reading, bool(by_how_much))
    return None


def _parts(parts: dict[str, str | None], nodes: Nodes) -> tuple[list[str], list[str]]:
    words = tokens(parts.get("rest") or parts["list"])
    if words[:1] in (["in"], ["on"], ["at"]):
        words = words[1:]
    names, end = entities(words, 0, may_be_bare="rest" not in parts)
    names = [member for name in without_class(names) for member in nodes.members(name)]
    rest = words[end + (words[end:end + 1] == [","]):]
    if "rest" in parts:
        return names, rest
    predicate = parts.get("predicate") or f"{parts.get('verb')} {parts.get('degree')}"
    return (names if not rest else []), tokens(predicate)


def without_class(names: list[str]) -> list[str]:
    """Names without the class that stands before the first: "the planets Mars and Venus"."""
    first = names[0].split(" ") if names else []
    if len(names) > 1 and len(first) > 2 and first[0] == "the" and first[1].islower() and first[1].endswith("s"):
        return [" ".join(first[2:]), *names[1:]]
    return names


def _ranked(names: list[str], predicate: list[str], thing: str, nodes: Nodes) -> Reading | None:
    """A reading from what is said of the one that is looked for: "is longer", "has more seats", "opened first"."""
    text = " ".join(predicate)
    suffix = _SUFFIX.search(text)
    predicate = tokens(text[:suffix.start()]) if suffix else predicate
    found = predicate_measure(predicate, thing, ", ".join(names), suffix.group().strip() if suffix else "")
    if found is None:
        return None
    measure, sign, wording = found
    goals = [_slot(measure, name, nodes) for name in names]
    return Reading("compare", tuple(goals), nodes, entities=tuple(names), sign=sign, wording=wording)


def _slot(measure: Measure | str, name: str, nodes: Nodes) -> str:
    if isinstance(measure, Measure):
        return nodes.add(measure.of(name))
    return density(name, nodes) if measure == "density" else lifespan(name, nodes)


def predicate_measure(words: list[str], thing: str, names: str, suffix: str) -> tuple[Measure | str, int, str] | None:
    """The measure that a predicate compares, its sign, and the comparison's wording."""
    verb, rest = words[0], words[1:]
    text = " ".join(rest)
    if "densely" in rest or "population density" in text:
        return "density", -1 if {"less", "least", "lower", "lowest",
                                 "smaller"} & set(rest) else 1, "more densely populated"
    if verb == "lived" and text in ("longer", "longest", "the longest", "to be older", "to the higher age"):
        return "lifespan", 1, "lived longer"
    for ending, sign in _TIMES.items():
        if text == ending and verb not in ("is", "are"):
            return year_did(base_form(verb)), sign, f"{verb} {ending}"
        if text.endswith(f" {ending}") and verb in ("was", "were", "is"):
            participle = text.removesuffix(f" {ending}").removesuffix(" the")
            return year_of(participle), sign, f"{participle} {ending}"
    compared_by = degree(rest)
    if compared_by is None:
        return _counted_later(verb, rest, suffix)
    adjective, sign, after = compared_by
    return _measured(verb, adjective, sign, after, thing, names, suffix)


def _counted_later(verb: str, rest: list[str], suffix: str) -> tuple[Measure, int, str] | None:
    """As in "has room for more people": what is counted comes after other words, which end the question then."""
    place = next((count for count, word in enumerate(rest) if word in ("more", "fewer")), 0)
    noun = rest[place + 1:place + 2]
    if not place or not noun:
        return None
    ending = " ".join([*rest[:place], *rest[place + 2:]])
    auxiliary = "did" if verb == "had" or past_form(base_form(verb)) == verb else "does"
    measure = counted(noun[0], auxiliary, "have" if verb in ("has", "had") else verb, f"{ending} {suffix}".strip())
    return measure, 1 if rest[place] == "more" else -1, f"{rest[place]} {noun[0]}"


def _measured(verb: str, adjective: str, sign: int, after: list[str], thing: str, names: str,
              suffix: str) -> tuple[Measure | str, int, str] | None:
    noun = " ".join(after)
    more = "more" if sign > 0 else "fewer" if noun.endswith("s") else "less"
    if verb in ("has", "have", "had"):
        if not noun:
            return None
        if adjective:
            return by_noun(noun, suffix), by_adjective(adjective)[1], f"the {_comparative(adjective)} {noun}"
        return counted(noun, "did" if verb == "had" else "does", "have", suffix), sign, f"{more} {noun}"
    if verb in ("costs", "cost"):
        return Measure(f"How much does {ENTITY} cost?", f"{ENTITY} cost",
                       f"the cost of {ENTITY}"), sign, "more expensive"
    if verb in ("is", "are", "was", "were"):
        if adjective:
            noun = noun.removeprefix("by ").removeprefix("in ")
            if noun and noun not in ("one", thing) and " ".join(after) != noun:
                return by_noun(noun), by_adjective(adjective)[1], _comparative(adjective)
            measure, signed = by_adjective(adjective, thing, names)
            return measure, signed, _comparative(adjective)
        measure, signed = by_adjective(noun.split(" ")[0], thing, names) if noun else (None, 1)
        return None if measure is None else (measure, signed * sign, f"{more} {noun}")
    if adjective:
        measure, signed = by_adjective(adjective, thing, names)
        return measure, signed, _comparative(adjective)
    return counted(noun, "did" if past_form(base_form(verb)) == verb else "does", verb, suffix), sign, f"{more} {noun}"


def _comparative(adjective: str) -> str:
    if adjective.endswith("y"):
        return adjective[:-1] + "ier"
    doubled = adjective in ("big", "hot", "thin", "fat", "wet")
    return adjective + adjective[-1] * doubled + ("r" if adjective.endswith("e") else "er")


def _with_margin(reading: Reading, wanted: bool) -> Reading:
    """With the difference of two: as a goal where it is asked for, else as an extra."""
    if len(reading.goals) != 2:
        return reading
    margin = difference(*reading.goals, reading.nodes)
    goals = (*reading.goals, margin) if wanted else reading.goals
    return Reading("difference" if wanted else "compare", goals, reading.nodes, "" if wanted else margin,
                   reading.entities, reading.sign, reading.wording, reading.yes_no)


def decision(text: str, nodes: Nodes) -> Reading | None:
    """As in "Is A longer than B?" and other questions for yes or no about two."""
    for read in (_by_time, _more_verb, _there, _than, _verb_than):
        reading = read(text, nodes)
        if reading:
            return _with_margin(reading, False)
    return None


def _pair(measure: Measure | str, left: str, right: str, sign: int, wording: str, nodes: Nodes) -> Reading:
    right = re.sub(r"^(?:in|on|at|that of|the one of) ", "", right)
    names = tuple(one_entity(name, nodes) for name in (left, right))
    goals = tuple(_slot(measure, name, nodes) for name in names)
    return Reading("compare", goals, nodes, entities=names, sign=sign, wording=wording, yes_no=True)


def one_entity(text: str, nodes: Nodes) -> str:
    """A name without what does not belong to it: "B does", "B is"."""
    text = re.sub(r" (?:does|do|did|is|are|was|were|has|have)$", "", text.strip(" ,"))
    words = tokens(text)
    names, end = entities(words, 0, may_be_bare=True)
    return names[0] if len(names) == 1 and not any(is_name(word)
                                                   for word in words[end:]) and not isinstance(nodes.get(names[0]),
                                                                                               Group) else text


def _than(text: str, nodes: Nodes) -> Reading | None:
    found = _THAN.match(text)
    if found is None:
        return None
    left, right = found["left"], found["right"]
    words = [found["aux"], *tokens(found["degree"])]
    suffix = _SUFFIX.search(right)
    facts = [nodes.get(part) for part in (left, right)]
    measured = predicate_measure(words, "", f"{left}, {right}", "")
    if measured is None:
        return None
    if getattr(facts[0], "head", "") and is_value(facts[0]):
        return _of_values(left, right, measured, nodes)
    return _pair(measured[0], left, right[:suffix.start()] if suffix else right, measured[1], measured[2], nodes)


def is_value(node: object) -> bool:
    """Whether a fact is a value by itself, such as "the area of X", and nothing that has a value."""
    return getattr(node, "head", "").split(" ")[-1] in _VALUES or getattr(node, "request", "").startswith("How ")


_VALUES = frozenset(
    "population area length height depth width weight size age speed price cost revenue profit turnover output "
    "capacity "
    "elevation distance duration density temperature budget income debt production circumference diameter radius "
    "volume "
    "mass value fee toll prize surface".split())


def _of_values(left: str, right: str, measured: tuple[Measure | str, int, str], nodes: Nodes) -> Reading:
    right = same_measure(left, right, nodes)
    sign = -1 if measured[2] in ("smaller", "lower", "shorter", "less") else 1
    return Reading("compare", (left, right), nodes, entities=(left, right), sign=sign, wording=measured[2], yes_no=True)


def same_measure(left: str, right: str, nodes: Nodes) -> str:
    """The slot of the right side: itself, or the left side's measure of it ("that of B", "B")."""
    right = re.sub(r"^(?:that|the one|those|the same) (?:of|in) |^(?:in|on|of) ", "", right.strip())
    node, fact = nodes.get(right), nodes.get(left)
    if is_value(node) or isinstance(node, Calculation):
        return right
    measure = getattr(fact, "measure", None)
    return nodes.add(measure.of(one_entity(right, nodes))) if measure else right


def _verb_than(text: str, nodes: Nodes) -> Reading | None:
    found = _VERB_THAN.match(text)
    if found is None:
        return None
    verb = {"does": "has", "do": "has", "did": "had"}[found["aux"]] if found["verb"] == "have" else found["verb"]
    suffix = _SUFFIX.search(found["right"])
    right = found["right"][:suffix.start()] if suffix else found["right"]
    measured = predicate_measure([verb, *tokens(found["degree"])], "", f"{found['left']}, {right}",
                                 suffix.group().strip() if suffix else "")
    return None if measured is None else _pair(measured[0], found["left"], right, measured[1], measured[2], nodes)


def _more_verb(text: str, nodes: Nodes) -> Reading | None:
    found = _MORE_VERB.match(text)
    if found is None or not is_verb(found["verb"]):
        return None
    suffix = f" {found['suffix']}" if found["suffix"] else ""
    noun = found["noun"]
    measure = Measure(f"How many {noun} {past_form(found['verb'])} {ENTITY}{suffix}?", f"{ENTITY} {noun}",
                      f"the number of {noun} of {ENTITY}")
    return _pair(measure, found["left"], found["right"], 1 if found["degree"] == "more" else -1,
                 f"{found['degree']} {noun}", nodes)


def _there(text: str, nodes: Nodes) -> Reading | None:
    found = _THERE.match(text)
    if found is None:
        return None
    words = tokens(found["noun"])
    verb = words[-1] if len(words) > 1 and is_verb(words[-1]) else ""
    noun = " ".join(words[:-1] if verb else words)
    middle = verb or "are there"
    measure = Measure(f"How many {noun} {middle} {found['prep']} {ENTITY}?", f"{ENTITY} {noun}",
                      f"the number of {noun} {found['prep']} {ENTITY}")
    return _pair(measure, found["left"], found["right"], 1 if found["degree"] == "more" else -1,
                 f"{found['degree']} {noun}", nodes)


def _by_time(text: str, nodes: Nodes) -> Reading | None:
    found = _BEFORE.match(text)
    if found is None or not (found["right"][0].isupper() or found["right"].startswith("the ")
                             or nodes.get(found["right"])):
        return None
    measure = year_did(found["verb"]) if found["aux"] == "did" else year_of(found["verb"])
    return _pair(measure, found["left"], found["right"], _TIMES[found["when"]], f"{found['verb']} {found['when']}",
                 nodes)
