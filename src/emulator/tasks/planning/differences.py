"""Differences, multiples and percentages of two: "How much longer is A than B?"."""

from __future__ import annotations

import re

from src.emulator.tasks.planning.predicates import is_value, one_entity, predicate_measure, same_measure
from src.emulator.tasks.planning.grammar import COMPARATIVE, compared, past_form, third_person
from src.emulator.tasks.planning.measures import by_noun, counted, density, lifespan
from src.emulator.tasks.planning.nodes import ENTITY, Calculation, Measure, Nodes
from src.emulator.tasks.planning.phrases import entities, tokens
from src.emulator.tasks.planning.reading import Reading, difference

_DEGREE = rf"(?P<degree>(?:more|less|fewer|{COMPARATIVE})\b[^?]*?)"
_BY = re.compile(r"^(?:by )?(?P<measure>how much|how many(?: [a-z]+)?|what (?:percentage|percent|factor|margin)|how "
                 r"many "
                 rf"percent) (?P<aux>is|are|was|were) (?P<left>.+?) {_DEGREE} than (?P<right>.+)$")
_INVERTED = re.compile(rf"^(?:by )?(?P<measure>how much|how many(?: (?:square )?[a-z]+)??|what percentage) {_DEGREE} "
                       r"(?P<aux>is|are|was|were) (?P<left>.+?) than (?P<right>.+)$")
_MORE_OF = re.compile(r"^how (?:many|much) (?P<degree>more|fewer|less)(?: (?P<noun>[^?]+?))? (?P<aux>does|do|did|has"
                      r"|have|had) "
                      r"(?P<left>.+?)(?: (?P<verb>have|cost|weigh|[a-z]+))? than (?P<right>.+)$")
_MORE_THAN = re.compile(r"^how (?:many|much) (?P<degree>more|fewer|less)(?: (?P<noun>[a-z ]+?))? than (?P<right>.+?) "
                        r"(?P<aux>does|do|did|has|have|had) (?P<left>.+?) (?P<verb>[a-z]+)(?P<rest> (?:in|at|for"
                        r"|during) .+)?$")
_DIFFERENCE = re.compile(r"(?:^|\b)difference (?:in (?P<noun>[a-z ]+?) )?between (?P<list>.+)$")
_DIFFER = re.compile(r"^(?:by )?how much do(?:es)? (?P<list>.+?) differ in (?P<noun>[a-z ]+)$")
_TIMES_AS = re.compile(r"^how many times (?:as )?(?P<adjective>[a-z]+)(?: as (?P<right>.+?))? (?:is|are|was|were) "
                       r"(?P<left>.+?)(?: (?:as|than) (?P<after>.+))?$")
_TIMES_THAN = re.compile(r"^how many times (?P<degree>[a-z]+) than (?P<right>.+?) (?:is|are|was) (?P<left>.+)$")
_TIMES_IS = re.compile(r"^how many times (?:is|was) (?P<left>.+?) (?:as )?(?P<adjective>[a-z]+) (?:as|than) "
                       r"(?P<right>.+)$")
_TIMES_MANY = re.compile(r"^how many times (?:as )?(?:many|much|more) (?P<noun>.+?) (?P<aux>does|do|did|has|have|had) "
                         r"(?P<left>.+?)(?: have)? (?:as|than) (?P<right>.+)$")
_TIMES_FIT = re.compile(r"^how (?:many times|often) (?:does|would|could|can) (?P<right>.+?) (?:fit|go) in(?:to|side)? "
                        r"(?P<left>.+)$")
_RATIO = re.compile(r"(?:^|\b)(?:ratio|quotient) (?:of|between) (?P<left>.+?) (?:to|and|over) (?P<right>.+)$")
_SUFFIX = re.compile(r" in \d{4}$")


def read(text: str, nodes: Nodes) -> Reading | None:
    """The reading of a question for a difference, a multiple or a ratio; None for other questions."""
    for reader in (_multiple, _fits, _many_times, _ratio, _more_of, _degree, _difference):
        reading = reader(text, nodes)
        if reading:
            return reading
    return None


def _two(measure: Measure | str, left: str, right: str, nodes: Nodes) -> tuple[tuple[str, str], tuple[str, str]]:
    names = one_entity(left, nodes), one_entity(_SUFFIX.sub("", right), nodes)
    if isinstance(measure, Measure):
        return names, tuple(nodes.add(measure.of(name)) for name in names)
    return names, tuple((density if measure == "density" else lifespan)(name, nodes) for name in names)


def _degree(text: str, nodes: Nodes) -> Reading | None:
    found = _BY.match(text) or _INVERTED.match(text)
    if found is None:
        return None
    years = "year" in found["measure"]
    measured = predicate_measure([found["aux"], *tokens(found["degree"])], "who" if years and _people(found) else "",
                                 f"{found['left']}, {found['right']}", "")
    if measured is None:
        return None
    left, right = found["left"], found["right"]
    if getattr(nodes.get(left), "head", "") and nodes.get(same_measure(left, right, nodes)) and _value(left, nodes):
        names = goals = (left, same_measure(left, right, nodes))
    else:
        names, goals = _two(measured[0], left, right, nodes)
    wording = measured[2]
    if "percent" in found["measure"]:
        change = nodes.add(Calculation(
            "percentage", f"the difference between {goals[0]} and {goals[1]} as a percentage of {goals[1]}",
            f"by what percentage {goals[0]} differs from {goals[1]}"))
        return Reading("percentage", (*goals, change), nodes, entities=names, sign=measured[1], wording=wording)
    unit = found["measure"].removeprefix("how many").removeprefix("how much").strip()
    return Reading("difference", (*goals, difference(*goals, nodes)), nodes, entities=names, sign=measured[1],
                   wording=wording, unit=unit)


def _people(found: re.Match) -> bool:
    """Whether two names are like those of people: two words or more without an article."""
    return all(not name.startswith("the ") and len(name.split()) > 1 for name in (found["left"], found["right"]))


def _value(slot: str, nodes: Nodes) -> bool:
    return is_value(nodes.get(slot))


def _more_of(text: str, nodes: Nodes) -> Reading | None:
    found = _MORE_THAN.match(text) or _MORE_OF.match(text)
    if found is None:
        return None
    noun, verb, suffix = found["noun"] or "", found["verb"] or "have", _SUFFIX.search(found["right"])
    suffix = suffix.group().strip() if suffix else (found.groupdict().get("rest") or "").strip()
    if noun:
        unit = noun
        measure = counted(noun, found["aux"], verb, suffix)
    else:
        unit = ""
        measure = Measure(f"How much {found['aux']} {ENTITY} {verb} {suffix}".strip() + "?", f"{ENTITY} {verb}",
                          f"what {ENTITY} {past_form(verb) if found['aux'] == 'did' else verb + 's'}")
    left = found["left"]
    if found["verb"] is None and left.split(" ")[-1] in ("cost", "weigh"):
        left = left.rsplit(" ", 1)[0]
    names, goals = _two(measure, left, found["right"], nodes)
    sign = 1 if found["degree"] == "more" else -1
    return Reading("difference", (*goals, difference(*goals, nodes)), nodes, entities=names, sign=sign,
                   wording=_more(found["degree"], noun, found["aux"], verb), unit=unit)


def _more(degree: str, noun: str, auxiliary: str, verb: str) -> str:
    """How two are compared: "more inhabitants", "earned more"."""
    if noun or verb in ("have", "cost", "weigh"):
        return f"{degree} {noun}".strip()
    return f"{past_form(verb) if auxiliary == 'did' else third_person(verb)} {degree}"


def _difference(text: str, nodes: Nodes) -> Reading | None:
    found = _DIFFER.match(text) or _DIFFERENCE.search(text)
    if found is None:
        return None
    words = tokens(found["list"])
    names, end = entities(words, 0, may_be_bare=True)
    names = [member for name in names for member in nodes.members(name)]
    if words[end:end + 3] and " ".join(words[end:end + 3]) in ("and that of", "and the one"):
        names.append(same_measure(names[0], " ".join(words[end + 3:]), nodes))
    if len(names) != 2:
        return None
    if found["noun"]:
        _, goals = _two(by_noun(found["noun"].strip()), *names, nodes)
    else:
        goals = names[0], same_measure(*names, nodes)
        if any(nodes.get(goal) is None for goal in goals):
            return None
    return Reading("difference", (*goals, difference(*goals, nodes)), nodes, entities=tuple(names))


def _divided(goals: tuple[str, str], names: tuple[str, ...], wording: str, nodes: Nodes) -> Reading:
    times = nodes.add(Calculation("quotient", f"{goals[0]} divided by {goals[1]}",
                                  f"how many times {goals[1]} is contained in {goals[0]}"))
    return Reading("ratio", (*goals, times), nodes, entities=names, wording=wording)


def _multiple(text: str, nodes: Nodes) -> Reading | None:
    found = _TIMES_THAN.match(text) or _TIMES_IS.match(text) or _TIMES_AS.match(text)
    if found is None:
        return None
    parts = found.groupdict()
    right = parts.get("right") or parts.get("after")
    word = parts.get("degree") or parts.get("adjective") or ""
    if not right or word in ("many", "much", "more"):
        return None
    adjective = compared(word) or word
    measured = predicate_measure(["is", _er(adjective)], "", f"{parts['left']}, {right}", "")
    if measured is None:
        return None
    if _value(parts["left"], nodes):
        names = goals = (parts["left"], same_measure(parts["left"], right, nodes))
    else:
        names, goals = _two(measured[0], parts["left"], right, nodes)
    return _divided(goals if measured[1] > 0 else goals[::-1], names, adjective, nodes)


def _er(adjective: str) -> str:
    return adjective[:-1] + "ier" if adjective.endswith("y") else adjective + ("r" if adjective.endswith("e") else "er")


def _many_times(text: str, nodes: Nodes) -> Reading | None:
    found = _TIMES_MANY.match(text)
    if found is None:
        return None
    names, goals = _two(counted(found["noun"], found["aux"], "have"), found["left"], found["right"], nodes)
    return _divided(goals, names, f"many {found['noun']}", nodes)


def _fits(text: str, nodes: Nodes) -> Reading | None:
    found = _TIMES_FIT.match(text)
    if found is None:
        return None
    measure = by_noun("area")
    if _value(found["left"], nodes):
        names = goals = (found["left"], same_measure(found["left"], found["right"], nodes))
    else:
        names, goals = _two(measure, found["left"], found["right"], nodes)
    return _divided(goals, names, "large", nodes)


def _ratio(text: str, nodes: Nodes) -> Reading | None:
    found = _RATIO.search(text)
    if found is None:
        return None
    left = found["left"].strip()
    members = nodes.members(left)
    goals = (left, same_measure(left, found["right"], nodes))
    if len(members) == 2:
        goals = (members[0], members[1])
    if any(nodes.get(goal) is None for goal in goals):
        return None
    return _divided(goals, goals, "", nodes)
