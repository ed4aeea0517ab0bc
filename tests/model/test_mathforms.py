"""Answers that mean the same, and answers that don't, taken apart in every way that MATH's references need."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.model.mathforms import LONGEST, MOST_ITEMS, equivalent, form
from stages.model.mathvalue import UnreadableError

SAME = [
    ("1,000", "1000"),
    ("10{,}000", "10000"),
    (r"12,\!000,\!085", "12000085"),
    (r"\$32,\!348", "32348"),
    (r"75\%", "75"),
    (r"12\text{ degrees}", "12"),
    (r"12\,\text{cm}^2", "12"),
    (r"90^\circ", "90"),
    ("5.", "5"),
    (r"x = 1, x = 2", "2, 1"),
    (r"\{1,2\}", "2, 1"),
    ("1, 2, and 3", "3,2,1"),
    (r"5\text{ and }6", "6,5"),
    (r"2 \pm \sqrt6", r"2-\sqrt{6}, 2+\sqrt{6}"),
    (r"\left[ \frac{3}{2}, 2 \right)", "[1.5,2)"),
    (r"(-\infty,-2]\cup[2,\infty)", r"[2,\infty) \cup (-\infty, -2]"),
    (r"x \in [1,2]", "[1, 2]"),
    (r"\emptyset", r"\{\}"),
    (r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}", r"\begin{pmatrix}1.0\\4/2\end{pmatrix}"),
    ("1200_7", "1200_{7}"),
    (r"\text{(A)}", "A"),
    ("(A)", r"(\text{A})"),
    (r"\mbox{Saturday}", r"\text{ saturday }"),
    (r"\text{even}", "Even"),
    ("y=2x+3", "2x+3"),
    ("y=2x+3", "3+2x=y"),
    ("f(x)=x+1", "1+x"),
    (r"x\le 5", r"5 \geq x"),
    (r"\cos 13^\circ", r"\sin 77^{\circ}"),
    ("(x+1)(x-1)", "x^2-1"),
    (r"\displaystyle\frac12", r"\;\frac{1}{2}\,"),
    ("12 cm", "12"),
    ("12 square feet", "12"),
    ("90 degrees", r"90^\circ"),
    ("50 percent", r"50\%"),
    ("1 1/2", r"\frac{3}{2}"),
    ("-2 1/4", "-2.25"),
    ("1½", "1.5"),
    ("−5", "-5"),
    ("3 × 10²", "300"),
    ("2√3", r"\sqrt{12}"),
    ("√15", r"\sqrt{15}"),
    ("(−∞, 2]", r"\left(-\infty, 2\right]"),
    ("x ≥ 3", r"[3,\infty)"),
    (r"x > 2", r"(2, \infty)"),
    (r"x < \frac12", "(-\\infty, 0.5)"),
    (r"1 \le x < 2", "[1,2)"),
    (r"-\infty < x \leq 2", r"(-\infty,2]"),
    (r"x \neq 3", r"3 \ne x"),
    (r"0.\overline{3}", r"\frac13"),
    (r"1.2\overline{45}", r"\frac{137}{110}"),
    (r"\text{June 20}", "June 20"),
]

OTHER = [
    ("(1,2)", "(2,1)"),
    ("[1,2]", "(1,2)"),
    ("(1,2)", "1,2"),
    (r"\{1,2\}", r"\{1,2,3\}"),
    ("1,1,2", "1,2,2"),
    (r"[1,2]\cup[3,4]", "[1,2]"),
    (r"\begin{pmatrix}1\\2\end{pmatrix}", r"\begin{pmatrix}1&2\end{pmatrix}"),
    (r"\begin{pmatrix}1\\2\end{pmatrix}", r"\begin{pmatrix}2\\1\end{pmatrix}"),
    ("1200_7", "1200_8"),
    ("1200_7", "1200"),
    ("A", "B"),
    ("A", "a"),
    ("even", "neve"),
    (r"\cos 13^\circ", r"\cos 13"),
    ("y=2x+3", "y=2x+4"),
    ("abc=3", "3"),
    ("2x=10", "10"),
    ("x<5", "x>5"),
    (r"x\le 5", "x<5"),
    ("0.33", "1/3"),
    (r"15\pi", "47.12"),
    ("-1", "1"),
    ("12 cm", "13"),
    ("5 because", "5"),
    ("3 million", "3"),
    ("2 pi", "2"),
    ("1 1/2", "11/2"),
    ("x > 2", r"[2, \infty)"),
    ("x > 2", "2"),
    (r"1 \le x < 2", "[1,2]"),
    (r"x \neq 3", "3"),
    (r"0.\overline{3}", "0.3"),
    ("June 20", "June 21"),
    ("√15", r"\sqrt{1}5"),
    ("", ""),
    (r"\frac{1}{", r"\frac{1}{"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_answers_that_mean_the_same_are_equivalent(one: str, other: str) -> None:
    assert equivalent(one, other)
    assert equivalent(other, one)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_answers_that_mean_something_else_are_not(one: str, other: str) -> None:
    assert not equivalent(one, other)
    assert not equivalent(other, one)


PIECES = [
    r"\frac", r"\sqrt", r"\text{cm}", r"\infty", r"\pi", r"\cup", r"\pm", r"\sin", r"\log", r"\in", r"\le",
    r"\binom", r"\{", r"\}", r"\\", r"\,", r"^\circ", r"\begin{pmatrix}", r"\end{pmatrix}", *"{}()[],.=<^_!|&+-/*",
    "0", "1", "2", "999", "0.5", "x", "i", "e", "ab",
]  # fmt: skip


@settings(max_examples=300)
@given(*[st.lists(st.one_of(st.sampled_from(PIECES), st.characters()), max_size=14).map("".join)] * 2)
def test_any_two_texts_are_compared_without_an_error_and_both_ways_alike(one: str, other: str) -> None:
    assert equivalent(one, other) is equivalent(other, one)


def test_what_would_take_too_long_is_left_unread() -> None:
    for text in ("1" * (LONGEST + 1), ",".join("1" * (MOST_ITEMS + 1)), "[" * 9 + "1,2" + ",3]" * 9, " "):
        with pytest.raises(UnreadableError):
            form(text)
    nested = r"\{" * 7 + "1" + r"\}" * 7
    assert not equivalent(nested, nested)


def test_nothing_in_an_answer_is_run() -> None:
    # What eval, or the parser of a computer algebra system, would call.
    for text in ("__import__('os').getcwd()", "exit()", "lambda: 1", "().__class__", "Symbol(x).doit()"):
        assert not equivalent(text, text)
