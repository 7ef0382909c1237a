"""What is done with operands: each operation makes an expression from texts, which it has read for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from src.emulator.tasks.expressions.quantities import best_quantity, date_of
from src.emulator.tasks.expressions.units import factor

_MOST_MEMBERS = 200
_SPLIT_LIST = re.compile(r",? and |[;,] |,(?=[^\d\s])")


@dataclass(frozen=True)
class Term:
    """An expression: its text, how tightly it binds (1 sum, 2 product, 3 number), its unit, and a number's value."""

    text: str
    binding: int = 3
    unit: str = ""
    value: float | None = None

    def within(self, binding: int) -> str:
        """The text as an operand of an operator, in brackets where it needs them."""
        return self.text if self.binding >= binding else f"({self.text})"


Read = Callable[[str], Term | None]


def _operands(groups: tuple[str, ...], read: Read) -> list[Term] | None:
    terms = [read(group) for group in groups]
    return None if any(term is None for term in terms) else terms


def _alike(terms: list[Term]) -> list[Term]:
    """The terms in the first one's unit."""
    unit = terms[0].unit
    changed = []
    for term in terms:
        change = factor(term.unit, unit)
        changed.append(Term(term.within(2) + change, 2, unit) if change else term)
    return changed


def difference(groups: tuple[str, ...], read: Read) -> Term | None:
    """The difference of two, the larger number first where both are numbers."""
    terms = _operands(groups, read)
    if terms is None:
        return None
    left, right = _alike(terms)
    if left.value is not None and right.value is not None and left.value < right.value:
        left, right = right, left
    return Term(f"{left.within(1)} - {right.within(2)}", 1, left.unit)


def subtracted(groups: tuple[str, ...], read: Read) -> Term | None:
    """The second operand taken from the first."""
    terms = _operands(groups, read)
    return None if terms is None else Term(" - ".join((_alike(terms)[0].within(1), _alike(terms)[1].within(2))), 1,
                                           terms[0].unit)


def plus(groups: tuple[str, ...], read: Read) -> Term | None:
    """Two operands added."""
    terms = _operands(groups, read)
    return None if terms is None else Term(" + ".join(term.within(1) for term in _alike(terms)), 1, terms[0].unit)


def _list(text: str, read: Read) -> list[Term] | None:
    """The members of a list, from two to 200; parts without a number are none."""
    parts = _SPLIT_LIST.split(text)
    if len(parts) > _MOST_MEMBERS:
        return None
    members = [term for part in parts if (term := read(part)) is not None]
    return _alike(members) if len(members) > 1 else None


def added(groups: tuple[str, ...], read: Read) -> Term | None:
    """The sum of a list."""
    members = _list(groups[-1], read)
    return None if members is None else Term(" + ".join(term.within(1) for term in members), 1, members[0].unit)


def average(groups: tuple[str, ...], read: Read) -> Term | None:
    """The average of a list."""
    members = _list(groups[-1], read)
    if members is None:
        return None
    return Term(f"({' + '.join(term.within(1) for term in members)}) / {len(members)}", 2, members[0].unit)


def product(groups: tuple[str, ...], read: Read) -> Term | None:
    """The product of a list."""
    members = _list(groups[-1], read)
    return None if members is None else Term(" * ".join(term.within(2) for term in members), 2)


def extreme(groups: tuple[str, ...], read: Read) -> Term | None:
    """The largest or the smallest of a list."""
    members = _list(groups[-1], read)
    name = "max" if groups[0] in ("largest", "greatest", "highest", "maximum", "longest") else "min"
    return None if members is None else Term(f"{name}({', '.join(term.text for term in members)})", 3, members[0].unit)


def multiplied(groups: tuple[str, ...], read: Read) -> Term | None:
    """Two operands multiplied."""
    terms = _operands(groups, read)
    return None if terms is None else Term(" * ".join(term.within(2) for term in terms), 2)


def divided(groups: tuple[str, ...], read: Read) -> Term | None:
    """The first operand divided by the second, in its unit where that can be converted."""
    terms = _operands(groups, read)
    if terms is None:
        return None
    left, right = _alike(terms[::-1])[::-1] if factor(terms[0].unit, terms[1].unit) else terms
    return Term(f"{left.within(2)} / {right.within(3)}", 2)


def percentage(groups: tuple[str, ...], read: Read) -> Term | None:
    """The first operand as a percentage of the second."""
    term = divided(groups, read)
    return None if term is None else Term(f"{term.text} * 100", 2, "%")


def change(groups: tuple[str, ...], read: Read) -> Term | None:
    """The change from the first operand to the second, in percent."""
    terms = _operands(groups, read)
    if terms is None:
        return None
    before, after = _alike(terms)
    return Term(f"({after.within(1)} - {before.within(2)}) / {before.within(3)} * 100", 2, "%")


def changed(groups: tuple[str, ...], read: Read) -> Term | None:
    """An operand made larger or smaller by another, which may be a percentage of it."""
    terms = _operands((groups[0], groups[2]), read)
    if terms is None:
        return None
    sign = "+" if groups[1] in ("increased", "raised", "grown") else "-"
    by = terms[1].text if terms[1].unit != "%" else f"{terms[0].within(2)} * {terms[1].text}"
    return Term(f"{terms[0].within(1)} {sign} {by}", 1, terms[0].unit)


def years_between(groups: tuple[str, ...], read: Read) -> Term | None:
    """The full years between two dates."""
    dates = [date_of(group) for group in groups]
    if None in dates:
        return None
    first, last = sorted(dates)
    short = first[1] and last[1] and last[1:] < first[1:]
    return Term(f"{last[0]} - {first[0]}" + " - 1" * bool(short), 1, "years")


def part_of(groups: tuple[str, ...], read: Read) -> Term | None:
    """A half, the double and so on."""
    term = read(groups[1])
    if term is None:
        return None
    name = groups[0].lower().split(" ")[-1]
    by = {"half": "/ 2", "third": "/ 3", "quarter": "/ 4", "twice": "* 2", "double": "* 2", "triple": "* 3",
          "fifth": "/ 5"}
    return Term(f"{term.within(2)} {by[name]}", 2, term.unit)


def power(groups: tuple[str, ...], read: Read) -> Term | None:
    """An operand to a power."""
    powers = {"squared": "2", "cubed": "3"}
    terms = _operands(groups[:1] if groups[1] in powers else groups, read)
    if terms is None:
        return None
    return Term(f"{terms[0].within(3)} ^ {powers[groups[1]] if groups[1] in powers else terms[1].within(3)}", 2)


def root(groups: tuple[str, ...], read: Read) -> Term | None:
    """A square root."""
    term = read(groups[0])
    return None if term is None else Term(f"sqrt({term.text})")


def rounded(groups: tuple[str, ...], read: Read) -> Term | None:
    """An operand, rounded."""
    term = read(groups[0])
    places = best_quantity(groups[1].lower().replace("one", "1")) if groups[1] else None
    if term is None or groups[1] and places is None:
        return None
    return Term(f"round({term.text}, {places.number})" if places else f"round({term.text})", 3, term.unit)


def swapped(build):
    """The same for operands in the other order."""
    return lambda groups, read: build(groups[::-1], read)
