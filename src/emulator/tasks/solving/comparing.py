"""Answers to comparisons and differences."""

from __future__ import annotations

from src.emulator.tasks.expressions.units import factor
from src.emulator.tasks.planning.reading import Reading
from src.emulator.tasks.solving.results import Results, Value, scaled

_FIRST = {"first": "earlier", "earliest": "earlier", "last": "later", "latest": "later", "before": "earlier",
          "after": "later",
          "earlier than": "earlier", "later than": "later"}
_SUPERLATIVES = {"more": "the most", "fewer": "the fewest", "less": "the least"}


def compared(reading: Reading, values: list[Value], results: Results) -> str | None:
    """Which of several has more, or less where that is asked for; None where a value is no number."""
    values = values[:len(reading.entities)]
    if any(value.number is None for value in values) or len(values) != len(reading.entities):
        return None
    names = [_name(entity, results) for entity in reading.entities]
    numbers = [in_one_unit(value, values[0]) for value in values]
    if len(set(numbers)) == 1:
        return f"{_upper(_listed(names))} are equal: {values[0].text.rstrip('.')}."
    pick = numbers.index(max(numbers) if reading.sign > 0 else min(numbers))
    if len(values) > 2:
        others = ", ".join(f"{name} {value.text.rstrip('.')}" for name, value in zip(names, values, strict=True)
                           if name != names[pick])
        return f"{_upper(names[pick])} {_predicate(reading.wording, True)}, {values[pick].text.rstrip('.')}; {others}."
    other = 1 - pick
    yes = ("Yes, " if pick == 0 else "No, ") if reading.yes_no else ""
    start = names[pick] if yes else _upper(names[pick])
    return (f"{yes}{start} {_predicate(reading.wording, False)} than {names[other]}{_by(reading, values, results)}: "
            f"{values[pick].text.rstrip('.')} against {values[other].text.rstrip('.')}.")


def in_one_unit(value: Value, other: Value) -> float:
    """The number of a value in the unit of another, where both measure the same: grams in kilograms."""
    operation = factor(value.unit, other.unit).split()
    if not operation:
        return value.number
    return value.number * float(operation[1]) if operation[0] == "*" else value.number / float(operation[1])


def _by(reading: Reading, values: list[Value], results: Results) -> str:
    """As in "by 384 kilometres", where a step has calculated it."""
    slot = reading.extra or (reading.goals[2] if len(reading.goals) > 2 else "")
    margin = results.value(slot) if slot else None
    if not isinstance(margin, Value) or margin.number is None:
        return ""
    return f", by {scaled(abs(margin.number), margin_unit(values), values)}"


def margin_unit(values: list[Value]) -> str:
    """The unit of a difference: years where the values are years."""
    if all(value.is_year for value in values):
        return "years"
    return next((value.unit for value in values if value.unit), "")


def difference(reading: Reading, values: list[Value], results: Results) -> str | None:
    """How far two values are apart, and which is more."""
    margin = values[2] if len(values) > 2 else None
    if margin is None or margin.number is None or any(value.number is None for value in values[:2]):
        return None
    apart = scaled(abs(margin.number), margin_unit(values[:2]), values[:2])
    left, right = values[:2]
    if not reading.wording:
        return f"The difference is {apart}: {left.text.rstrip('.')} against {right.text.rstrip('.')}."
    names = [_name(entity, results) for entity in reading.entities]
    predicate = _predicate(reading.wording, False)
    numbers = left.number, in_one_unit(right, left)
    if numbers[0] == numbers[1]:
        return f"{_upper(_listed(names))} are equal: {left.text.rstrip('.')}."
    picked = (numbers[0] > numbers[1]) == (reading.sign > 0)
    first, second = names if picked else names[::-1]
    both = (left, right) if picked else (right, left)
    return (f"{_upper(first)} {predicate} than {second}, by {apart}: {both[0].text.rstrip('.')} against "
            f"{both[1].text.rstrip('.')}.")


def _predicate(wording: str, superlative: bool) -> str:
    """What is said of the one that was looked for: "is longer", "has the most inhabitants", "was founded earlier"."""
    first, _, rest = wording.partition(" ")
    for ending, replacement in _FIRST.items():
        if wording.endswith(f" {ending}"):
            wording = wording.removesuffix(ending) + replacement
            first, _, rest = wording.partition(" ")
            break
    last = wording.rsplit(" ", 1)[-1]
    if last in ("earlier", "later", "recently"):
        if superlative:
            wording = wording.removesuffix(last) + {"earlier": "first"}.get(last, "last")
        return wording if first in ("opened", "died", "lived", "sank", "began", "started") else f"was {wording}"
    if first == "lived":
        return "lived longest" if superlative else wording
    said = _verb_and_degree(wording, superlative)
    if said:
        return said
    if first == "the":
        return f"has {_superlative(wording)}" if superlative else f"has a {rest}"
    if first in _SUPERLATIVES and rest:
        adjective = rest.split(" ")[-1] in ("expensive", "populated", "populous", "powerful",
                                            "popular") or not rest.endswith("s") and (
            rest != "people")
        verb = "is" if adjective else "has"
        return f"{verb} {_SUPERLATIVES[first] if superlative else first} {rest}"
    return f"is {_superlative('the ' + wording) if superlative else wording}"


def _verb_and_degree(wording: str, superlative: bool) -> str:
    """As in "employs more people" and "earned more", which have a verb of their own."""
    for degree, most in _SUPERLATIVES.items():
        if wording.endswith(f" {degree}"):
            return wording.removesuffix(degree) + most if superlative else wording
        if f" {degree} " in wording:
            return wording.replace(f" {degree} ", f" {most} ", 1) if superlative else wording
    return ""


def _superlative(wording: str) -> str:
    words = wording.split(" ")
    words[1] = words[1][:-1] + "st" if words[1].endswith("er") else words[1]
    return " ".join(words)


def _name(entity: str, results: Results) -> str:
    return results.named(entity).strip("\"“”")


def _listed(names: list[str]) -> str:
    return ", ".join(names[:-1]) + " and " + names[-1]


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
