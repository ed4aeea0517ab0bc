"""Numbers to sixty digits: what is exact stays exact, and what is not agrees to forty digits."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.model.mathvalue import (
    INFINITY,
    PI,
    UnreadableError,
    alike,
    applied,
    defined,
    minus,
    over,
    plus,
    root,
    times,
    to_the,
)  # fmt: skip

FRACTIONS = st.fractions(max_denominator=1000).filter(lambda value: abs(value) < 10**6)


@given(FRACTIONS, FRACTIONS.filter(bool))
def test_arithmetic_of_fractions_is_exact(one: Fraction, other: Fraction) -> None:
    found = over(times(plus(one, other), minus(one, other)), other)
    assert isinstance(found, Fraction)
    assert found == (one + other) * (one - other) / other


@given(FRACTIONS.filter(lambda value: value > 0), st.integers(2, 7))
def test_a_root_to_its_degree_is_the_number(value: Fraction, degree: int) -> None:
    assert alike(to_the(root(value, Fraction(degree)), Fraction(degree)), value)
    assert root(value * value, Fraction(2)) == value


def test_numbers_that_differ_after_the_39th_digit_are_still_told_apart() -> None:
    assert not alike(PI, plus(PI, Fraction(1, 10**38)))
    assert alike(PI, plus(PI, Fraction(1, 10**45)))
    assert not alike(Fraction(1, 10**90), Fraction(0))


def test_infinity_is_like_itself_alone_and_less_itself_nothing() -> None:
    assert alike(INFINITY, INFINITY)
    assert not alike(INFINITY, minus(Fraction(0), INFINITY))
    assert not alike(INFINITY, Fraction(10**400))
    assert not defined(minus(INFINITY, INFINITY))


def test_nothing_is_divided_by_0_nor_0_raised_below() -> None:
    for work in (lambda: over(PI, Fraction(0)), lambda: to_the(minus(PI, PI), Fraction(-1))):
        with pytest.raises(ZeroDivisionError):
            work()


def test_exact_numbers_do_not_grow_without_end() -> None:
    value = to_the(Fraction(3), Fraction(8000))
    assert value == 3**8000
    with pytest.raises(UnreadableError):
        times(value, value)
    assert not isinstance(to_the(Fraction(3), Fraction(20_000)), Fraction)


def test_functions_refuse_what_they_would_lose_all_digits_on() -> None:
    assert alike(applied("sin")(over(PI, Fraction(6))), Fraction(1, 2))
    with pytest.raises(UnreadableError):
        applied("sin")(Fraction(10**21))
