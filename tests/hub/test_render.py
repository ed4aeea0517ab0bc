"""The release's and the paper's way of writing a row, string by string (spec A8)."""

from typing import Any

import pytest

from stages.hub.render import Text, release_output
from tests.hub.examples import columns, text_of


def release(fields: dict[str, Any], max_chars: int = 2000) -> Text:
    return text_of(columns("release", [fields], max_chars).inputs(tuple(fields)))


def paper(fields: dict[str, Any], max_chars: int = 2000) -> Text:
    return text_of(columns("paper", [fields], max_chars).inputs(tuple(fields)))


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"q": " What? ", "ctx": "A b."}, "q is 'What?'. ctx is 'A b.'. "),
        ({"choices": ["x", "y"]}, " A. 'x', B. 'y'."),
        ({"q": "What?", "choices": ["x", "y"]}, "q is 'What?'.  A. 'x', B. 'y'."),
        ({"choices": ["x", "y"], "q": "What?"}, " A. 'x', B. 'y'.q is 'What?'. "),
        ({"tags": ["p", "q"]}, "'p', 'q'. "),
        ({"n": 3}, "3"),
        ({"q": "  What? "}, "What?"),
        ({"yes": True, "n": 0.5}, "yes is 'True'. n is '0.5'. "),
        ({"q": "", "n": 1}, "q is ''. n is '1'. "),
        ({"choice": ["only"]}, " A. 'only'."),
        ({"q": "a", "tags": [" p "]}, "q is 'a'. ' p '. "),
    ],
)
def test_release_golden_strings(fields: dict[str, Any], text: str) -> None:
    assert release(fields) == Text(text)


@pytest.mark.parametrize("bad", [None, [], [None], ["a", None], [1, 2], [["a"]], {"a": 1}, {}])
def test_a_field_that_cannot_be_written_spoils_the_row(bad: object) -> None:
    assert release({"q": "a", "bad": bad}).reason == "bad-input"
    assert paper({"q": "a", "bad": bad}).reason == "bad-input"


def test_a_row_that_lacks_a_field_is_spoiled() -> None:
    assert text_of(columns("release", [{"q": "a"}]).inputs(("q", "gone"))).reason == "bad-input"


def test_an_empty_input_gives_nothing() -> None:
    assert release({"q": "  "}).reason == "empty-input"
    assert paper({"q": "  "}).reason == "empty-input"


def test_input_is_cut_at_the_limit() -> None:
    assert release({"q": "a" * 2001}) == Text("a" * 2000)
    cut_holds = columns("release", [{"q": "a" * 2000 + "bcd"}]).inputs(("q",)).cuts[0]
    assert cut_holds("bcd")
    assert not cut_holds("a")
    assert len(release({"q": "a" * 1500, "r": "b" * 1500}).text) == 2000
    assert len(paper({"q": "a" * 1500, "r": "b" * 1500}).text) == 2000


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"q": " What? ", "ctx": "A b."}, "The q is What?. The ctx is A b.."),
        ({"q": " What? "}, "What?"),
        ({"q": "What?", "choices": ["x", "y"]}, "The q is What?. The choices is A. 'x', B. 'y'."),
        ({"tags": ["p", "q"]}, "'p', 'q'"),
    ],
)
def test_paper_sentences(fields: dict[str, Any], text: str) -> None:
    assert paper(fields) == Text(text)


def test_only_the_first_output_field_is_written() -> None:
    assert release_output("a", " x ", None) == Text("x")
    assert release_output("a", ["x"], None).reason == "bad-output"
    assert release_output("a", "  ", None) == Text("")
