"""From a calculation in words to an arithmetic expression."""

from __future__ import annotations

import re
from dataclasses import dataclass

from src.emulator.tasks.expressions.quantities import best_quantity, date_of
from src.emulator.tasks.expressions.units import factor

_DEEPEST = 12
_LONGEST = 4_000
_MOST_SPLITS = 40
_MISSING = re.compile(
    r"does not tell|not (?:be )?found|could not|no (?:result|information|answer|data)|unknown|failed|not available|"
    r"does not (?:say|mention|hold|contain)|#E\d", re.IGNORECASE)
_LEADING = re.compile(
    r"^(?:(?:please|calculate|compute|work out|determine|find|evaluate|what (?:is|are|would be)|how (?:much|many|large"
    r"|big) "
    r"(?:is|are|make)|tell me|the (?:result|value) of)\b[ :,]*)+", re.IGNORECASE)
_UNFINISHED = re.compile(r"(?:the )?(?:sum|total|average|mean|difference|product|ratio|quotient) (?:of|between) ",
                         re.IGNORECASE)
_SYMBOLS = re.compile(r"[\d\s.,+*/^()%×÷·−-]+")
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


def expression(request: str) -> str | None:
    """The arithmetic expression that a request asks for; None where a number is missing."""
    text = " ".join(request[:_LONGEST].split())
    text = re.sub(r"([.!?])(?= and |, | as a | divided| from | to )", "", text).rstrip(" .?!")
    if _MISSING.search(text):
        return None
    found = parse(text)
    return None if found is None else found.text


def parse(text: str, depth: int = 0) -> Term | None:
    """A calculation in words as an expression; None where it is none."""
    text = _LEADING.sub("", text.strip(" ,:;")).strip(" ,:;")
    if depth > _DEEPEST or not text:
        return None
    for pattern, build in _PATTERNS:
        for found in _matches(pattern, text):
            term = build(found, depth + 1)
            if term is not None:
                return term
    if _SYMBOLS.fullmatch(text) and re.search(r"\d\s*[-+*/^×÷·−(]", text):
        return Term(text, 1)
    return _number(text)


def _matches(pattern: re.Pattern | tuple[re.Pattern, re.Pattern], text: str) -> list[tuple[str, ...]]:
    """The groups of a pattern; with a second pattern, which stands between two groups, one for each place of it."""
    if isinstance(pattern, re.Pattern):
        found = pattern.fullmatch(text)
        return [found.groups()] if found else []
    head, between = pattern
    start = head.match(text)
    if start is None:
        return []
    rest = text[start.end():]
    places = list(between.finditer(rest))[:_MOST_SPLITS]
    return [(rest[:place.start()], rest[place.end():]) for place in places]


def _number(text: str) -> Term | None:
    quantity = best_quantity(text)
    return None if quantity is None or _UNFINISHED.match(text) else Term(quantity.number, 3, quantity.unit,
                                                                         quantity.value)


def _operands(groups: tuple[str, ...], depth: int) -> list[Term] | None:
    terms = [parse(group, depth) for group in groups]
    return None if any(term is None for term in terms) else terms


def _alike(terms: list[Term]) -> list[Term]:
    """The terms in the first one's unit."""
    unit = terms[0].unit
    changed = []
    for term in terms:
        change = factor(term.unit, unit)
        changed.append(Term(term.within(2) + change, 2, unit) if change else term)
    return changed


def _difference(groups: tuple[str, ...], depth: int) -> Term | None:
    terms = _operands(groups, depth)
    if terms is None:
        return None
    left, right = _alike(terms)
    if left.value is not None and right.value is not None and left.value < right.value:
        left, right = right, left
    return Term(f"{left.within(1)} - {right.within(2)}", 1, left.unit)


def _minus(groups: tuple[str, ...], depth: int) -> Term | None:
    terms = _operands(groups, depth)
    return None if terms is None else Term(" - ".join((_alike(terms)[0].within(1), _alike(terms)[1].within(2))), 1,
                                           terms[0].unit)


def _plus(groups: tuple[str, ...], depth: int) -> Term | None:
    terms = _operands(groups, depth)
    return None if terms is None else Term(" + ".join(term.within(1) for term in _alike(terms)), 1, terms[0].unit)


def _list(text: str, depth: int) -> list[Term] | None:
    """The members of a list, at least two; parts without a number are none."""
    members = [term for part in _SPLIT_LIST.split(text)[:_MOST_SPLITS] if (term := parse(part, depth)) is not None]
    return _alike(members) if len(members) > 1 else None


def _sum(groups: tuple[str, ...], depth: int) -> Term | None:
    members = _list(groups[-1], depth)
    return None if members is None else Term(" + ".join(term.within(1) for term in members), 1, members[0].unit)


def _average(groups: tuple[str, ...], depth: int) -> Term | None:
    members = _list(groups[-1], depth)
    if members is None:
        return None
    return Term(f"({' + '.join(term.within(1) for term in members)}) / {len(members)}", 2, members[0].unit)


def _product(groups: tuple[str, ...], depth: int) -> Term | None:
    members = _list(groups[-1], depth)
    return None if members is None else Term(" * ".join(term.within(2) for term in members), 2)


def _extreme(groups: tuple[str, ...], depth: int) -> Term | None:
    members = _list(groups[-1], depth)
    name = "max" if groups[0] in ("largest", "greatest", "highest", "maximum", "longest") else "min"
    return None if members is None else Term(f"{name}({', '.join(term.text for term in members)})", 3, members[0].unit)


def _times(groups: tuple[str, ...], depth: int) -> Term | None:
    terms = _operands(groups, depth)
    return None if terms is None else Term(" * ".join(term.within(2) for term in terms), 2)


def _divided(groups: tuple[str, ...], depth: int) -> Term | None:
    terms = _operands(groups, depth)
    if terms is None:
        return None
    left, right = _alike(terms[::-1])[::-1] if factor(terms[0].unit, terms[1].unit) else terms
    return Term(f"{left.within(2)} / {right.within(3)}", 2)


def _percentage(groups: tuple[str, ...], depth: int) -> Term | None:
    term = _divided(groups, depth)
    return None if term is None else Term(f"{term.text} * 100", 2, "%")


def _change(groups: tuple[str, ...], depth: int) -> Term | None:
    terms = _operands(groups, depth)
    if terms is None:
        return None
    before, after = _alike(terms)
    return Term(f"({after.within(1)} - {before.within(2)}) / {before.within(3)} * 100", 2, "%")


def _changed(groups: tuple[str, ...], depth: int) -> Term | None:
    terms = _operands((groups[0], groups[2]), depth)
    if terms is None:
        return None
    sign = "+" if groups[1] in ("increased", "raised", "grown") else "-"
    by = terms[1].text if terms[1].unit != "%" else f"{terms[0].within(2)} * {terms[1].text}"
    return Term(f"{terms[0].within(1)} {sign} {by}", 1, terms[0].unit)


def _years(groups: tuple[str, ...], depth: int) -> Term | None:
    dates = [date_of(group) for group in groups]
    if None in dates:
        return None
    first, last = sorted(dates)
    short = first[1] and last[1] and last[1:] < first[1:]
    return Term(f"{last[0]} - {first[0]}" + " - 1" * bool(short), 1, "years")


def _part(groups: tuple[str, ...], depth: int) -> Term | None:
    term = parse(groups[1], depth)
    if term is None:
        return None
    name = groups[0].lower().split(" ")[-1]
    by = {"half": "/ 2", "third": "/ 3", "quarter": "/ 4", "twice": "* 2", "double": "* 2", "triple": "* 3",
          "fifth": "/ 5"}
    return Term(f"{term.within(2)} {by[name]}", 2, term.unit)


def _power(groups: tuple[str, ...], depth: int) -> Term | None:
    powers = {"squared": "2", "cubed": "3"}
    terms = _operands(groups[:1] if groups[1] in powers else groups, depth)
    if terms is None:
        return None
    return Term(f"{terms[0].within(3)} ^ {powers[groups[1]] if groups[1] in powers else terms[1].within(3)}", 2)


def _root(groups: tuple[str, ...], depth: int) -> Term | None:
    term = parse(groups[0], depth)
    return None if term is None else Term(f"sqrt({term.text})")


def _rounded(groups: tuple[str, ...], depth: int) -> Term | None:
    term = parse(groups[0], depth)
    places = best_quantity(groups[1]) if groups[1] else None
    if term is None or groups[1] and places is None:
        return None
    return Term(f"round({term.text}, {places.number})" if places else f"round({term.text})", 3, term.unit)


def _swapped(build):
    """The same for operands in the other order."""
    return lambda groups, depth: build(groups[::-1], depth)


def _p(pattern: str) -> re.Pattern:
    return re.compile(pattern, re.IGNORECASE)


_AND, _TO = _p(r",? and "), _p(r" to | and | by | over ")
_NUMBER_WORD = r"(?:one|two|three|four|five|six|\d+)"
_PATTERNS = (
    (_p(rf"(.+?),? (?:rounded )?(?:to|with) ({_NUMBER_WORD}) (?:decimals?|decimal places?|places|digits after the "
        rf"point)"), _rounded),
    (_p(r"(.+?),? (?:rounded )?to the (nearest)? ?(?:whole number|integer|unit)"),
     lambda groups, depth: _rounded((groups[0], ""), depth)),
    (_p(rf"round (.+) to ({_NUMBER_WORD}) (?:decimals?|decimal places?|places)"), _rounded),
    (_p(r"(.+) (?:as|in) an? (?:percentage|share|percent|per cent|proportion) of (.+)"), _percentage),
    (_p(r"(?:what|which) (?:percentage|percent|share) of (.+?) (?:is|are) (.+)"), _swapped(_percentage)),
    (_p(r"(?:the )?(?:percentage|share|percent) of (.+?) in (.+)"), _percentage),
    (_p(r"(?:the )?(?:percentage |percent |relative )?(?:increase|growth|change|decrease|difference) (?:in percent "
        r")?from (.+) to (.+?)"
        r"(?: in percent| as a percentage)?"), _change),
    (_p(r"(?:the )?(?:number of )?(?:full )?years? (?:that passed |that lie )?from (.+) (?:to|until) (.+)"), _years),
    ((_p(r"(?:the )?(?:number of )?(?:full )?(?:years?|age|time)\b.*?between "), _AND), _years),
    (_p(r"(?:by )?(?:what|which) percentage (?:is|are) (.+?) (?:larger|higher|more|greater|smaller|lower|longer"
        r"|less)\b.* than (.+)"),
     _swapped(_change)),
    (_p(r"how many times (?:as \w+ as )?(.+?) (?:is contained in|fits? (?:in)?to|goes into) (.+)"), _swapped(_divided)),
    (_p(r"how many times (?:is |as \w+ is |larger is |higher is )?(.+?) (?:as \w+ as|larger than|higher than|than|of"
        r"|as) (.+)"), _divided),
    (_p(r"subtract (.+) from (.+)"), _swapped(_minus)), (_p(r"add (.+?) (?:to|and) (.+)"), _plus),
    (_p(r"divide (.+) by (.+)"), _divided), (_p(r"multiply (.+) (?:by|with|and) (.+)"), _times),
    ((_p(r"(?:the )?(?:absolute )?difference (?:in [\w ]{1,40}? )?(?:between|of) "), _AND), _difference),
    (_p(r"(?:the )?(sum|total) (?:of|from) (.+)"), _sum), (_p(r"(?:the )?(average|mean) (?:of|from) (.+)"), _average),
    (_p(r"(?:the )?(product) of (.+)"), _product),
    (_p(r"(?:the )?(largest|greatest|highest|maximum|longest|smallest|lowest|minimum|shortest) of (.+)"), _extreme),
    ((_p(r"(?:the )?(?:ratio|quotient) (?:of|between) "), _TO), _divided),
    (_p(r"(.+?) (increased|raised|grown|reduced|decreased|lowered) by (.+)"), _changed),
    (_p(r"(.+ (?:plus|\+) .+) (?:together|in total)"), lambda groups, depth: parse(groups[0], depth)),
    (_p(r"(.+?) plus (.+)"), _plus), (_p(r"(.+) minus (.+)"), _minus),
    (_p(r"(.+?) (?:times|multiplied by|multiplied with) (.+)"), _times),
    (_p(r"(.+) (?:divided by|per|over) (.+)"), _divided),
    (_p(r"([\d.,]+ ?(?:%|percent|per cent)) (?:of|from) (.+)"), _times),
    (_p(r"((?:a |one )?(?:half|third|quarter|fifth)|twice|double|triple) (?:of |the )*(.+)"), _part),
    (_p(r"(?:the )?square root (?:of|from) (.+)"), _root), (_p(r"(.+?) (squared|cubed)"), _power),
    (_p(r"(.+?) to the power of (.+)"), _power), (_p(r"(.+?) to the (.+?) power"), _power),
)
