"""Numbers that mathematical answers are compared by: exact while they stay rational, else of sixty digits.

What an operation may take is bounded by work and not by time, so that an answer is judged alike on a slow machine and
on a fast one: exact numbers have a limited number of bits, and powers and arguments of functions a limited size. Beyond
that `UnreadableError` is raised.
"""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath

DIGITS = 60
"""Decimal digits of numbers that are not rational."""

AGREED = 40
"""Decimal digits in which two of them agree that count as equal."""

MOST_BITS = 1 << 14
"""Bits of an exact number; 2^{2005} and 1000! fit."""

LARGEST_LOGARITHM = 10**5
"""The natural logarithm of the largest number that is worked out."""

LARGEST_ARGUMENT = 10**20
"""Of a function such as the sine, which loses a digit for each of these."""

LARGEST_FACTORIAL = 1000

Value = Any
"""A Fraction, or an mpmath number, real or complex."""

_mp = mpmath.MPContext()
_mp.dps = DIGITS

PI, EULER, IMAGINARY, INFINITY = +_mp.pi, +_mp.e, _mp.mpc(0, 1), _mp.inf
DEGREE = _mp.pi / 180
"""A degree in radians."""

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "sin": _mp.sin, "cos": _mp.cos, "tan": _mp.tan, "cot": _mp.cot, "sec": _mp.sec, "csc": _mp.csc,
    "arcsin": _mp.asin, "arccos": _mp.acos, "arctan": _mp.atan, "ln": _mp.log, "log": _mp.log10, "exp": _mp.exp,
}  # fmt: skip
"""The functions that are known, by their name in LaTeX."""

INVERSE = {"sin": "arcsin", "cos": "arccos", "tan": "arctan"}
"""What a function to the power of -1 is."""


class UnreadableError(ValueError):
    """A text that is no expression, or one whose value takes more work than is allowed."""


def alike(one: Value, other: Value) -> bool:
    """Whether two values are equal: exactly where both are exact, else to forty digits."""
    if isinstance(one, Fraction) and isinstance(other, Fraction):
        return one == other
    a, b = _number(one), _number(other)
    if _mp.isinf(a) or _mp.isinf(b):
        return bool(a == b)
    # A difference of equal numbers is seldom exactly 0, so below 1e-5 it is the distance that counts.
    size = max(abs(a), abs(b), _mp.mpf(10) ** -5)
    return bool(abs(a - b) <= size * _mp.mpf(10) ** -AGREED)


def defined(value: Value) -> bool:
    """Whether a value is a number at all; infinity less infinity is none."""
    return isinstance(value, Fraction) or not _mp.isnan(value)


def plus(one: Value, other: Value) -> Value:
    """The sum."""
    return _bounded(one + other) if _exact(one, other) else _number(one) + _number(other)


def minus(one: Value, other: Value) -> Value:
    """The difference."""
    return _bounded(one - other) if _exact(one, other) else _number(one) - _number(other)


def times(one: Value, other: Value) -> Value:
    """The product."""
    return _bounded(one * other) if _exact(one, other) else _number(one) * _number(other)


def over(one: Value, other: Value) -> Value:
    """The quotient; raise ZeroDivisionError where the divisor is 0."""
    return _bounded(one / other) if _exact(one, other) else _number(one) / _number(other)


def to_the(base: Value, exponent: Value) -> Value:
    """The power, exact where the exponent is whole and the result small enough; raise ZeroDivisionError for 0^-1."""
    if _exact(base, exponent) and exponent.denominator == 1:
        bits = max(base.numerator.bit_length(), base.denominator.bit_length())
        if bits * abs(exponent.numerator) <= MOST_BITS:
            return base**exponent.numerator
    a, b = _number(base), _number(exponent)
    if _mp.isinf(a) or _mp.isinf(b):
        raise UnreadableError("expected a power of numbers, got one of infinity")
    if a == 0:
        if _mp.re(b) <= 0:
            raise ZeroDivisionError
        return Fraction(0)
    logarithm = b * _mp.log(a)
    _small(logarithm, LARGEST_LOGARITHM)
    return _mp.exp(logarithm)


def root(value: Value, degree: Value) -> Value:
    """The root, real where there is a real one; exact for squares."""
    if _exact(value, degree) and value >= 0 and degree == 2:
        above, below = math.isqrt(value.numerator), math.isqrt(value.denominator)
        if above**2 == value.numerator and below**2 == value.denominator:
            return Fraction(above, below)
    if _exact(value, degree) and value < 0 and degree.denominator == 1 and degree % 2:
        return minus(Fraction(0), root(-value, degree))
    return to_the(value, over(Fraction(1), degree))


def size(value: Value) -> Value:
    """The absolute value."""
    return abs(value)


def factorial(value: Value) -> Value:
    """The factorial of a whole number up to 1000."""
    return Fraction(math.factorial(_count(value)))


def choose(total: Value, taken: Value) -> Value:
    """The binomial coefficient of whole numbers up to 1000."""
    return Fraction(math.comb(_count(total), _count(taken)))


def applied(name: str) -> Callable[[Value], Value]:
    """One of FUNCTIONS, for values; its argument is bounded."""

    def function(value: Value) -> Value:
        argument = _number(value)
        _small(argument, LARGEST_LOGARITHM if name == "exp" else LARGEST_ARGUMENT)
        return FUNCTIONS[name](argument)

    return function


def _exact(*values: Value) -> bool:
    return all(isinstance(value, Fraction) for value in values)


def _number(value: Value) -> Any:
    return _mp.mpf(value.numerator) / value.denominator if isinstance(value, Fraction) else value


def _bounded(value: Fraction) -> Fraction:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MOST_BITS:
        raise UnreadableError(f"expected a number of at most {MOST_BITS} bits, got a longer one")
    return value


def _small(value: Any, largest: int) -> None:
    if not abs(value) <= largest:
        raise UnreadableError(f"expected a power or argument of at most {largest}, got a larger one")


def _count(value: Value) -> int:
    if not isinstance(value, Fraction) or value.denominator != 1 or not 0 <= value <= LARGEST_FACTORIAL:
        raise UnreadableError(f"expected a whole number from 0 to {LARGEST_FACTORIAL}, got another")
    return int(value)
