"""The box around an answer, and LaTeX in JSON."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.domain import latex

BEFORE = "Explanation: because.\nAnswer:"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("$5$", r"$\boxed{5}$"),
        ("x = 12", r"\boxed{x = 12}"),
        (r"\(5\)", r"\(\boxed{5}\)"),
        ("$$5$$", r"$$\boxed{5}$$"),
        ("$$\n5\n$$", "$$\n\\boxed{5}\n$$"),
        (r"\[ 5 \]", r"\[ \boxed{5} \]"),
        ("$5$.", r"$\boxed{5}$."),
        ("$5.$", r"$\boxed{5}.$"),
        ("12.5", r"\boxed{12.5}"),
        ("12.5.", r"\boxed{12.5}."),
        ("**$5$**", r"**$\boxed{5}$**"),
        (r"$\{1, 2\}$", r"$\boxed{\{1, 2\}}$"),
        ("25%", r"\boxed{25\%}"),
        (r"$25\%$", r"$\boxed{25\%}$"),
        ("$5", r"\boxed{\$5}"),
        ("$x = 1$ or $x = 2$.", r"\boxed{\text{$x = 1$ or $x = 2$}}."),
        (r"\(12\) cm", r"\boxed{\text{\(12\) cm}}"),
        ("5\n\nThe check is left to you.", "\\boxed{5}\n\nThe check is left to you."),
    ],
)
def test_the_whole_answer_is_boxed_and_nothing_but_the_answer(answer: str, expected: str) -> None:
    assert latex.boxed(f"{BEFORE} {answer}") == f"{BEFORE} {expected}"


@pytest.mark.parametrize("answer", [r"$\boxed{5}$", r"Hence $x = \boxed{5}$ holds", r"\fbox{5}", "", "}{", "5\\"])
def test_an_answer_with_a_box_or_that_fits_in_none_stays_as_it_is(answer: str) -> None:
    assert latex.boxed(f"{BEFORE} {answer}") == f"{BEFORE} {answer}"


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("It is $5$.", "It is $5$."),
        ("So the Answer: 5", r"So the Answer: \boxed{5}"),
        ("**Final Answer:** 7", r"**Final Answer:** \boxed{7}"),
        ("answer:\n\n$5$", "answer:\n\n$\\boxed{5}$"),
        ("ANSWER:5", r"ANSWER: \boxed{5}"),
        ("Answer: 5\nAnswer: 6", "Answer: 5\nAnswer: \\boxed{6}"),
        ("Explanation: \\boxed{4} is wrong.\nAnswer: 5", "Explanation: \\boxed{4} is wrong.\nAnswer: \\boxed{5}"),
    ],
)
def test_the_answer_is_what_follows_its_last_label(output: str, expected: str) -> None:
    assert latex.boxed(output) == expected


@given(st.text(alphabet="5x${}\\()[]*.% \nAnswer:", max_size=60))
def test_boxing_never_fails_loses_nothing_and_is_done_once(answer: str) -> None:
    once = latex.boxed(f"{BEFORE} {answer}")
    assert latex.boxed(once) == once
    kept = [character for character in answer if character not in " \n\t"]
    rest = iter(once.removeprefix(BEFORE))
    assert all(character in rest for character in kept)


def test_commands_that_json_reads_as_escapes_are_restored() -> None:
    command = r"\frac \boxed \times \text \theta \tan \rho \right \neq \nabla"
    read = command.replace(r"\f", "\f").replace(r"\b", "\b").replace(r"\t", "\t").replace(r"\r", "\r")
    assert latex.restored(read.replace(r"\n", "\n")) == command


def test_tabs_and_line_breaks_of_a_text_stay() -> None:
    assert latex.restored("a\tb\nequal\nnot so\r\n\ttwo") == "a\tb\nequal\nnot so\r\n\ttwo"
