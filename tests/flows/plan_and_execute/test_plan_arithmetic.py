"""The calculator: right, exact, and deaf to everything that is no arithmetic."""

import time
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from plan_and_execute.arithmetic import ExpressionError, compute, shown


@pytest.mark.parametrize(("expression", "value"), [
    ("1 + 2 * 3", "7"), ("(1 + 2) * 3", "9"), ("10 - 4 - 3", "3"), ("100 / 10 / 5", "2"), ("2 - -3", "5"),
    ("-2^2", "-4"), ("(-2)^2", "4"), ("2^3^2", "512"), ("2^-1", "0.5"), ("2**10", "1,024"), ("2 ^ 0.5", "1.4142135624"),
    ("--3", "3"), ("+-+3", "-3"), ("2*-3", "-6"), ("-3%", "-0.03"), ("15% * 3", "0.45"),
    ("200 * (1 + 10%)", "220"), ("0.1 + 0.2", "0.3"), ("1/3*3", "1"), ("7 × 6 ÷ 2 − 1", "20"), ("3·4", "12"),
    ("4.2 million - 1,250,000", "2,950,000"), ("(4.2 million - 1,250,000) / 12", "245,833.3333333333"),
    ("1.5 BILLION", "1,500,000,000"), ("2 trillion / 1 thousand", "2,000,000,000"), ("3k + 5", "3,005"),
    ("4 mn", "4,000,000"), ("2 hundred", "200"), ("1,250", "1,250"), ("1_000_000", "1,000,000"), (".5", "0.5"),
    ("1e5", "100,000"), ("1.5E-3", "0.0015"), ("abs(-3)", "3"), ("min(3, 1, 2)", "1"), ("max(1,250, 980)", "1,250"),
    ("round(2.345, 2)", "2.34"), ("round(2.6)", "3"), ("sqrt(16) + SQRT(9)", "7"), ("sqrt(2)^2", "2"),
    ("max(abs(-5), 2 * (1 + 1))", "5"), ("1250-1,250", "0"), ("10^20", "100,000,000,000,000,000,000"), ("-0", "0"),
    ("0 million", "0"), ("1.0000001^1e9 * 0", "0"), ("2+2\n", "4"), ("\t 5 ", "5"),
])
def test_expressions_have_their_value(expression, value):
    assert shown(compute(expression)) == value


@pytest.mark.parametrize(("expression", "reason"), [
    ("", "the end"), ("   ", "the end"), ("1 +", '"the end" stands where a number should'), ("* 2", '"\\*" stands'),
    ("(1 + 2", '"the end" stands where "\\)" should'), ("1 + 2)", '"\\)" stands where an operator'), ("2 3", '"3"'),
    ("2 (3)", '"\\("'), ("1,2345", '","'), ("5 % 3", '"3" stands where an operator'), ("1..2", "no part of"),
    ("1/0", "divides by zero"), ("0/0", "divides by zero"), ("5 / (2 - 2)", "divides by zero"),
    ("0^-1", "divides by zero"), ("1 / 0^-1", "divides by zero"),
    ("sqrt(-1)", "has no value"), ("(-8)^(1/3)", "has no value"), ("0^0", "has no value"),
    ("9**9**9", "more than 100 digits"), ("10^10000", "more than 100 digits"), ("1e101", "more than 100 digits"),
    ("1e9999", "more than 100 digits"), ("10^60 * 10^60", "more than 100 digits"), ("9" * 102, "more than 100 digits"),
    ("1e-200", "more than 100 digits"), ("10^-60 * 10^-60", "more than 100 digits"), ("0.1^200", "more than 100"),
    ("__import__('os')", '"__import__'), ("import os", '"import"'), ("os.system", '".system"'), ("(1).real", '".real"'),
    ("'a' * 9", "no part of"), ('"a"', "no part of"), ("x", '"x"'), ("lambda: 1", '": 1"'), ("[1]", "no part of"),
    ("1 if 1 else 2", '"if"'), ("1; 2", "no part of"), ("1 = 1", "no part of"), ("1 << 9", "no part of"),
    ("9!", "no part of"), ("$5", "no part of"), ("5 km", '"km"'), ("NaN", '"NaN"'), ("Infinity", '"Infinity"'),
    ("pow(2, 3)", '"pow"'), ("eval(1)", '"eval"'), ("abs", '"the end" stands where "\\("'), ("abs()", "a number"),
    ("abs(1, 2)", "abs does not take 2 numbers"), ("sqrt(1, 2)", "sqrt does not take 2"), ("round(1, 2, 3)", "take 3"),
    ("round(1.5, 0.5)", "whole number of decimals"), ("round(1.5, -1)", "decimals"), ("round(1.5, 99)", "decimals"),
    ("(" * 51 + "1" + ")" * 51, "50 brackets or signs"), ("-" * 51 + "1", "50 brackets or signs"),
    ("(" * 999, "50 brackets or signs"), ("2^" * 300 + "2", "50 brackets or signs"), ("abs(" * 200, "50 brackets"),
    ("1" * 1001, "longer than 1,000"), ("1+" * 100_000, "longer than 1,000 characters"), ("1\0", "no part of"),
    ("max(" + ",".join("1" * 200) + ")", "max does not take 200 numbers"), ("\ud800", "no part of"), ("½", "no part"),
])
def test_what_is_no_arithmetic_or_has_no_value_is_refused_at_once_with_the_reason(expression, reason):
    start = time.perf_counter()
    with pytest.raises(ExpressionError, match=reason):
        compute(expression)
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize("expression", ["max(100,200)", "min(1,250)", "max(100,200,300)", "max(5)"])
def test_a_comma_that_may_separate_numbers_or_thousands_is_not_guessed_at(expression):
    with pytest.raises(ExpressionError, match=r"at least two numbers.*a space after the comma"):
        compute(expression)


@pytest.mark.parametrize("expression", ["9.99^99", "1.0000001^123456789", "2^0.333333", "sqrt(" * 40 + "7" + ")" * 40,
                                        "+".join(["1/7"] * 250), "*".join(["1.01"] * 200), "1." + "1" * 990])
def test_nothing_takes_long(expression):
    start = time.perf_counter()
    compute(expression)
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize(("value", "text"), [
    ("0", "0"), ("-0", "0"), ("-0.00", "0"), ("1E+2", "100"), ("1E+30", "1" + ",000" * 10), ("0.10", "0.1"),
    ("-1234.50", "-1,234.5"), ("1234567.891", "1,234,567.891"), ("1E-12", "0"), ("-1E-12", "0"), ("0.00001", "0.00001"),
    ("99999999999.99999999999", "100,000,000,000"), ("0.99999999999", "1"), ("100", "100"), ("100.0", "100"),
    ("9.99E+100", "99,900" + ",000" * 32), ("1000000000000000000000000.5", "1" + ",000" * 8 + ".5"),
])
def test_numbers_are_shown_with_separators_without_idle_zeros_and_without_an_exponent(value, text):
    assert shown(Decimal(value)) == text


# Against Python's own fractions


def numbers():
    return st.one_of(st.integers(0, 10**6).map(str), st.decimals(0, 10**4, places=3).map(lambda each: f"{each:f}"))


def joined(parts):
    return st.tuples(parts, st.sampled_from("+-*/"), parts).map(lambda part: f"({part[0]} {part[1]} {part[2]})")


def exact(expression: str) -> Fraction:
    import re

    return eval(re.sub(r"[\d.]+", lambda found: f'Fraction("{found[0]}")', expression), {"Fraction": Fraction})


@given(st.recursive(numbers(), lambda parts: joined(parts) | parts.map(lambda part: f"-{part}"), max_leaves=8))
@example("2 - 3 * 4 / 5 - -6")
def test_expressions_have_the_value_that_fractions_have(expression):
    assume(expression.count("-") < 40)
    try:
        value = exact(expression)
    except ZeroDivisionError:
        with pytest.raises(ExpressionError, match="divides by zero"):
            compute(expression)
        return
    try:
        assert abs(Fraction(compute(expression)) - value) <= max(1, abs(value)) * Fraction(1, 10**6)
    except ExpressionError as error:  # a difference that is 0 but for the 28th digit
        assert "divides by zero" in str(error) or "digits" in str(error)


@given(st.text(max_size=40) | st.text(alphabet="0123456789+-*/^%(),. eEkmaxround", max_size=40))
def test_any_text_is_an_expression_or_is_refused(text):
    try:
        value = compute(text)
    except ExpressionError as error:
        assert str(error)
    else:
        assert value.is_finite()
        assert set(shown(value)) <= set("0123456789,.-")
