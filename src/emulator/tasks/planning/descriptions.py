"""Descriptions in a question, such as "the capital of the country in which Ada was born": each becomes a fact.

The innermost comes first: what it is found to be takes its place, as a slot, and is a name from then on.
"""

from __future__ import annotations

from src.emulator.tasks.planning.clauses import head_end, is_person, plain_noun, with_clause
from src.emulator.tasks.planning.containment import by_way_of_its_place
from src.emulator.tasks.planning.grammar import is_comparative, is_plural, is_verb, singular
from src.emulator.tasks.planning.nodes import ENTITY, Fact, Group, Measure, Nodes
from src.emulator.tasks.planning.phrases import entities, is_name, joined, leaf_end

# Nouns of events: their "of" says what happened to whom, which is asked for with a verb. Nouns that say nothing, and
# parts of things, which have no name of their own.
NOT_FACTS = frozenset(
    "founding foundation opening birth death construction completion destruction inauguration launch end beginning "
    "start fall outbreak discovery invention publication release case rest kind sort type name total sum ratio average "
    "mean difference share percentage proportion fraction part percent half quarter third top basis context time way "
    "planet planets product quotient order years year number of tower roof dome nave wall walls mast span source mouth "
    "spring summit shore coast deck gate foundations libretto music score "
    "lyrics screenplay script illustrations house hall library cathedral observatory harbour market network fleet "
    "parliament vaults".split())
_TOTALS = {"total": "sum", "combined": "sum", "joint": "sum", "overall": "sum", "aggregate": "sum",
           "average": "average",
           "mean": "average"}
# "the island of Odra" is Odra itself.
_CLASSES = frozenset("city town village island isle state republic kingdom province county district port river lake "
                     "municipality duchy".split())
_OF = ("of", "in", "on", "from", "at")
# What changes from year to year.
_YEARLY = frozenset("revenue turnover profit population budget income exports imports sales output production price "
                    "inhabitants passengers visitors students employees members".split())
_MOST_ROUNDS = 12


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


def _possessive(words: list[str], start: int, nodes: Nodes) -> tuple[int, Fact, int] | None:
    """As in "Kestria's capital"."""
    if words[start] != "'s" or not start or not is_name(words[start - 1]):
        return None
    end = start + 1
    while end < len(words) and end < start + 4 and plain_noun(words[end]) and not (
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
    end_of_head = head_end(words, start + 1)
    head = words[start + 1:end_of_head]
    if not head or end_of_head >= len(words) or _is_comparison(words, head):
        return None
    connector = words[end_of_head]
    if connector in _OF and words[end_of_head + 1:end_of_head + 2] not in (["which"], ["whom"]):
        return _with_of(words, start, head, end_of_head, nodes)
    found = with_clause(words, head, end_of_head)
    return None if found is None else (start, by_way_of_its_place(found[0], nodes), found[1])


def _is_comparison(words: list[str], head: list[str]) -> bool:
    """As in "the longer of the two" and "the largest" describe nothing by themselves; neither do nouns of events."""
    return head[-1] in NOT_FACTS or is_comparative(head[-1]) or head[0] in ("more", "less")


def _with_of(words: list[str], start: int, head: list[str], end_of_head: int,
             nodes: Nodes) -> tuple[int, Fact | Group, int] | None:
    if len(head) == 1 and head[0] in _CLASSES and words[end_of_head] == "of" and is_name(words[end_of_head + 1]):
        return None
    owners, end = entities(words, end_of_head + 1, may_be_bare=words[end_of_head] == "of")
    if not owners or all(owner[0].isdigit() for owner in owners):
        return None
    total = _TOTALS.get(head[0], "") if len(head) > 1 else ""
    owners, end = _same_head(words, head, owners, end_of_head, end, nodes)
    year = f" in {words[end + 1]}" if _has_year(words, end) and head[-1] in _YEARLY else ""
    end += 2 * bool(year)
    if len(owners) == 1:
        return start, _attribute(head, words[end_of_head], owners[0], year), end
    noun = [*head[bool(total):-1], head[-1] if "number" in head else singular(head[-1])]
    facts = tuple(nodes.add(_attribute(noun, words[end_of_head], owner, year)) for owner in _without_class(owners))
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


def _has_year(words: list[str], end: int) -> bool:
    return words[end:end + 1] == ["in"] and bool(words[end + 1:]) and words[end + 1].isdigit() and len(
        words[end + 1]) == 4


def _attribute(head: list[str], connector: str, owner: str, year: str = "") -> Fact:
    noun = " ".join(head)
    name = f"the {noun} {connector} {ENTITY}"
    if noun.startswith("number of "):
        request = f"How many {noun.removeprefix('number of ')} does {ENTITY} have?"
    elif is_person(noun):
        request = f"Who {'are' if is_plural(noun) else 'is'} {name}?"
    elif noun == "birthplace" or noun == "place of birth":
        request, name = f"Where was {ENTITY} born?", f"the birthplace of {ENTITY}"
    elif is_plural(noun) and len(head) == 1 and not is_person(noun):
        request, name = f"How many {noun} does {ENTITY} have?", f"the number of {noun} of {ENTITY}"
    else:
        request = f"What is {name}?"
    if year:
        request, name = f"{request.removesuffix('?').replace('What is', 'What was')}{year}?", name + year
    measure = Measure(request, f"{ENTITY} {noun}", name)
    fact = measure.of(owner)
    return Fact(fact.request, fact.query, fact.name, measure, owner, noun)
