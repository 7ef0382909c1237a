"""Descriptions in a question, such as "the capital of the country in which Ada was born": each becomes a fact.

The innermost comes first: what it is found to be takes its place, as a slot, and is a name from then on.
"""

from __future__ import annotations

from src.emulator.tasks.planning.grammar import (
    AUXILIARIES, FUNCTION_WORDS, PREPOSITIONS, base_form, inverted, is_comparative, is_plural, is_verb, singular)
from src.emulator.tasks.planning.nodes import ENTITY, SLOT, Fact, Group, Measure, Nodes
from src.emulator.tasks.planning.phrases import entities, is_name, joined, leaf_end

# Nouns of events: their "of" says what happened to whom, which is asked for with a verb. And nouns that say nothing.
NOT_FACTS = frozenset(
    "founding foundation opening birth death construction completion destruction inauguration launch end beginning "
    "start fall outbreak discovery invention publication release case rest kind sort type name total sum ratio average "
    "mean difference share percentage proportion fraction part percent half quarter third top basis context time way "
    "planet planets product quotient order years year number of".split())
_TOTALS = {"total": "sum", "combined": "sum", "joint": "sum", "overall": "sum", "aggregate": "sum",
           "average": "average",
           "mean": "average"}
_PEOPLE = frozenset(
    "man woman person people boy girl king queen founder author writer poet novelist composer painter sculptor "
    "architect "
    "engineer designer director actor actress singer inventor discoverer scientist physicist chemist botanist explorer "
    "mayor president chancellor minister owner wife husband mother father son daughter brother sister teacher student "
    "politician leader ruler emperor empress captain winner champion player mountaineer sailor seafarer banker "
    "philosopher "
    "mathematician astronomer builder creator head chairman chief ceo widow successor predecessor".split())
_STATES = frozenset("die live lie open close be happen start end stand flow rise".split())
# "the island of Odra" is Odra itself.
_CLASSES = frozenset("city town village island isle state republic kingdom province county district port river lake "
                     "municipality duchy".split())
_OF = ("of", "in", "on", "from", "at")
_MOST_HEAD_WORDS = 6
_MOST_ROUNDS = 12


def is_person(head: str) -> bool:
    """Whether a noun is one of a person."""
    return head.lower().split()[-1:] != [] and singular(head.lower().split()[-1]) in _PEOPLE


def reduce(words: list[str], nodes: Nodes) -> list[str]:
    """The words of a question with a slot in the place of each description."""
    for _ in range(_MOST_ROUNDS):
        shorter = _reduced_once(words, nodes)
        if shorter is None:
            break
        words = shorter
    return words


def _reduced_once(words: list[str], nodes: Nodes) -> list[str] | None:
    for start in range(len(words) - 2, -1, -1):
        found = _possessive(words, start, nodes) or _description(words, start, nodes)
        if found:
            begin, node, end = found
            return [*words[:begin], nodes.add(node), *words[end:]]
    return None


def _head_end(words: list[str], start: int) -> int:
    """Where the nouns and adjectives of a description end."""
    end = start
    while end < len(words) and end < start + _MOST_HEAD_WORDS and words[end][0].isalpha() and not is_name(words[end]):
        lower = words[end]
        if lower in FUNCTION_WORDS - {"most", "least", "first"} or lower == "'s":
            joins = lower == "of" and end > start and words[end + 2:end + 3] in (["of"],
                                                                                 ["in"]) and _plain_noun(words[end + 1])
            if not joins:
                break
        elif end > start and is_verb(lower) and lower.endswith("ed"):
            break
        end += 1
    return end


def _plain_noun(word: str) -> bool:
    return word[0].isalpha() and not is_name(word) and word not in FUNCTION_WORDS


def _possessive(words: list[str], start: int, nodes: Nodes) -> tuple[int, Fact, int] | None:
    """As in "Kestria's capital"."""
    if words[start] != "'s" or not start or not is_name(words[start - 1]):
        return None
    end = start + 1
    while end < len(words) and end < start + 4 and _plain_noun(words[end]) and not (
            is_verb(words[end]) and end > start + 1):
        end += 1
    if end == start + 1:
        return None
    begin = _owner(words, start)
    return begin, _attribute(words[start + 1:end], "of", joined(words[begin:start])), end


def _owner(words: list[str], end: int) -> int:
    """Where the name begins that ends before a possessive."""
    begin = end - 1
    for candidate in range(max(0, end - 8), end):
        if leaf_end(words, candidate) == end and (is_name(words[candidate]) or words[candidate] == "the"):
            begin = candidate
            break
    return begin


def _description(words: list[str], start: int, nodes: Nodes) -> tuple[int, Fact | Group, int] | None:
    if words[start] != "the":
        return None
    head_end = _head_end(words, start + 1)
    head = words[start + 1:head_end]
    if not head or head_end >= len(words) or _is_comparison(words, head):
        return None
    connector = words[head_end]
    if connector in _OF and words[head_end + 1:head_end + 2] not in (["which"], ["whom"]):
        return _with_of(words, start, head, head_end, nodes)
    found = _with_clause(words, head, head_end)
    return None if found is None else (start, found[0], found[1])


def _is_comparison(words: list[str], head: list[str]) -> bool:
    """As in "the longer of the two" and "the largest" describe nothing by themselves; neither do nouns of events."""
    return head[-1] in NOT_FACTS or is_comparative(head[-1]) or head[0] in ("more", "less")


def _with_of(words: list[str], start: int, head: list[str], head_end: int,
             nodes: Nodes) -> tuple[int, Fact | Group, int] | None:
    if len(head) == 1 and head[0] in _CLASSES and words[head_end] == "of" and is_name(words[head_end + 1]):
        return None
    owners, end = entities(words, head_end + 1, may_be_bare=words[head_end] == "of")
    if not owners or all(owner[0].isdigit() for owner in owners):
        return None
    total = _TOTALS.get(head[0], "") if len(head) > 1 else ""
    owners, end = _same_head(words, head, owners, head_end, end, nodes)
    if len(owners) == 1:
        return start, _attribute(head, words[head_end], owners[0]), end
    noun = [*head[bool(total):-1], head[-1] if "number" in head else singular(head[-1])]
    facts = tuple(nodes.add(_attribute(noun, words[head_end], owner)) for owner in _without_class(owners))
    return start, Group(facts, total), end


def _without_class(owners: list[str]) -> list[str]:
    """As in "the planets Mars, Venus": the plural before the first name goes."""
    first = owners[0].split(" ")
    if len(first) > 2 and first[0] == "the" and is_plural(first[1]) and not is_name(first[1]):
        return [" ".join(first[2:]), *owners[1:]]
    return owners


def _same_head(words: list[str], head: list[str], owners: list[str], begin: int, end: int,
               nodes: Nodes) -> tuple[list[str], int]:
    """Without the members from the first on that has the same head: "the area of A and the area of B" are two."""
    for count, owner in enumerate(owners):
        node = nodes.get(owner)
        fact = nodes.get(node.members[0]) if isinstance(node, Group) else node
        if count and isinstance(fact, Fact) and singular(fact.head) == singular(" ".join(head)):
            place = begin
            while place < end and words[place] != owner:
                place += 1
            while words[place - 1] in (",", "and", "or"):
                place -= 1
            return owners[:count], place
    return owners, end


def _attribute(head: list[str], connector: str, owner: str) -> Fact:
    noun = " ".join(head)
    name = f"the {noun} {connector} {ENTITY}"
    if noun.startswith("number of "):
        request = f"How many {noun.removeprefix('number of ')} does {ENTITY} have?"
    elif is_person(noun) and not is_plural(noun):
        request = f"Who is {name}?"
    elif noun == "birthplace" or noun == "place of birth":
        request, name = f"Where was {ENTITY} born?", f"the birthplace of {ENTITY}"
    elif is_plural(noun) and len(head) == 1 and not is_person(noun):
        request, name = f"How many {noun} does {ENTITY} have?", f"the number of {noun} of {ENTITY}"
    else:
        request = f"What is {name}?"
    measure = Measure(request, f"{ENTITY} {noun}", name)
    fact = measure.of(owner)
    return Fact(fact.request, fact.query, fact.name, measure, owner, noun)


def _with_clause(words: list[str], head: list[str], start: int) -> tuple[Fact, int] | None:
    """As in "the company that built R", "the country in which Q was born", "the film directed by D"."""
    first, second = words[start], words[start + 1] if start + 1 < len(words) else ""
    noun = " ".join(head)
    if first == "whose":
        return _whose(words, noun, start + 1)
    if first in PREPOSITIONS and second in ("which", "whom"):
        return _about_name(words, noun, start + 2, first)
    if first == "where":
        return _about_name(words, noun, start + 1, "in")
    if first in ("that", "which", "who", "whom"):
        found = _about_name(words, noun, start + 1, "") if leaf_end(words, start + 1) > start + 1 else None
        return found or _says(words, noun, start + 1)
    if is_name(first) and not is_person(noun) and _acts(words, leaf_end(words, start)):
        return _about_name(words, noun, start, "")
    if first.endswith(("ed", "ing")) or first in ("built", "written", "made", "won", "born", "drawn", "sung"):
        return _says(words, noun, start, "" if first.endswith("ing") else "was ")
    return None


def _acts(words: list[str], place: int) -> bool:
    """Whether a verb stands at a place that somebody does to something: "directed", not "lies" and not "was"."""
    return place < len(words) and words[place].endswith(("ed", "ote", "ade", "uilt", "ew", "ang")) and is_verb(
        words[place]) and base_form(words[place]) not in _STATES


def _about_name(words: list[str], noun: str, start: int, preposition: str) -> tuple[Fact, int] | None:
    """The clause has its own subject: "(in which) Q was born"."""
    subject_end = leaf_end(words, start)
    if subject_end == start:
        return None
    end = subject_end
    while end < len(words) and end < subject_end + 3 and words[end] in AUXILIARIES:
        end += 1
    if end == len(words) or not is_verb(words[end]) and end == subject_end and not words[end].endswith(("s", "ed")):
        return None
    end += is_verb(words[end]) or words[end].endswith(("s", "ed")) or end > subject_end
    group = words[subject_end:end]
    if not group:
        return None
    end = _with_year(words, end)
    subject = joined(words[start:subject_end])
    asked = f"{preposition} " * bool(preposition) + ("whom" if is_person(noun) and preposition else f"which {noun}")
    request = f"{asked} {inverted(subject, group)} {joined(words[subject_end + len(group):end])}".rstrip() + "?"
    main = group[-1] if len(group) > 1 or group[0] not in AUXILIARIES else ""
    return Fact(request[0].upper() + request[1:], f"{subject} {noun} {main}".rstrip(),
                f"the {noun} {f'{preposition} which ' if preposition else 'that '}{joined(words[start:end])}",
                head=noun), end


def _says(words: list[str], noun: str, start: int, auxiliary: str = "") -> tuple[Fact, int] | None:
    """The described thing is the clause's subject: "(that) flows through L", "(designed) by D"."""
    end = start
    while end < len(words) and end < start + 5 and (words[end] in FUNCTION_WORDS and words[end] not in (
            "the", "a", "an", "and") or is_verb(words[end]) or words[end].isalpha() and not is_name(words[end])
            and end == start):
        end += 1
    verbs_end = end
    end = leaf_end(words, end, may_be_bare=True)
    if verbs_end == start or end == verbs_end and words[verbs_end - 1] in FUNCTION_WORDS:
        return None
    end = _with_year(words, end)
    if end + 1 < len(words) and words[end] in _OF and leaf_end(words, end + 1) > end + 1:
        end = leaf_end(words, end + 1)
    clause = joined(words[start:end])
    asked = "Who" if is_person(noun) else f"Which {noun}"
    thing = joined(words[verbs_end:end]) or clause
    query = f"{thing} {noun} {_main_verb(words[start:verbs_end])}".rstrip()
    return Fact(f"{asked} {auxiliary}{clause}?", query, f"the {noun} that {auxiliary}{clause}", head=noun), end


def _main_verb(words: list[str]) -> str:
    return next((word for word in reversed(words) if word not in FUNCTION_WORDS), "")


def _whose(words: list[str], noun: str, start: int) -> tuple[Fact, int] | None:
    """As in "the country whose capital is L"."""
    owned_end = _head_end(words, start)
    if owned_end == start or owned_end + 1 >= len(words) or not is_verb(words[owned_end]):
        return None
    end = leaf_end(words, owned_end + 1)
    if end == owned_end + 1:
        return None
    owned, thing = joined(words[start:owned_end]), joined(words[owned_end + 1:end])
    if words[owned_end] in ("is", "was"):
        request = f"Of which {noun} {words[owned_end]} {thing} the {owned}?"
    else:
        request = f"Which {noun}'s {owned} {joined(words[owned_end:end])}?"
    return Fact(request, f"{thing} {owned}", f"the {noun} whose {joined(words[start:end])}", head=noun), end


def _with_year(words: list[str], end: int) -> int:
    """Where a clause ends that goes on with "in 1921"."""
    return end + 2 if words[end:end + 1] == ["in"] and words[end + 1:end + 2] and words[end + 1].isdigit() else end


def slots_in(text: str) -> list[str]:
    """The slots of a text in their order."""
    return SLOT.findall(text)


__all__ = ["NOT_FACTS", "base_form", "is_person", "reduce", "slots_in"]
