"""Clauses that describe something: "the company that built R", "the country in which Q was born"."""

from __future__ import annotations

from src.emulator.tasks.planning.grammar import (
    AUXILIARIES, FUNCTION_WORDS, PREPOSITIONS, base_form, inverted, is_verb, singular)
from src.emulator.tasks.planning.nodes import Fact
from src.emulator.tasks.planning.phrases import is_name, joined, leaf_end

_PEOPLE = frozenset(
    "man woman person people boy girl king queen founder author writer poet novelist composer painter sculptor "
    "architect "
    "engineer designer director actor actress singer inventor discoverer scientist physicist chemist botanist explorer "
    "mayor president chancellor minister owner wife husband mother father son daughter brother sister teacher student "
    "politician leader ruler emperor empress captain winner champion player mountaineer sailor seafarer banker "
    "philosopher "
    "mathematician astronomer builder creator head chairman chief ceo widow successor predecessor".split())
_STATES = frozenset("die live lie open close be happen start end stand flow rise".split())
_OF = ("of", "in", "on", "from", "at")
_MOST_HEAD_WORDS = 6
_MAKING = frozenset("made make makes kept keeps left leaves rendered turned".split())
_WHEN = frozenset(("before", "after", "until", "when", "while"))
_PRONOUNS = frozenset(("he", "she", "it", "they"))


def is_person(head: str) -> bool:
    """Whether a noun is one of a person."""
    return head.lower().split()[-1:] != [] and singular(head.lower().split()[-1]) in _PEOPLE


def head_end(words: list[str], start: int) -> int:
    """Where the nouns and adjectives of a description end."""
    end = start
    while end < len(words) and end < start + _MOST_HEAD_WORDS and words[end][0].isalpha() and not is_name(words[end]):
        lower = words[end]
        if lower in FUNCTION_WORDS - {"most", "least", "first"} or lower == "'s":
            joins = lower == "of" and end > start and words[end + 2:end + 3] in (["of"],
                                                                                 ["in"]) and plain_noun(words[end + 1])
            if not joins:
                break
        elif end > start and is_verb(lower) and lower.endswith("ed"):
            break
        end += 1
    return end


def plain_noun(word: str) -> bool:
    """Whether a word can be a noun in lower case."""
    return word[0].isalpha() and not is_name(word) and word not in FUNCTION_WORDS


def with_clause(words: list[str], head: list[str], start: int) -> tuple[Fact, int] | None:
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
    end = _with_year(words, _with_time(words, end))
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
    if words[verbs_end - 1] in _MAKING and words[end + 1:] and words[end].islower() and words[
            end] not in FUNCTION_WORDS and is_verb(words[end + 1]):
        end += 1
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
    owned_end = head_end(words, start)
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


def _with_time(words: list[str], end: int) -> int:
    """Where a clause ends that goes on with a preposition of its verb and with a time: "for before she moved to H"."""
    after = end + (words[end:end + 1] != [] and words[end] in PREPOSITIONS - {"before", "after", "until"}
                   and words[end + 1:end + 2] != [] and words[end + 1] in _WHEN)
    if words[after:after + 1] == [] or words[after] not in _WHEN or words[after + 1:after + 2] == []:
        return end
    if words[after + 1] not in _PRONOUNS:
        return end
    stop = after + 2
    while stop < len(words) and stop < after + 5 and (is_verb(words[stop]) or words[stop] in PREPOSITIONS):
        stop += 1
    return max(stop, leaf_end(words, stop)) if stop > after + 2 else end


def _with_year(words: list[str], end: int) -> int:
    """Where a clause ends that goes on with "in 1921"."""
    return end + 2 if words[end:end + 1] == ["in"] and words[end + 1:end + 2] and words[end + 1].isdigit() else end
