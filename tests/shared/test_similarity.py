"""Our ROUGE against rouge_score, on random and on real text."""

import json
import math
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from stages.shared import similarity
from stages.shared.similarity import Like, near_repeats, nearest, normalized, rouge_1, rouge_l, words

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

# Texts that share much, where greedy thinning has something to decide, some of them long.
PHRASES = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)
CROWDS = st.lists(
    st.one_of(st.text(max_size=20), st.lists(st.sampled_from(list("abcdefghij")), max_size=14).map(" ".join), PHRASES),
    max_size=24,
)
THRESHOLDS = st.one_of(st.sampled_from([0.0, 0.3, 0.5, 0.6, 2 / 3, 0.7, 0.75, 0.8, 1.0]), st.floats(0, 1))


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


def thinned_one_by_one(texts: list[str], threshold: float) -> list[Like | None]:
    """The greedy loop over rouge_score."""
    scorer = ORACLES[False]
    found: list[Like | None] = []
    for text in texts:
        kept = [place for place, like in enumerate(found) if like is None]
        scores = ((place, scorer.score(texts[place], text)["rougeL"].fmeasure) for place in kept)
        found.append(next((Like(place, score) for place, score in scores if score > threshold), None))
    return found


@settings(max_examples=300, deadline=None)
@given(CROWDS, THRESHOLDS)
def test_thinning_is_the_greedy_loop_over_rouge_score(texts: list[str], threshold: float) -> None:
    assert near_repeats(texts, threshold) == thinned_one_by_one(texts, threshold)


@pytest.mark.parametrize("setting", [("BLOCK", 3), ("CELLS", 2), ("MARKED_WORDS", 1), ("CODE_POINTS", 4)])
def test_how_the_work_is_cut_changes_nothing(monkeypatch: pytest.MonkeyPatch, setting: tuple[str, int]) -> None:
    random = Random("crowd")
    texts = [" ".join(random.choices("abcdefg", k=random.randrange(14))) for _ in range(60)]
    expected = near_repeats(texts, 0.7), nearest(texts), nearest(texts[:20], texts[20:])
    monkeypatch.setattr(similarity, *setting)
    assert (near_repeats(texts, 0.7), nearest(texts), nearest(texts[:20], texts[20:])) == expected
    assert expected[0] == thinned_one_by_one(texts, 0.7)


def test_a_score_of_exactly_the_threshold_is_kept() -> None:
    texts = ["a b c d e f g h i j", "a b c d e f g x y z"]
    score = ORACLES[False].score(*texts)["rougeL"].fmeasure
    assert near_repeats(texts, score) == [None, None]
    assert near_repeats(texts, math.nextafter(score, 0)) == [None, Like(0, score)]


def test_more_words_than_code_points_below_the_surrogates_are_told_apart() -> None:
    texts = [" ".join(map(str, range(start, start + 1000))) for start in range(0, 70_000, 1000)]
    near = texts[56].replace(" 56", " 9956", 250)
    assert near_repeats([*texts, near], 0.7) == [*[None] * len(texts), Like(56, 0.75)]


@settings(max_examples=100, deadline=None)
@given(CROWDS, CROWDS)
def test_the_nearest_text_is_the_one_that_rouge_score_finds(texts: list[str], others: list[str]) -> None:
    scorer = ORACLES[False]

    def highest(text: str, among: list[str]) -> float:
        return max((scorer.score(other, text)["rougeL"].fmeasure for other in among), default=0.0)

    assert nearest(texts, others) == [highest(text, others) for text in texts]
    assert nearest(texts) == [highest(text, texts[:n] + texts[n + 1 :]) for n, text in enumerate(texts)]
