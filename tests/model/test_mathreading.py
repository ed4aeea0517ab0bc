"""Expressions against values that are worked out beside their text, and against what is known of functions."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.model.mathreading import DEEPEST, LONGEST, same
from stages.model.mathvalue import UnreadableError

EQUAL = [
    (r"\frac12", "0.5"),
    (r"\frac 9{20}", ".45"),
    (r"\frac{625}4", "156.25"),
    (r"1\frac{1}{10}", "1.1"),
    (r"2\frac13", "7/3"),
    ("2^10", "1024"),
    ("2^{2005}", "2*2^{2004}"),
    ("2^-1", "1/2"),
    ("-2^2", "-4"),
    ("2^3^2", "512"),
    ("3*-2", "-6"),
    ("5!", "120"),
    (r"\binom{5}{2}", "10"),
    (r"\sqrt[3]{-8}", "-2"),
    (r"\sqrt{-4}", "2i"),
    (r"\sqrt{\frac{9}{16}}", r"\frac34"),
    (r"\frac{\sqrt{3}}{3}", r"1/\sqrt3"),
    (r"\sqrt{3+2\sqrt2}", r"1+\sqrt{2}"),
    ("sqrt(8)", r"2\sqrt2"),
    ("i^2", "-1"),
    ("(1+i)^2", "2i"),
    (r"e^{i\pi}", "-1"),
    (r"\log_2 8", "3"),
    (r"\log 1000", "3"),
    (r"\ln e^2", "2"),
    (r"\sin^{-1}(1)", r"\frac\pi2"),
    (r"\sin^2 x+\cos^2 x", "1"),
    (r"\sin 2x", r"2\sin x\cos x"),
    (r"\sec x", r"\frac{1}{\cos x}"),
    (r"\cos 60^\circ", "1/2"),
    ("x^3+27", "(x+3)(x^2-3x+9)"),
    (r"-\frac1{2x}", r"\frac{-1}{2x}"),
    ("x_1+x_2", "x_{2}+x_{1}"),
    ("3 - 2f(x)", "-2f(x)+3"),
    ("|{-3}|", "3"),
    (r"a \cdot b \div c", "ab/c"),
    ("f''", "f''"),
    (r"-\infty", r"-\infty"),
]

UNEQUAL = [
    (r"\sqrt{x^2}", "x"),
    ("|x|", "x"),
    ("b-1", "1-b"),
    ("2x", "2y"),
    ("x_1", "x_2"),
    ("f'", "f"),
    ("-2^2", "4"),
    ("0.3333333333", "1/3"),
    (r"3.14159265358979", r"\pi"),
    (r"\infty", r"-\infty"),
    (r"\infty", "10^{99}"),
    ("1/0", "1/0"),
    (r"\infty-\infty", r"\infty-\infty"),
    ("1/x", "1/(x-x)"),
    ("2^{2005}", "2^{2005}+1"),
]


@pytest.mark.parametrize(("one", "other"), EQUAL)
def test_expressions_of_one_value_are_the_same(one: str, other: str) -> None:
    assert same(one, other)
    assert same(other, one)


@pytest.mark.parametrize(("one", "other"), UNEQUAL)
def test_expressions_of_two_values_are_not(one: str, other: str) -> None:
    assert not same(one, other)
    assert not same(other, one)


def joined(pair: tuple[tuple[str, Fraction], tuple[str, Fraction]], kind: str) -> tuple[str, Fraction]:
    """A text and its value from those of two parts."""
    (left, a), (right, b) = pair
    if kind == "+":
        return f"({left}+{right})", a + b
    if kind == "-":
        return rf"\left({left} - {{{right}}}\right)".replace(r"\left", "").replace(r"\right", ""), a - b
    if kind == "*":
        return rf"({left})({right})", a * b
    if kind == "^":
        return f"({left})^{{2}}", a * a
    return (f"{left}", a) if b == 0 else (rf"\frac{{{left}}}{{{right}}}", a / b)


NUMBERS = st.integers(0, 99).map(lambda number: (str(number), Fraction(number))) | st.integers(0, 999).map(
    lambda number: (f"{number / 100:.2f}", Fraction(number, 100))
)
TREES = st.recursive(
    NUMBERS, lambda part: st.builds(joined, st.tuples(part, part), st.sampled_from("+-*/^")), max_leaves=6
)


@given(TREES)
def test_any_arithmetic_has_the_value_that_fractions_give(tree: tuple[str, Fraction]) -> None:
    text, value = tree
    assert same(text, f"{value.numerator}/{value.denominator}")
    assert not same(text, f"{value.numerator}/{value.denominator}+1/10^30")


@pytest.mark.parametrize(
    "text",
    [
        "", "+", "1 2", "--1", "(1", "1)", "1+", r"\frac1", r"\sqrt", r"\unknown{1}", "x^", "#", "1_2", r"\frac{1}{2",
        "9" * (LONGEST + 1), "(" * (DEEPEST + 1) + "1" + ")" * (DEEPEST + 1), "2^" * (DEEPEST + 1) + "2",
        r"\sqrt" * (DEEPEST + 1) + "2", r"\sin" * (DEEPEST + 1) + "1",
    ],
)  # fmt: skip
def test_what_is_no_expression_or_too_large_a_one_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableError):
        same(text, text)


@pytest.mark.parametrize(
    "text",
    [
        "9^{9^{9^9}}", "9^9^9^9^9", "1000!^{1000!}", "1001!", "3!!!!", "x^x^x^x^x^x", "((x+1)^999+1)^999",
        r"\sin(10^{99})", r"e^{e^{e^9}}", r"\binom{9999}{5000}", "1.5!", r"(\infty)^2", "2^{8000}*2^{8000}*2^{8000}",
    ],
)  # fmt: skip
def test_what_would_take_too_much_work_is_unreadable_too(text: str) -> None:
    with pytest.raises(UnreadableError):
        same(text, text)
