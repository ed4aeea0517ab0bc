"""Texts of other languages are told apart by all their words, English ones as rouge_score does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.domain.names import Names, judge
from stages.domain.prune import PruneParams, prune
from stages.domain.spelling import spelt
from stages.domain.thin import ThinParams, thin
from stages.shared.similarity import words
from tests.domain import trees

TEXTS = {
    "ru": (
        "Напиши рассказ о море и старом iPhone",
        "Опиши, как работает камера iPhone",
        "напиши рассказ о море и новом iPhone!",
    ),
    "zh-CN": ("用Python写一个排序函数", "解释Python里的闭包是什么", "用Python写一个排序的函数"),
    "hi": ("पाइथन में एक कविता लिखो SQL", "SQL समझाओ कि जुड़ना क्या है", "पाइथन में एक कविता लिखो, SQL"),
}
"""Of each language two different texts with one Latin word, and one that is near the first."""


@pytest.mark.parametrize("language", TEXTS)
def test_what_shares_a_latin_word_alone_is_kept_and_what_is_near_is_not(language: str) -> None:
    first, other, near = TEXTS[language]
    tree = trees.made({"root": None}, {"root": [first, other, near]})
    kept = thin(tree, ThinParams(threshold=0.7, scope="node"), trees.book(), language).root.examples
    assert [example.instruction for example in kept] == [first, other]
    assert judge(other, Names(trees.made({first: None}), 0.7, language)) == ("", "")
    names = trees.made({"root": None, first: "root", other: "root", near: "root"})
    pruned = prune(names, PruneParams(threshold=0.7, subtree=False), language).pruned
    assert list(pruned) == [list(names)[3].task_name]


@given(st.text())
def test_english_is_left_as_it_is_and_all_else_becomes_words_that_rouge_reads(text: str) -> None:
    assert spelt(text, "en-GB") == text
    for language in ("de", "ja"):
        found = spelt(text, language)
        assert words(found) == found.split()


def test_a_script_without_blanks_is_told_by_characters_and_marks_stay_with_their_letters() -> None:
    assert len(spelt("用Python写。", "zh").split()) == 3
    assert len(spelt("हिन्दी में", "hi").split()) == 2
    assert spelt("É", "fr") == spelt("e\u0301", "fr")
