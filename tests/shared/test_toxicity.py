import pytest

from stages.shared.toxicity import WORDS, is_toxic


@pytest.mark.parametrize("text", ["What a SHITTY day", "(bastard)", "no\nfuck\tno", "shit"])
def test_a_word_of_the_list_is_found_whatever_its_case_and_neighbours(text: str) -> None:
    assert is_toxic(text)


@pytest.mark.parametrize("text", ["", "Scunthorpe", "mishit", "Dick Cheney", "écunt", "a spice rack"])
def test_a_part_of_a_word_is_not_found(text: str) -> None:
    assert not is_toxic(text)


def test_the_list_holds_words_in_lower_case_only() -> None:
    assert all(word.isalpha() and word.islower() for word in WORDS)
