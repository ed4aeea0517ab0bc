"""Our ROUGE against rouge_score, on random and on real text."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from stages.shared.similarity import normalized, rouge_1, rouge_l, words

ORACLES = {stem: RougeScorer(["rouge1", "rougeL"], use_stemmer=stem) for stem in (False, True)}

# Few words, so that they repeat and cross; endings the stemmer cuts; letters beyond ASCII that lower-casing changes.
WORDS = st.sampled_from(
    [
        "the",
        "cat",
        "cats",
        "running",
        "ran",
        "relational",
        "generously",
        "flies",
        "42",
        "don't",
        "İstanbul",
        "naïve",
        "_x_",
        "É",
        "A1b",
    ]
)
TEXTS = st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=25).map(" ".join))


def assert_same(prediction: str, reference: str, *, stem: bool) -> None:
    expected = ORACLES[stem].score(reference, prediction)
    sides = words(prediction, stem), words(reference, stem)
    assert abs(rouge_1(*sides) - expected["rouge1"].fmeasure) < 1e-12
    assert abs(rouge_l(*sides) - expected["rougeL"].fmeasure) < 1e-12


@settings(max_examples=400, deadline=None)
@given(TEXTS, TEXTS, st.booleans())
def test_scores_are_those_of_rouge_score(prediction: str, reference: str, stem: bool) -> None:
    assert_same(prediction, reference, stem=stem)


@pytest.mark.parametrize("stem", [False, True])
def test_scores_are_those_of_rouge_score_on_task_texts(repository: Path, stem: bool) -> None:
    for file in sorted((repository / "data/sources/benchmarks/superni").glob("*.json")):
        task = json.loads(file.read_text("utf-8"))
        for one in task["Instances"][:25]:
            for reference in one["output"]:
                assert_same(one["input"], str(reference), stem=stem)
                assert_same(task["Positive Examples"][0]["output"], str(reference), stem=stem)


@given(TEXTS)
def test_a_text_is_all_like_itself_or_has_no_words(text: str) -> None:
    found = words(text, stem=True)
    assert rouge_1(found, found) == rouge_l(found, found) == float(bool(found))


@given(TEXTS, TEXTS)
def test_order_can_only_lower_the_score(one: str, other: str) -> None:
    sides = words(one), words(other)
    assert rouge_l(*sides) <= rouge_1(*sides) + 1e-12


def test_only_words_longer_than_three_letters_are_stemmed() -> None:
    assert words("Cats ate FLIES, was 2nd-best", stem=True) == ["cat", "ate", "fli", "was", "2nd", "best"]
    assert words("Cats ate FLIES") == ["cats", "ate", "flies"]


def test_order_counts_in_rouge_l_and_not_in_rouge_1() -> None:
    sides = words("b a"), words("a b")
    assert (rouge_1(*sides), rouge_l(*sides)) == (1.0, 0.5)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  The  cat, sat! ", "the cat sat"),
        ("A\nan\tTHE", "a an the"),
        ("don't", "dont"),
        ("(B).", "b"),
        ("«été»", "«été»"),
        ("...", ""),
    ],
)
def test_normalising_drops_ascii_punctuation_and_keeps_articles(text: str, expected: str) -> None:
    assert normalized(text) == expected
