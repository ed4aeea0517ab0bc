"""How the project itself writes a row: readable, tidy, whole."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.hub import sound
from stages.hub.render import Text
from stages.shared.records import Feature
from tests.hub.examples import NAMES, columns, text_of, values


def given_as(fields: dict[str, Any], max_chars: int = 2000) -> Text:
    return text_of(columns("sound", [fields], max_chars).inputs(tuple(fields)))


def output(field: str, value: Any, kind: str = "string") -> Text:
    return sound.sound_output(field, value, Feature(type=kind))


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"q": " What? "}, "What?"),
        ({"question": "What?", "context": "A b."}, "The question is What?\nThe context is A b."),
        ({"premise": "He ran", "label": "neutral"}, "The premise is He ran.\nThe label is neutral."),
        ({"sentence1": "He said “go.”", "sentence_B": "Go"}, "The sentence 1 is He said “go.”\nThe sentence B is Go."),
        ({"answerKey": "B", "n": 2.0}, "The answer key is B.\nThe N is 2."),
        ({"q": "Which?", "choices": ["red", "blue"]}, "The question is Which?\nThe choices are A. red B. blue"),
        ({"q": "Which?", "options": ["A) 12", "B) 15"]}, "The question is Which?\nThe options are A) 12 B) 15"),
        ({"question": "Stars are", "label": "x"}, "The question is Stars are\nThe label is x."),
        ({"concepts": ["ferry", "old bicycle"]}, "ferry, old bicycle"),
        ({"titles": ["Paris, France", "Rome"]}, "Paris, France\nRome"),
        (
            {"turns": ["Hello there, how are you?", "Fine."], "n": 1},
            "The turns are:\nHello there, how are you?\nFine.\nThe N is 1.",
        ),
        ({"tokens": ["It", "rains", "."]}, "It rains ."),
        ({"code": "def f():\n    return 1", "name": "f"}, "The code is:\ndef f():\n    return 1\nThe name is f."),
        (
            {"q": "Which?", "choices": {"text": ["red", "blue"], "label": ["1", "2"]}},
            "The question is Which?\nThe choices are 1. red 2. blue",
        ),
    ],
)
def test_inputs_read_as_a_person_would_write_them(fields: dict[str, Any], text: str) -> None:
    named = {{"q": "question"}.get(name, name) if len(fields) > 1 else name: value for name, value in fields.items()}
    assert given_as(named) == Text(text)


@pytest.mark.parametrize("missing", [None, "", "   ", "nan", "NaN", [], [None], ["", " "], float("nan")])
def test_a_missing_input_leaves_out_the_row(missing: object) -> None:
    assert given_as({"question": "What?", "context": missing}).reason == "missing-input"


@pytest.mark.parametrize("bad", [{"a": 1}, [["a"]], [{"a": 1}], {"text": ["a"], "label": []}])
def test_a_value_without_a_readable_form_leaves_out_the_row(bad: object) -> None:
    assert given_as({"question": "What?", "context": bad}).reason == "bad-input"


def test_a_field_named_twice_is_written_once() -> None:
    assert text_of(columns("sound", [{"a": "x"}]).inputs(("a", "a"))) == Text("x")


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("label", "not_equivalent", "not_equivalent"),
        ("score", 3.799999952316284, "3.8"),
        ("score", 4.0, "4"),
        ("score", 0.25, "0.25"),
        ("year", 1987, "1987"),
        ("flag", False, "False"),
        ("answer", ["Paris"], "Paris"),
        ("answers", ["Paris", "paris "], "Paris"),
        ("answers", {"text": ["Denver Broncos", "Broncos"], "answer_start": [1, 9]}, "Denver Broncos"),
        ("concepts", ["ferry", "rain"], "ferry, rain"),
    ],
)
def test_outputs_are_short_and_exact(field: str, value: object, text: str) -> None:
    assert output(field, value) == Text(text)


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("answers", ["Paris", "Rome"], "several-answers"),
        ("answer", None, "missing-output"),
        ("answer", [], "missing-output"),
        ("answers", {"text": [], "answer_start": []}, "missing-output"),
        ("answer", {"a": 1}, "bad-output"),
        ("answer", [["a"]], "bad-output"),
    ],
)
def test_an_output_that_is_not_one_answer_leaves_out_the_row(field: str, value: object, reason: str) -> None:
    assert output(field, value).reason == reason


def test_a_moment_at_midnight_is_a_day() -> None:
    assert output("published", "2015-03-21T00:00:00", "timestamp[s]").text == "2015-03-21"
    assert output("published", "2015-03-21T10:30:00", "timestamp[s]").text == "2015-03-21 10:30:00"
    assert output("published", "2015-03-21T00:00:00").text == "2015-03-21T00:00:00"


@pytest.mark.parametrize(
    ("text", "tidied"),
    [
        (" a  b\tc ", "a b c"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("a \n\n\n\nb", "a\n\nb"),
        ("if x:\n    y  = 1\n\treturn", "if x:\n    y  = 1\n\treturn"),
        ("a\x00b\ufeff\u200bc\xa0d", "abc d"),
        ("well_comma_ yes", "well, yes"),
        ("a\u2028b\x85c", "a\nb\nc"),
    ],
)
def test_blanks_are_tidied_and_code_keeps_its_indentation(text: str, tidied: str) -> None:
    assert sound.tidy(text) == tidied


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab \t\n\r\x00\xa0\u2028_,com") | st.text())
def test_tidying_twice_changes_nothing(text: str) -> None:
    assert sound.tidy(sound.tidy(text)) == sound.tidy(text)


def test_a_long_input_is_cut_at_a_word() -> None:
    assert sound.cut_at_word("one two three", 13) == Text("one two three")
    assert sound.cut_at_word("one two three", 12) == Text("one two ...", cut=" three")
    assert sound.cut_at_word("one two three", 11) == Text("one two ...", cut=" three")
    assert sound.cut_at_word("x" * 20, 12) == Text("x" * 8 + " ...", cut="x" * 12)
    assert sound.cut_at_word("a " + "x" * 30, 14) == Text("a " + "x" * 8 + " ...", cut="x" * 22)


PIECES = st.lists(
    st.sampled_from(
        ["a", "ab ", "_comma_", "_com", ",", " ", "   ", "\t", "\n", "\r\n", "\r", "\x85", "\u2028", "\xa0"]
    )
    | st.sampled_from(["\u200b", "\ufeff", "\x00", "\x7f", "\x0b", "é", "漢字", "b\u200bc", "\n \n\n", "nan"])
    | st.text(max_size=4),
    max_size=60,
).map("".join)
"""Texts of everything that tidying changes."""


@settings(max_examples=500, deadline=None)
@given(PIECES, st.integers(1, 15))
def test_a_long_text_begins_as_it_is_told_before_it_is_written(text: str, chars: int) -> None:
    begun = sound.beginning(text, chars)
    if begun is not None:
        assert len(begun) > chars
        assert sound.tidy(text).startswith(begun)


@pytest.mark.parametrize("text", ["word " * 30, "first\nsecond  third\n" * 40, "a  b " * 40])
def test_an_ordinary_long_text_is_known_by_its_beginning(text: str) -> None:
    assert sound.beginning(text, 20) is not None


@settings(max_examples=500, deadline=None)
@given(PIECES | st.lists(PIECES, max_size=8), st.integers(1, 15), st.sampled_from(["text", "tokens", "choices"]))
def test_what_is_surely_long_is_longer_when_it_is_written(value: Any, chars: int, field: str) -> None:
    if sound.is_long(value, chars):
        assert len(sound.readable(field, value, None) or "") > chars


def test_a_long_list_is_known_by_its_first_items() -> None:
    assert sound.is_long(["one", "two", "three"] * 9, 20)
    assert not sound.is_long(["one", "two", {"three": 3}] * 9, 20)
    assert not sound.is_long(["nan"] * 90, 20)


@settings(max_examples=500, deadline=None)
@given(PIECES, PIECES)
def test_what_a_text_surely_lacks_is_not_in_it_when_it_is_written(text: str, other: str) -> None:
    other = sound.tidy(other)
    if sound.lacks(text, other):
        assert other not in sound.tidy(text)


def test_a_word_that_does_not_occur_is_lacked_unless_something_unseen_may_part_it() -> None:
    assert sound.lacks("one two three", "two four")
    assert not sound.lacks("one two three", "three,  two")
    assert not sound.lacks("one f\u200bour three", "four")


def test_long_outputs_that_differ_only_far_behind_are_two_labels() -> None:
    start = "word " * 2000
    rows = [{"x": f"{start}{end}"} for end in ("a", "b", "a", "b")]
    found = columns("sound", rows)
    assert len(set(found.outputs("x").texts)) == 1
    assert len(set(found.labels("x", 10).texts)) == 2


@settings(max_examples=200, deadline=None)
@given(st.text(min_size=1), st.integers(8, 40))
def test_a_cut_text_fits_and_loses_nothing_but_its_end(text: str, limit: int) -> None:
    found = sound.cut_at_word(text, limit)
    assert len(found.text) <= limit
    if found.cut:
        assert text == text[: len(text) - len(found.cut)] + found.cut
        assert text.startswith(found.text.removesuffix(sound.ELLIPSIS))


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), values, min_size=1), st.integers(8, 200))
def test_any_row_is_written_within_the_limit_or_has_a_reason(row: dict[str, Any], limit: int) -> None:
    found = given_as(row, limit)
    assert bool(found.text) != bool(found.reason)
    assert len(found.text) <= limit
    field, value = next(iter(row.items()))
    written = sound.sound_output(field, value, None)
    assert bool(written.text) != bool(written.reason)
