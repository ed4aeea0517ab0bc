"""What a candidate's language is told from."""

import pytest

from stages.corpus import candidate as module
from stages.corpus.candidate import SAMPLE_CHARS, TEXT_CHARS, UNKNOWN
from tests.corpus.policies import candidate, chat
from tests.shared.test_language import TEXTS


def test_many_short_turns_are_heard_as_far_as_a_few_long_ones() -> None:
    short = ["ok", "ja", "gut", "nein"] * 5
    assert candidate(chat(*short), "multilingual").language == UNKNOWN
    assert candidate(chat(*short, TEXTS["de"]), "multilingual").language == "de"


def test_a_long_first_turn_is_not_heard_alone() -> None:
    assert candidate(chat(TEXTS["de"] * 20, TEXTS["en"] * 20), "multilingual").language == UNKNOWN
    found = chat(TEXTS["de"] * 20, TEXTS["en"] * 20, TEXTS["en"] * 20)
    assert candidate(found, "multilingual").language == UNKNOWN


def test_what_is_heard_is_bounded_whatever_the_turns_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []
    monkeypatch.setattr(module, "language", heard.extend)
    assert candidate(chat("x", *("y" * 5000 for _ in range(9))), "multilingual").language == UNKNOWN
    assert (sum(map(len, heard)), max(map(len, heard))) == (SAMPLE_CHARS, TEXT_CHARS)


def test_nothing_is_heard_where_the_corpus_says_its_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "language", lambda _: pytest.fail("was asked"))
    assert candidate(chat(TEXTS["de"], TEXTS["de"]), "fr").language == "fr"
