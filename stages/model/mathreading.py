"""Mathematical expressions in LaTeX (or plain text) that are read and compared by their values.

The text is read by the small parser below; no part of it reaches eval, or the parser or simplifier of a computer
algebra system. Two expressions without letters are compared by their values, others at fixed points of either sign.
That is not a proof, but two that differ and still agree at every point to forty digits are not to be expected.
"""

import re
from collections.abc import Callable
from fractions import Fraction

from stages.model.chance import fraction
from stages.model.mathvalue import (
    DEGREE,
    EULER,
    FUNCTIONS,
    IMAGINARY,
    INFINITY,
    INVERSE,
    PI,
    UnreadableError,
    Value,
    alike,
    applied,
    choose,
    defined,
    factorial,
    minus,
    over,
    plus,
    root,
    size,
    times,
    to_the,
)

LONGEST, DEEPEST = 300, 40
"""Characters of an expression, and brackets or commands within each other."""

POINTS = 4
"""How many values each letter gets, one after the other."""

Node = Callable[["_Letters"], Value]
"""An expression that was read: from the letters' values to its own."""

_GREEK = "alpha beta gamma delta epsilon theta lambda mu nu rho sigma tau phi varphi omega".split()  # noqa: SIM905

_TOKEN = re.compile(
    r"\s*(\d+(?:\.\d+)?|\.\d+|\\[a-zA-Z]+|\\[|{}]|sqrt|pi|arcsin|arccos|arctan|sin|cos|tan|cot|sec|csc|log|ln"
    r"|infty|infinity|\*\*|[a-zA-Z]|[-+*/^_!()\[\]{}|'])"
)
SPACES = re.compile(r"\\(?:quad|qquad|displaystyle)(?![a-zA-Z])|(?<!\\)\\[,;:! ]|~")
"""Commands that make room and mean nothing; a row's end before a blank is none of them."""

_PART = re.compile(r"\\[dt]?frac(?:\d{2}|\{\d+\}\{\d+\}|\d\{\d+\}|\{\d+\}\d)")
_OPENING = {"(": ")", "[": "]", "{": "}", "\\{": "\\}", "|": "|"}
_OF_TWO = {"frac": over, "dfrac": over, "tfrac": over, "binom": choose, "dbinom": choose, "tbinom": choose}
_CONSTANTS = {"pi": PI, "e": EULER, "i": IMAGINARY, "infty": INFINITY, "infinity": INFINITY}
_SIGNS = ("\\cdot", "\\times", "\\div")
_NO_FACTOR = frozenset(["+", "-", "*", "**", "/", "^", "_", "!", "'", ")", "]", "}", "|", "\\}", "\\|", *_SIGNS])


def same(one: str, other: str) -> bool:
    """Whether two expressions have the same value wherever it was looked.

    Raise UnreadableError where one of them is no expression, or takes more work than is allowed.
    """
    left, right = read(one), read(other)
    agreed = 0
    for point in range(POINTS):
        letters = _Letters(point)
        values = [_valued(node, letters) for node in (left, right)]
        if (values[0] is None) != (values[1] is None):
            return False
        if values[0] is not None:
            if not alike(*values):
                return False
            agreed += 1
        if not letters:
            break
    # Undefined at a point, as 1/x is at 0, is no value; undefined everywhere says nothing.
    return agreed > 0


def read(text: str) -> Node:
    """The expression that a text is; raise UnreadableError where it is none, or longer or deeper than allowed."""
    text = SPACES.sub(" ", text)
    if len(text) > LONGEST:
        raise UnreadableError(f"expected an expression of at most {LONGEST} characters, got {len(text)}")
    parser = _Parser(_tokens(text))
    found = parser.sum()
    if parser.here is not None:
        raise UnreadableError(f"expected the end of the expression, got {parser.here!r}")
    return found


class _Letters(dict[str, Fraction]):
    """The value of any letter at one point: fixed by its name, below 0 for about half of them."""

    def __init__(self, point: int) -> None:
        super().__init__()
        self.point = point

    def __missing__(self, letter: str) -> Fraction:
        size = Fraction(round(fraction(f"math {self.point}", letter) * 10**6) + 10**5, 299_993)
        # All are positive at the first point and negative at the second: x and the square root of x^2 differ.
        negative = self.point == 1 or (self.point > 1 and fraction(f"sign {self.point}", letter) < 0.5)
        self[letter] = -size if negative else size
        return self[letter]


def _valued(node: Node, letters: _Letters) -> Value | None:
    try:
        value = node(letters)
    except ZeroDivisionError:
        return None
    return value if defined(value) else None


def _tokens(text: str) -> list[str]:
    tokens: list[str] = _TOKEN.findall(text)
    if "".join(tokens) != "".join(text.split()):
        raise UnreadableError(f"expected nothing but numbers, letters and operators, got {text[:40]!r}")
    return tokens


def _constant(value: Value) -> Node:
    return lambda _: value


def _one(operation: Callable[[Value], Value], inner: Node) -> Node:
    return lambda letters: operation(inner(letters))


def _both(operation: Callable[[Value, Value], Value], left: Node, right: Node) -> Node:
    return lambda letters: operation(left(letters), right(letters))


class _Parser:
    """Reads tokens from left to right, by the usual precedence; products may be written without a sign."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens, self.place, self.depth = tokens, 0, 0

    @property
    def here(self) -> str | None:
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def take(self) -> str:
        if self.here is None:
            raise UnreadableError("expected more of the expression, got its end")
        self.place += 1
        return self.tokens[self.place - 1]

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise UnreadableError(f"expected at most {DEEPEST} expressions within each other, got more")

    def sum(self) -> Node:
        self.deeper()
        found = self.product()
        while self.here in ("+", "-"):
            found = _both(plus if self.take() == "+" else minus, found, self.product())
        self.depth -= 1
        return found

    def product(self) -> Node:
        if self.here in ("+", "-"):
            sign = self.take()
            if self.here in ("+", "-"):
                raise UnreadableError(f"expected a number or a letter, got {self.here!r}")
            inner = self.product()
            return inner if sign == "+" else _both(minus, _constant(Fraction(0)), inner)
        found = self.power()
        while True:
            if self.here in ("*", "\\cdot", "\\times"):
                self.take()
                found = _both(times, found, self.signed())
            elif self.here in ("/", "\\div"):
                self.take()
                found = _both(over, found, self.signed())
            elif self.starts():
                found = _both(times, found, self.power())
            else:
                return found

    def signed(self) -> Node:
        if self.here == "-":
            self.take()
            return _both(minus, _constant(Fraction(0)), self.power())
        return self.power()

    def starts(self, functions: bool = True) -> bool:
        """Whether a factor without a sign before it begins here; a number after another is no product."""
        token = self.here
        if token is None or token in _NO_FACTOR or token[0] in ".0123456789":
            return False
        return functions or token.lstrip("\\") not in FUNCTIONS

    def power(self) -> Node:
        found = self.base()
        while self.here in ("^", "**", "!"):
            if self.take() == "!":
                found = _one(factorial, found)
            elif self.here == "\\circ" or self.tokens[self.place : self.place + 3] == ["{", "\\circ", "}"]:
                self.place += 1 if self.here == "\\circ" else 3
                found = _both(times, found, _constant(DEGREE))
            else:
                found = _both(to_the, found, self.exponent())
        return found

    def exponent(self) -> Node:
        if self.here == "-":
            self.take()
            return _both(minus, _constant(Fraction(0)), self.exponent())
        self.deeper()
        found = self.power() if self.here not in ("{", None) else self.base()
        self.depth -= 1
        return found

    def base(self) -> Node:
        token = self.take()
        if token[0] in ".0123456789":
            return self.number(token)
        if token in _OPENING:
            return self.bracketed(token)
        return self.named(token.lstrip("\\"))

    def named(self, name: str) -> Node:
        if name in _OF_TWO:
            return _both(_OF_TWO[name], self.argument(), self.argument())
        if name in _CONSTANTS:
            return _constant(_CONSTANTS[name])
        if name == "sqrt":
            return self.root()
        if name in FUNCTIONS:
            return self.function(name)
        if len(name) == 1 or name in _GREEK:
            return self.letter(name)
        raise UnreadableError(f"expected a number, a letter or a function, got {name!r}")

    def bracketed(self, token: str) -> Node:
        found = self.sum()
        if self.take() != _OPENING[token]:
            raise UnreadableError(f"expected {_OPENING[token]!r} after what {token!r} opens")
        return _one(size, found) if token == "|" else found  # noqa: S105

    def number(self, token: str) -> Node:
        value = Fraction(token)
        rest = "".join(self.tokens[self.place : self.place + 7])
        if "." not in token and _PART.match(rest):
            # 1\frac{1}{10} is a mixed number: nobody writes a product of two numbers like that.
            self.place += 1
            return _both(plus, _constant(value), _both(over, self.argument(), self.argument()))
        return _constant(value)

    def argument(self) -> Node:
        r"""One argument of a command: in braces, or the next digit, letter or command (\frac12 is 1/2)."""
        token = self.here
        if token is not None and token.isdigit() and len(token) > 1:
            self.tokens[self.place] = token[1:]
            return _constant(Fraction(int(token[0])))
        self.deeper()
        found = self.base()
        self.depth -= 1
        return found

    def root(self) -> Node:
        degree = _constant(Fraction(2))
        if self.here == "[":
            self.take()
            degree = self.sum()
            if self.take() != "]":
                raise UnreadableError("expected ']' after the degree of a root")
        return _both(root, self.argument(), degree)

    def function(self, name: str) -> Node:
        exponent = None
        base = None
        if self.here == "^":
            self.take()
            if "".join(self.tokens[self.place : self.place + 4]) == "{-1}" and name in INVERSE:
                self.place += 4
                name = INVERSE[name]
            else:
                exponent = self.exponent() if self.here == "{" else self.argument()
        if name == "log" and self.here == "_":
            self.take()
            base = self.argument()
        found = _one(applied(name), self.of_function())
        if base is not None:
            found = _both(over, found, _one(applied("log"), base))
        return found if exponent is None else _both(to_the, found, exponent)

    def of_function(self) -> Node:
        """What a function is of: a bracket, or a product without signs up to the next function."""
        if self.here in ("(", "[", "{"):
            return self.argument()
        self.deeper()
        found = self.signed()
        while self.starts(functions=False):
            found = _both(times, found, self.power())
        self.depth -= 1
        return found

    def letter(self, name: str) -> Node:
        if self.here == "_":
            self.take()
            index = self.take()
            while index.startswith("{") and not index.endswith("}"):
                index += self.take()
            name += "_" + index.strip("{}")
        while self.here == "'":
            name += self.take()
        return lambda letters: letters[name]
