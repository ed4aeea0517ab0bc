from hypothesis import given
from hypothesis import strategies as st

from stages.model.codec import END, FIRST_BYTE, PAD, Encoding, source_ids, target_ids, text

TINY = Encoding(source_bytes=192, target_bytes=64, instruction_share=0.6)
LETTER = ord("a") + FIRST_BYTE


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=15))
def test_a_short_text_comes_back_whole(written: str) -> None:
    assert text(target_ids(TINY, written)) == written


@given(st.text(), st.text())
def test_a_source_has_its_room_and_ends(instruction: str, input: str) -> None:
    ids = source_ids(TINY, instruction, input)
    assert len(ids) <= 192
    assert ids[-1] == END
    assert END not in ids[:-1]


@given(st.text())
def test_a_target_has_its_room(written: str) -> None:
    assert 0 < len(target_ids(TINY, written)) <= 64


def test_the_instruction_takes_three_fifths_at_most() -> None:
    ids = source_ids(TINY, "i" * 500, "a" * 500)
    assert ids.count(LETTER) == 192 - 115 - 2
    assert len(ids) == 192


def test_an_instruction_without_input_is_followed_by_the_end() -> None:
    assert source_ids(TINY, "aa", "") == [LETTER, LETTER, END]


def test_a_cut_halves_no_character() -> None:
    assert text(target_ids(TINY, "a" * 63 + "é")) == "a" * 63


def test_a_cut_target_has_no_end_mark() -> None:
    assert END not in target_ids(TINY, "a" * 64)
    assert target_ids(TINY, "a" * 63)[-1] == END


def test_what_follows_the_end_mark_is_not_text() -> None:
    assert text([PAD, LETTER, END, LETTER]) == "a"


def test_bytes_that_make_no_character_are_left_out() -> None:
    assert text([0xC3 + FIRST_BYTE, LETTER]) == "a"
