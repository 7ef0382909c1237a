"""A calculator for expressions that a model wrote, and nothing that could run anything else.

It computes with decimals of so many digits that what is shown of a result is right: all the digits of the largest and
the smallest numbers together, and more, since fractions, roots and powers leave some out. To be sure, each expression
is computed twice, the second time with more digits. Where the two differ it needs more still, and that is said.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import (
    ROUND_HALF_UP,
    Context,
    Decimal,
    DecimalException,
    DivisionByZero,
    DivisionUndefined,
    InvalidOperation,
    Overflow,
    Subnormal,
    localcontext,
)

from .decimals import (
    MOST_DIGITS,
    PRECISIONS,
    check_exponent,
    format_number,
    format_result,
    sum_of,
    without_guard_digits,
)

__all__ = ["ExpressionError", "compute", "format_number", "format_result"]

TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d{1,3}(?:,\d{3})+(?!\d)|\d[\d_]*)(?:\.\d+)?(?:[eE][+-]?\d{1,4})?|\.\d+)"
    r"|(?P<name>[A-Za-z]+)|(?P<operator>\*\*|[-+*/^%(),×·÷−]))"
)
SCALES = {
    "hundred": 2,
    "thousand": 3,
    "k": 3,
    "million": 6,
    "millions": 6,
    "m": 6,
    "mn": 6,
    "billion": 9,
    "billions": 9,
    "bn": 9,
    "b": 9,
    "trillion": 12,
    "trillions": 12,
    "tn": 12,
}
SAME_AS = {"**": "^", "×": "*", "·": "*", "÷": "/", "−": "-"}
LONGEST, DEEPEST = 1_000, 50  # characters; brackets and signs inside each other
CONFIRMED = Decimal("1e-40")  # how much two results may differ, as a share of them
MOST_DECIMALS = 28  # to round to
FAULTS = [DivisionByZero, InvalidOperation, Overflow, Subnormal]  # what is no number, too large or too small
BY_ZERO = "the expression divides by zero"


class ExpressionError(ValueError):
    """An expression that can't be computed; the text says why."""


def compute(expression: str) -> Decimal:
    """Return the value of an arithmetic expression.

    Numbers may have separators for thousands ("1,250"), a scale ("4.2 million") and a percent sign ("15%" is 0.15).
    Operators are + - * / ^ with their usual precedence, ^ from right to left and above a sign before it (-2^2 is -4);
    functions are abs, min, max, round (with a number of decimals as its second argument) and sqrt.

    `round` rounds halves up, away from zero, as people do: round(2.5) is 3, and round(-2.5) is -3.

    Raises:
        ExpressionError: it is no such expression, divides by zero, leads to numbers that are too large or too small, or
            needs more digits than are kept.
    """
    if len(expression) > LONGEST:
        raise ExpressionError(f"the expression is longer than {LONGEST:,} characters")
    tokens = _tokens(expression)
    first, second = (_value(tokens, digits) for digits in PRECISIONS)
    with localcontext(Context(prec=PRECISIONS[-1])):
        if abs(first - second) > CONFIRMED * abs(second):
            raise ExpressionError(f"the expression needs more than {PRECISIONS[0]} digits to be computed")
        return without_guard_digits(second)


def _value(tokens: list[tuple[str, str]], digits: int) -> Decimal:
    with localcontext(Context(prec=digits, Emax=MOST_DIGITS, Emin=-2 * PRECISIONS[-1], traps=FAULTS)):
        try:
            return _Parser(tokens).whole()
        except DecimalException as error:
            raise ExpressionError(_reason(error)) from None


def _reason(error: DecimalException) -> str:
    if isinstance(error, DivisionByZero) or error.args and DivisionUndefined in error.args[0]:
        return BY_ZERO
    if isinstance(error, (Overflow, Subnormal)):
        return f"the expression leads to a number of more than {MOST_DIGITS} digits"
    return "the expression has no value, like the root of a negative number"


def _tokens(expression: str) -> list[tuple[str, str]]:
    tokens, place, text = [], 0, expression.rstrip()
    while place < len(text):
        found = TOKEN.match(text, place)
        if found is None:
            raise ExpressionError(f'"{text[place : place + 20].strip()}" is no part of an arithmetic expression')
        kind = str(found.lastgroup)
        tokens.append((kind, SAME_AS.get(found[kind], found[kind])))
        place = found.end()
    return [*tokens, ("end", "")]


class _Parser:
    """Computes while it reads: precedence climbing (Clarke, 1986, "The top-down parsing of expressions")."""

    def __init__(self, tokens: list[tuple[str, str]]):
        self._tokens = tokens
        self._place = 0
        self._depth = 0

    def whole(self) -> Decimal:
        value = self._sum()
        if self._peek() != "":
            raise ExpressionError(f'"{self._peek()}" stands where an operator or the end should')
        return +value

    def _peek(self) -> str:
        return self._tokens[self._place][1]

    def _take(self) -> tuple[str, str]:
        token = self._tokens[self._place]
        self._place = min(self._place + 1, len(self._tokens) - 1)
        return token

    def _expect(self, text: str) -> None:
        kind, found = self._take()
        if found != text:
            raise ExpressionError(f'"{found or "the end"}" stands where "{text}" should')

    def _sum(self) -> Decimal:
        value = self._product()
        while self._peek() in ("+", "-"):
            value = sum_of(value, self._product() if self._take()[1] == "+" else -self._product())
        return value

    def _product(self) -> Decimal:
        value = self._signed()
        while self._peek() in ("*", "/"):
            value = check_exponent(value * self._signed() if self._take()[1] == "*" else value / self._signed())
        return value

    def _signed(self) -> Decimal:
        self._depth += 1
        if self._depth > DEEPEST:
            raise ExpressionError(f"more than {DEEPEST} brackets or signs stand inside each other")
        if self._peek() in ("-", "+"):
            value = -self._signed() if self._take()[1] == "-" else self._signed()
        else:
            value = self._power()
        self._depth -= 1
        return value

    def _power(self) -> Decimal:
        base = self._scaled()
        if self._peek() != "^":
            return base
        self._take()
        exponent = self._signed()
        if base == 0 and exponent < 0:
            raise ExpressionError(BY_ZERO)  # to decimals it is infinity
        whole = without_guard_digits(exponent)  # as 1/3*3 is
        return check_exponent(base ** (whole if whole == whole.to_integral_value() else exponent))

    def _scaled(self) -> Decimal:
        value = self._atom()
        while self._peek() == "%" or self._tokens[self._place][0] == "name" and self._peek().lower() in SCALES:
            text = self._take()[1]
            value = check_exponent(value / 100 if text == "%" else value.scaleb(SCALES[text.lower()]))
        return value

    def _atom(self) -> Decimal:
        kind, text = self._take()
        if kind == "number":
            return check_exponent(Decimal(text.replace(",", "").replace("_", "")))
        if text == "(":
            value = self._sum()
            self._expect(")")
            return value
        if kind == "name" and text.lower() in FUNCTIONS:
            return self._call(text.lower())
        raise ExpressionError(f'"{text or "the end"}" stands where a number should')

    def _call(self, name: str) -> Decimal:
        self._expect("(")
        values = [self._sum()]
        while self._peek() == ",":
            self._take()
            values.append(self._sum())
        self._expect(")")
        least, most, function = FUNCTIONS[name]
        if not least <= len(values) <= most:
            raise ExpressionError(f"{name} does not take {len(values)} numbers")
        if name in ("min", "max") and len(values) == 1:  # 100,200 is one number, or two
            raise ExpressionError(f"{name} takes at least two numbers, with a space after the comma between them")
        return function(*values)


def _round(value: Decimal, decimals: Decimal | int = 0) -> Decimal:
    if decimals % 1 or not 0 <= decimals <= MOST_DECIMALS:
        raise ExpressionError(f"round takes a whole number of decimals, from 0 to {MOST_DECIMALS}")
    return without_guard_digits(value).quantize(Decimal(1).scaleb(-int(decimals)), rounding=ROUND_HALF_UP)


# The least and the most numbers that a function takes.
FUNCTIONS: dict[str, tuple[int, int, Callable[..., Decimal]]] = {
    "abs": (1, 1, abs),
    "min": (1, 100, lambda *values: min(values)),
    "max": (1, 100, lambda *values: max(values)),
    "round": (1, 2, _round),
    "sqrt": (1, 1, lambda value: value.sqrt()),
}
