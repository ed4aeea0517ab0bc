"""Texts as tokens, lines and runs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.dataset import wording

SAME = [
    ("Is this a day?", "is  this\na DAY"),
    ("don’t “say” so…", "Don't 'say' so."),
    ("ＡＢＣ", "abc"),
    ("日本 語", "日本語"),
    ("co\u00adoperate\ufeff \u200ewell\u200b", "cooperate well"),
    ("cafe\u0301", "caf\u00e9"),
]
OTHER = [("3.5 apples", "35 apples"), ("x+y", "x-y"), ("a b", "b a"), ("?!", "!?"), ("", "."), ("日本", "本日")]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_case_marks_and_layout_make_no_other_text(one: str, other: str) -> None:
    first, second = wording.read([one, other]).texts().tolist()
    assert first == second


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_another_number_symbol_or_order_makes_another_text(one: str, other: str) -> None:
    first, second = wording.read([one, other]).texts().tolist()
    assert first != second


def test_a_question_is_a_line_of_its_own_and_numbers_names_and_negations_are_telling() -> None:
    found = wording.read(["it rained. Is 5 not much? yes\nno"])
    assert found.lines.tolist() == [0, 0, 1, 1, 1, 1, 2, 3]
    assert [token & wording.TELLING > 0 for token in found.tokens.tolist()] == [0, 0, 1, 1, 1, 0, 0, 1]


def test_a_long_line_of_keys_and_values_is_read_in_no_time() -> None:
    # Where each colon is followed to the end of the line, this takes the square of their number: several minutes.
    assert len(wording.read(["Is it valid? " + '"a": "b", ' * 60_000]).tokens) > 100_000


@given(st.lists(st.text(st.sampled_from("aB1 .?\n\x1e\x1f+é日"), max_size=12), max_size=6))
def test_a_text_has_the_same_hash_alone_and_among_others(texts: list[str]) -> None:
    together = wording.read(texts)
    assert together.texts().tolist() == [wording.read([text]).texts()[0] for text in texts]
    assert len(together.starts) == len(texts) + 1
    assert together.starts[-1] == len(together.tokens) == len(together.lines)
