"""Traces of tools in the texts of datasets, told apart from what people write."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.hub import sound, traces


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("answer", "She sold 48/2 = <<48/2=24>>24 clips.\n#### 24", "She sold 48/2 = 24 clips.\nThe answer is 24."),
        ("answer", "#### 24\nis a heading", "#### 24\nis a heading"),
        ("text", "One\n#### Two", "One\n#### Two"),
        ("answer", "How many? ** He writes 6.", "How many? He writes 6."),
        ("context", "The song was premiered in October 2014. CANNOTANSWER", "The song was premiered in October 2014."),
        ("context", "CANNOTANSWER stands for no answer", "CANNOTANSWER stands for no answer"),
        ("plot", "the family move to Floridasource:Wikipedia", "the family move to Florida"),
        ("plot", "Billy Mack and Joe[edit]\nWith the help", "Billy Mack and Joe\nWith the help"),
        ("context", "may earn £20,980.[citation needed] Teachers in", "may earn £20,980. Teachers in"),
        ("context", "outside reasonable discipline.[verification needed]", "outside reasonable discipline."),
        (
            "plot",
            "This article's plot summary may be too long or excessively detailed. Please help improve it by removing "
            "unnecessary details and making it more concise. (September 2015) (Learn how and when to remove this "
            "template message)\nOn January 1, 2008 at the Xcalibur Bowling Centre",
            "On January 1, 2008 at the Xcalibur Bowling Centre",
        ),
        ("title", "A determinant of\n  Stirling cycle numbers", "A determinant of Stirling cycle numbers"),
        ("text", "A determinant of\n  Stirling cycle numbers", "A determinant of\n  Stirling cycle numbers"),
        ("answer", "2*3=<<2*3=6>>6", "2*3=6"),
        ("code", "cout << a << b;", "cout << a << b;"),
        ("rationale", '"5 choices for each , thus c ."', "5 choices for each , thus c ."),
        ("quote", '"No," he said, "never."', '"No," he said, "never."'),
        ("title", "Newcastle_upon_Tyne", "Newcastle upon Tyne"),
        ("label", "not_equivalent", "not_equivalent"),
        ("answer", "['Leeds.', 'University of York.']", "Leeds.\nUniversity of York."),
        ("answer", '["tea", "a cup"]', "tea, a cup"),
        ("options", "['red', 'blue']", "A. red B. blue"),
        ("answer", "[1] is a footnote]", "[1] is a footnote]"),
        ("answer", "['never closed", "['never closed"),
        ("answer", "['a', 1]", "['a', 1]"),
    ],
)
def test_traces_go_and_what_looks_like_them_stays(field: str, value: str, text: str) -> None:
    assert sound.readable(field, value, None) == text


def test_nothing_in_a_written_list_is_run() -> None:
    text = "['a', __import__('os').getcwd()]"
    assert sound.readable("answer", text, None) == text


MARKS = ["<<1=1>>", "[edit]", "[citation needed]", "source:Wikipedia", "CANNOTANSWER", "#### ", "? ** ", "This article"]
MARKS += ["(Learn how and when to remove this template message)"]
TRACED = st.one_of(
    st.text(max_size=60),
    st.lists(st.text(max_size=8), max_size=4).map(repr),
    st.text(alphabet="<>=1\"_[]', a", max_size=60),
    st.lists(st.sampled_from([*MARKS, "a b", "\n", "12", "."]), max_size=9).map("".join),
)


@given(TRACED, st.sampled_from(["title", "answer", "options"]))
def test_a_text_that_has_no_trace_by_the_quick_look_is_left_as_it_is(value: str, field: str) -> None:
    text = sound.scalar(value, None)
    assert text is not None
    if not traces.may_have(text):
        assert sound.readable(field, value, None) == (
            " ".join(text.split()) if field == "title" and "\n" in text else text
        )


@given(TRACED.map(lambda text: text * 3), st.integers(1, 20), st.sampled_from(["title", "answer"]))
def test_how_a_long_text_begins_is_told_with_its_traces_gone(value: str, chars: int, field: str) -> None:
    begun: Any = sound.beginning(value, chars)
    if begun is not None:
        written = sound.readable(field, value, None)
        assert written is not None
        assert written.startswith(begun[: chars + 1])


def test_blanks_around_a_title_hide_none_of_its_traces() -> None:
    title = "  Newcastle_upon_Tyne_and_its_seven_bridges "
    assert sound.beginning(title, 5) is None
    assert sound.readable("title", title, None) == "Newcastle upon Tyne and its seven bridges"


@given(TRACED, TRACED, st.sampled_from(["title", "answer"]))
def test_a_text_surely_lacks_only_what_it_lacks_with_its_traces_gone(value: str, other: str, field: str) -> None:
    if sound.lacks(value, other):
        assert other not in (sound.readable(field, value, None) or "")
