"""The numbers of the calculator: how many digits they have, and how they are shown."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal, Subnormal, getcontext, localcontext

MOST_DIGITS = 100  # before or after the point: no fact of this world has more
# Significant digits to compute with: all those between the two limits, and some that rounding may spoil. The second
# number is there to confirm what the first one gives.
PRECISIONS = (250, 300)
GUARD = 40  # the last digits, which rounding may have spoilt; a difference that has no others is 0
SETTLED = 205  # digits in which no rounding is left, as 2 is in the square of the root of 2
DECIMALS = 10  # that are shown; of numbers below 1, digits
SMALLEST_PLAIN = -10  # the power of ten below which numbers are shown as 3.2e-12, since nobody counts zeros


def format_result(value: Decimal) -> str:
    """Return a number as text, with "(rounded)" where digits are left out."""
    text = format_number(value)
    return text if Decimal(text.replace(",", "")) == value else f"{text} (rounded)"


def format_number(value: Decimal) -> str:
    """Return a number with separators for thousands and without idle zeros, rounded half up.

    There are at most ten digits after the point, and of numbers below 1 ten digits that count. Those below 10^-10 are
    written like 3.2e-12.
    """
    with localcontext(Context(prec=PRECISIONS[-1], rounding=ROUND_HALF_UP)):
        decimals = DECIMALS if not value or value.adjusted() >= 0 else DECIMALS - 1 - value.adjusted()
        value = value.quantize(Decimal(1).scaleb(-decimals))
        if value and value.adjusted() < SMALLEST_PLAIN:
            digits, _, power = f"{value:.{DECIMALS - 1}e}".partition("e")
            return f"{digits.rstrip('0').rstrip('.')}e{power}"
        text = f"{value:,f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def without_guard_digits(value: Decimal) -> Decimal:
    """Return a number without the last of its digits, which rounding may have spoilt."""
    return Context(prec=SETTLED).plus(value)


def check_exponent(value: Decimal) -> Decimal:
    """Return the number, if it is not too small to be represented.

    Raises:
        Subnormal: it is.
    """
    if value and value.adjusted() < -MOST_DIGITS:
        raise Subnormal
    return value


def sum_of(first: Decimal, second: Decimal) -> Decimal:
    """Return a sum; 0 where all that is left of two numbers is what rounding did to them."""
    value = first + second
    spoilt = max(first.adjusted(), second.adjusted()) - getcontext().prec + GUARD
    return Decimal(0) if value and value.adjusted() < spoilt else check_exponent(value)
