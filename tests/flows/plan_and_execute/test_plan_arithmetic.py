"""The calculator: right, exact, and deaf to everything that is no arithmetic."""

import shutil
import subprocess
import time
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from math import isqrt

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from plan_and_execute.arithmetic import ExpressionError, compute, format_number, format_result


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("10 - 4 - 3", "3"),
        ("100 / 10 / 5", "2"),
        ("2 - -3", "5"),
        ("-2^2", "-4"),
        ("(-2)^2", "4"),
        ("2^3^2", "512"),
        ("2^-1", "0.5"),
        ("2**10", "1,024"),
        ("2 ^ 0.5", "1.4142135624"),
        ("--3", "3"),
        ("+-+3", "-3"),
        ("2*-3", "-6"),
        ("-3%", "-0.03"),
        ("15% * 3", "0.45"),
        ("200 * (1 + 10%)", "220"),
        ("0.1 + 0.2", "0.3"),
        ("1/3*3", "1"),
        ("7 × 6 ÷ 2 − 1", "20"),
        ("3·4", "12"),
        ("4.2 million - 1,250,000", "2,950,000"),
        ("(4.2 million - 1,250,000) / 12", "245,833.3333333333"),
        ("1.5 BILLION", "1,500,000,000"),
        ("2 trillion / 1 thousand", "2,000,000,000"),
        ("3k + 5", "3,005"),
        ("4 mn", "4,000,000"),
        ("2 hundred", "200"),
        ("1,250", "1,250"),
        ("1_000_000", "1,000,000"),
        (".5", "0.5"),
        ("1e5", "100,000"),
        ("1.5E-3", "0.0015"),
        ("abs(-3)", "3"),
        ("min(3, 1, 2)", "1"),
        ("max(1,250, 980)", "1,250"),
        ("round(2.345, 2)", "2.35"),
        ("round(2.6)", "3"),
        ("sqrt(16) + SQRT(9)", "7"),
        ("sqrt(2)^2", "2"),
        ("max(abs(-5), 2 * (1 + 1))", "5"),
        ("1250-1,250", "0"),
        ("10^20", "100,000,000,000,000,000,000"),
        ("-0", "0"),
        ("0 million", "0"),
        ("1.0000001^1e9 * 0", "0"),
        ("2+2\n", "4"),
        ("\t 5 ", "5"),
    ],
)
def test_expressions_have_their_value(expression, value):
    assert format_number(compute(expression)) == value


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("", "the end"),
        ("   ", "the end"),
        ("1 +", '"the end" stands where a number should'),
        ("* 2", '"\\*" stands'),
        ("(1 + 2", '"the end" stands where "\\)" should'),
        ("1 + 2)", '"\\)" stands where an operator'),
        ("2 3", '"3"'),
        ("2 (3)", '"\\("'),
        ("1,2345", '","'),
        ("5 % 3", '"3" stands where an operator'),
        ("1..2", "no part of"),
        ("1/0", "divides by zero"),
        ("0/0", "divides by zero"),
        ("5 / (2 - 2)", "divides by zero"),
        ("0^-1", "divides by zero"),
        ("1 / 0^-1", "divides by zero"),
        ("sqrt(-1)", "has no value"),
        ("(-8)^(1/3)", "has no value"),
        ("0^0", "has no value"),
        ("9**9**9", "more than 100 digits"),
        ("10^10000", "more than 100 digits"),
        ("1e101", "more than 100 digits"),
        ("1e9999", "more than 100 digits"),
        ("10^60 * 10^60", "more than 100 digits"),
        ("9" * 102, "more than 100 digits"),
        ("1e-200", "more than 100 digits"),
        ("10^-60 * 10^-60", "more than 100 digits"),
        ("0.1^200", "more than 100"),
        ("__import__('os')", '"__import__'),
        ("import os", '"import"'),
        ("os.system", '".system"'),
        ("(1).real", '".real"'),
        ("'a' * 9", "no part of"),
        ('"a"', "no part of"),
        ("x", '"x"'),
        ("lambda: 1", '": 1"'),
        ("[1]", "no part of"),
        ("1 if 1 else 2", '"if"'),
        ("1; 2", "no part of"),
        ("1 = 1", "no part of"),
        ("1 << 9", "no part of"),
        ("9!", "no part of"),
        ("$5", "no part of"),
        ("5 km", '"km"'),
        ("NaN", '"NaN"'),
        ("Infinity", '"Infinity"'),
        ("pow(2, 3)", '"pow"'),
        ("eval(1)", '"eval"'),
        ("abs", '"the end" stands where "\\("'),
        ("abs()", "a number"),
        ("abs(1, 2)", "abs does not take 2 numbers"),
        ("sqrt(1, 2)", "sqrt does not take 2"),
        ("round(1, 2, 3)", "take 3"),
        ("round(1.5, 0.5)", "whole number of decimals"),
        ("round(1.5, -1)", "decimals"),
        ("round(1.5, 99)", "decimals"),
        ("(" * 51 + "1" + ")" * 51, "50 brackets or signs"),
        ("-" * 51 + "1", "50 brackets or signs"),
        ("(" * 999, "50 brackets or signs"),
        ("2^" * 300 + "2", "50 brackets or signs"),
        ("abs(" * 200, "50 brackets"),
        ("1" * 1001, "longer than 1,000"),
        ("1+" * 100_000, "longer than 1,000 characters"),
        ("1\0", "no part of"),
        ("max(" + ",".join("1" * 200) + ")", "max does not take 200 numbers"),
        ("\ud800", "no part of"),
        ("½", "no part"),
    ],
)
def test_what_is_no_arithmetic_or_has_no_value_is_refused_at_once_with_the_reason(expression, reason):
    start = time.perf_counter()
    with pytest.raises(ExpressionError, match=reason):
        compute(expression)
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize("expression", ["max(100,200)", "min(1,250)", "max(100,200,300)", "max(5)"])
def test_a_comma_that_may_separate_numbers_or_thousands_is_not_guessed_at(expression):
    with pytest.raises(ExpressionError, match=r"at least two numbers.*a space after the comma"):
        compute(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "9.99^99",
        "1.0000001^123456789",
        "2^0.333333",
        "sqrt(" * 40 + "7" + ")" * 40,
        "+".join(["1/7"] * 250),
        "*".join(["1.01"] * 200),
        "1." + "1" * 990,
    ],
)
def test_nothing_takes_long(expression):
    start = time.perf_counter()
    compute(expression)
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0", "0"),
        ("-0", "0"),
        ("-0.00", "0"),
        ("1E+2", "100"),
        ("1E+30", "1" + ",000" * 10),
        ("0.10", "0.1"),
        ("-1234.50", "-1,234.5"),
        ("1234567.891", "1,234,567.891"),
        ("1E-12", "1e-12"),
        ("-1E-12", "-1e-12"),
        ("0.00001", "0.00001"),
        ("6.4E-12", "6.4e-12"),
        ("1E-10", "0.0000000001"),
        ("9.99999999999E-11", "0.0000000001"),
        ("9.9E-11", "9.9e-11"),
        ("1.23456789012345E-12", "1.23456789e-12"),
        ("0.0000123456789012345", "0.0000123456789"),
        ("1E-100", "1e-100"),
        ("2.00000000005", "2.0000000001"),
        ("-2.00000000005", "-2.0000000001"),
        ("0.11111111115", "0.1111111112"),
        ("1.00000000004", "1"),
        ("99999999999.99999999999", "100,000,000,000"),
        ("0.99999999999", "1"),
        ("100", "100"),
        ("100.0", "100"),
        ("9.99E+100", "99,900" + ",000" * 32),
        ("1000000000000000000000000.5", "1" + ",000" * 8 + ".5"),
    ],
)
def test_numbers_are_shown_with_separators_without_idle_zeros_and_small_ones_with_an_exponent(value, text):
    assert format_number(Decimal(value)) == text


# Digits


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("6.4e-12 / 2", "3.2e-12"),
        ("6.4e-12 * 0.5", "3.2e-12"),
        ("1e-60 * 1e-39", "1e-99"),
        ("1 - 0.99999999999", "1e-11"),
        ("(1+1e-50)^1e50", "2.7182818285 (rounded)"),
        ("(1+1e-99)^1e99", "2.7182818285 (rounded)"),
        ("(1+1e-50) - 1", "1e-50"),
        ("1e50 + 1 - 1e50", "1"),
        ("1e100 + 1e-100 - 1e100", "1e-100"),
        ("10^30 + 1", "1" + ",000" * 9 + ",001"),
        ("2^100", "1,267,650,600,228,229,401,496,703,205,376"),
        ("1/3", "0.3333333333 (rounded)"),
        ("2/3", "0.6666666667 (rounded)"),
        ("1/8", "0.125"),
        ("1/3*3", "1"),
        ("1/3*3 - 1", "0"),
        ("sqrt(2)^2 - 2", "0"),
        ("sqrt(2)^2", "2"),
        ("8^(1/3)", "2"),
        ("8^(1/3) - 2", "0"),
        ("(-8)^(1/3*3)", "-8"),
        ("sqrt(2)", "1.4142135624 (rounded)"),
        ("123456789.00000000001", "123,456,789 (rounded)"),
        ("1e20 + 0.00000000001", "100,000,000,000,000,000,000 (rounded)"),
        ("0.1 + 0.2 - 0.3", "0"),
    ],
)
def test_a_result_is_right_to_its_last_digit_and_says_where_digits_are_left_out(expression, text):
    assert format_result(compute(expression)) == text


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("round(2.5)", "3"),
        ("round(-2.5)", "-3"),
        ("round(3.5)", "4"),
        ("round(0.5)", "1"),
        ("round(1.005, 2)", "1.01"),
        ("round(-1.005, 2)", "-1.01"),
        ("round(2.4999)", "2"),
        ("round(2.675, 2)", "2.68"),
        ("round(8^(1/3) + 0.5)", "3"),
        ("round(1.5/3 * 5)", "3"),
        ("round(1/3, 4)", "0.3333"),
        ("round(2/3, 28)", "0.6666666667 (rounded)"),
    ],
)
def test_halves_are_rounded_up_as_people_do(expression, text):
    assert format_result(compute(expression)) == text


def test_an_expression_that_needs_more_digits_than_are_kept_is_refused():
    with localcontext(Context(prec=900, Emin=-9999)):
        first = (1 + Decimal("1e-99")) ** 10**99
        near_first = first.quantize(Decimal("1e-60"))
        second = (1 + (first - near_first) * Decimal("1e-38")) ** 10**98
        near_second = second.quantize(Decimal("1e-98"))
        near_third = ((1 + (second - near_second)) ** 10**98).quantize(Decimal("1e-70"))
    expression = f"(1 + ((1 + ((1+1e-99)^1e99 - {near_first}) * 1e-38)^1e98 - {near_second}))^1e98 - {near_third}"
    with pytest.raises(ExpressionError, match="the expression needs more than 250 digits to be computed"):
        compute(expression)


@given(st.integers(0, 10**30), st.integers(0, 12))
def test_roots_are_those_of_whole_numbers(number, places):
    root = compute(f"sqrt({number}e-{places})")
    exact_root = isqrt(number * 10 ** (400 - places))
    assert abs(Fraction(root) - Fraction(exact_root, 10**200)) < Fraction(1, 10**180)


@given(st.integers(1, 500), st.integers(1, 30), st.integers(1, 9))
def test_a_power_of_a_fraction_is_the_root_of_a_power(base, above, below):
    value = Fraction(compute(f"{base}^({above}/{below})"))
    assert abs(value**below / Fraction(base) ** above - 1) < Fraction(1, 10**180)


@given(st.decimals(-(10**6), 10**6, places=6), st.integers(0, 6))
def test_rounding_is_half_up(number, places):
    wanted = Fraction(abs(number)) * 10**places + Fraction(1, 2)
    wanted = Fraction(wanted.numerator // wanted.denominator, 10**places) * (-1 if number < 0 else 1)
    assert Fraction(compute(f"round({number:f}, {places})")) == wanted


@pytest.mark.skipif(shutil.which("bc") is None, reason="there is no bc on this machine")
@settings(max_examples=20)
@given(st.lists(st.decimals(1, 1000, places=2), min_size=2, max_size=6), st.data())
def test_bc_says_the_same(numbers, data):
    signs = [data.draw(st.sampled_from("+-*/")) for _ in numbers[1:]]
    expression = str(numbers[0]) + "".join(f" {sign} sqrt({number})" for sign, number in zip(signs, numbers[1:]))
    asked = f"scale=60; {expression}\n"
    said = subprocess.run(["bc"], input=asked, capture_output=True, text=True, check=True, env={"BC_LINE_LENGTH": "0"})
    assert abs(compute(expression) - Decimal(said.stdout.strip())) < Decimal("1e-40")


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
        assert abs(Fraction(compute(expression)) - value) <= abs(value) * Fraction(1, 10**200)
    except ExpressionError as error:
        assert "more than 100 digits" in str(error) and value


@given(st.text(max_size=40) | st.text(alphabet="0123456789+-*/^%(),. eEkmaxround", max_size=40))
def test_any_text_is_an_expression_or_is_refused(text):
    try:
        value = compute(text)
    except ExpressionError as error:
        assert str(error)
    else:
        assert value.is_finite()
        assert set(format_number(value)) <= set("0123456789,.-e")
        assert (format_number(value) in ("0", "-0")) == (value == 0)
