"""A calculator for expressions that a model wrote: exact decimals, and nothing that could run anything else."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Context, Decimal, DecimalException, localcontext
from decimal import DivisionByZero, DivisionUndefined, InvalidOperation, Overflow, Subnormal

TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d{1,3}(?:,\d{3})+(?!\d)|\d[\d_]*)(?:\.\d+)?(?:[eE][+-]?\d{1,4})?|\.\d+)"
    r"|(?P<name>[A-Za-z]+)|(?P<operator>\*\*|[-+*/^%(),×·÷−]))"
)
SCALES = {
    "hundred": 2, "thousand": 3, "k": 3, "million": 6, "millions": 6, "m": 6, "mn": 6, "billion": 9, "billions": 9,
    "bn": 9, "b": 9, "trillion": 12, "trillions": 12, "tn": 12,
}
SAME_AS = {"**": "^", "×": "*", "·": "*", "÷": "/", "−": "-"}
LONGEST, DEEPEST = 1_000, 50  # characters; brackets and signs inside each other
MOST_DIGITS = 100  # before or after the point: no fact of this world has more
PRECISION = 28  # significant digits
FAULTS = [DivisionByZero, InvalidOperation, Overflow, Subnormal]  # what is no number, too large or too small
BY_ZERO = "the expression divides by zero"


class ExpressionError(ValueError):
    """An expression that can't be computed; the text says why."""


def compute(expression: str) -> Decimal:
    """Return the value of an arithmetic expression.

    Numbers may have separators for thousands ("1,250"), a scale ("4.2 million") and a percent sign ("15%" is 0.15).
    Operators are + - * / ^ with their usual precedence, ^ from right to left and above a sign before it (-2^2 is -4);
    functions are abs, min, max, round (with a number of decimals as its second argument) and sqrt.

    Raises:
        ExpressionError: it is no such expression, divides by zero, or leads to numbers that are too large or too small.
    """
    if len(expression) > LONGEST:
        raise ExpressionError(f"the expression is longer than {LONGEST:,} characters")
    with localcontext(Context(prec=PRECISION, Emax=MOST_DIGITS, Emin=-MOST_DIGITS, traps=FAULTS)):
        try:
            return _Parser(_tokens(expression)).whole()
        except DecimalException as error:
            raise ExpressionError(_reason(error)) from None


def shown(value: Decimal) -> str:
    """Return a number with separators for thousands and at most ten digits after the point, without idle zeros."""
    with localcontext(Context(prec=PRECISION + MOST_DIGITS)):
        text = f"{value:,.10f}" if abs(value) < 1 or value % 1 else f"{value:,.0f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def _reason(error: DecimalException) -> str:
    if isinstance(error, DivisionByZero) or DivisionUndefined in error.args[0]:
        return BY_ZERO
    if isinstance(error, (Overflow, Subnormal)):
        return f"the expression leads to a number of more than {MOST_DIGITS} digits"
    return "the expression has no value, like the root of a negative number"


def _tokens(expression: str) -> list[tuple[str, str]]:
    tokens, place, text = [], 0, expression.rstrip()
    while place < len(text):
        found = TOKEN.match(text, place)
        if found is None:
            raise ExpressionError(f'"{text[place:place + 20].strip()}" is no part of an arithmetic expression')
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
            value = value + self._product() if self._take()[1] == "+" else value - self._product()
        return value

    def _product(self) -> Decimal:
        value = self._signed()
        while self._peek() in ("*", "/"):
            value = value * self._signed() if self._take()[1] == "*" else value / self._signed()
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
        return base ** exponent

    def _scaled(self) -> Decimal:
        value = self._atom()
        while self._peek() == "%" or self._tokens[self._place][0] == "name" and self._peek().lower() in SCALES:
            text = self._take()[1]
            value = value / 100 if text == "%" else value.scaleb(SCALES[text.lower()])
        return value

    def _atom(self) -> Decimal:
        kind, text = self._take()
        if kind == "number":
            return Decimal(text.replace(",", "").replace("_", ""))
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
    if decimals % 1 or not 0 <= decimals <= PRECISION:
        raise ExpressionError(f"round takes a whole number of decimals, from 0 to {PRECISION}")
    return value.quantize(Decimal(1).scaleb(-int(decimals)))


# The least and the most numbers that a function takes.
FUNCTIONS: dict[str, tuple[int, int, Callable[..., Decimal]]] = {
    "abs": (1, 1, abs),
    "min": (1, 100, lambda *values: min(values)),
    "max": (1, 100, lambda *values: max(values)),
    "round": (1, 2, _round),
    "sqrt": (1, 1, lambda value: value.sqrt()),
}
