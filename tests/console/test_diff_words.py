"""The word diff of a text."""

import re

from hypothesis import given
from hypothesis import strategies as st

from stages.console.diff_words import GAP, LONGEST, word_diff

texts = st.text(alphabet="ab \n.é", max_size=12)


@given(texts, texts)
def test_both_texts_can_be_read_from_the_diff_of_short_ones(old: str, new: str) -> None:
    pieces = word_diff(old, new)
    assert "".join(text for kind, text in pieces if kind in "=-") == old
    assert "".join(text for kind, text in pieces if kind in "=+") == new


def test_a_changed_word_is_shown_between_what_is_near() -> None:
    words = [f"w{number}" for number in range(100)]
    old, new = " ".join(words), " ".join([*words[:50], "X", *words[51:]])
    pieces = word_diff(old, new)
    assert pieces[1:3] == [("-", "w50"), ("+", "X")]
    assert re.fullmatch(rf"{GAP}.*w49 ", pieces[0][1])
    assert re.fullmatch(rf" w51 .*{GAP}", pieces[3][1])
    assert len(pieces[0][1]) < 40


def test_texts_with_thousands_of_differences_are_shown_as_changed_whole() -> None:
    old, new = "a " * LONGEST + "end", "b " * LONGEST + "end"
    assert [kind for kind, _ in word_diff(old, new)] == ["-", "+", "="]
