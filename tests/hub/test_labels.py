"""When is a task a classification, and what are its answers?"""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.hub.labels import (
    CountLimits,
    ShareLimits,
    Tally,
    Verdict,
    by_counts,
    by_shares,
    in_order,
    with_labels,
    with_readable_labels,
)
from stages.hub.render import Texts
from stages.shared.records import Feature
from tests.hub.examples import ORGANIZE

COUNTS = CountLimits.model_validate(ORGANIZE["counts"])
SHARES = ShareLimits.model_validate(ORGANIZE["shares"])


def tally(texts: Sequence[str], feature: Feature | None = None, name: str = "label", bad: int = 0) -> Tally:
    """The tally of a column in chunks of seven rows, as `bad` rows without an output follow."""
    found = Tally(name, feature, 10)
    for start in range(0, len(texts), 7):
        found.add(Texts(list(texts[start : start + 7])))
    found.add(Texts([""] * bad, dict.fromkeys(range(bad), "bad-output")))
    return found


def column(*runs: tuple[str, int], feature: Feature | None = None, name: str = "label") -> Tally:
    return tally([label for label, count in runs for _ in range(count)], feature, name)


def counted(*runs: tuple[str, int]) -> Verdict:
    texts = [label for label, count in runs for _ in range(count)]
    return by_counts(tally(texts[: COUNTS.rows]), COUNTS)


def shared(*runs: tuple[str, int], feature: Feature | None = None, name: str = "label") -> Verdict:
    return by_shares(column(*runs, feature=feature, name=name), SHARES)


def label(*names: str) -> Feature:
    return Feature(type="label", labels=names)


# --- the released rule (spec A7) -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("runs", "verdict"),
    [
        ([("no", 70), ("yes", 30)], ("", ("no", "yes"))),
        ([("no", 71), ("yes", 29)], ("imbalanced-labels", ())),
        ([("a", 50), ("b", 49), ("c", 1)], ("", ("a", "b", "c"))),
        ([("a", 51), ("b", 48), ("c", 1)], ("imbalanced-labels", ())),
        ([("a", 3)], ("single-label", ())),
        ([], ("single-label", ())),
        ([(str(n), 1) for n in range(10)], ("", tuple(str(n) for n in range(10)))),
        ([(str(n), 1) for n in range(11)], ("", ())),
        ([("x" * 15, 1), ("y", 1)], ("", ("x" * 15, "y"))),
        ([("x" * 16, 1), ("y", 1)], ("", ())),
        ([("b", 30), ("a", 30), ("", 2)], ("", ("b", "a", ""))),
    ],
)
def test_release_counts_out_of_the_first_rows(runs: Sequence[tuple[str, int]], verdict: Verdict) -> None:
    assert counted(*runs) == verdict


def test_release_looks_at_the_first_hundred_rows_only() -> None:
    assert counted(("a", 50), ("b", 50), ("c", 100)) == ("", ("a", "b"))
    assert counted(("a", 70), ("b", 30), ("a", 500)) == ("", ("a", "b"))


def test_release_drops_a_task_with_one_bad_output_among_the_first_rows() -> None:
    assert by_counts(tally(["a", "b"] * 10, bad=1), COUNTS) == ("non-scalar-output", ())
    late = Tally("label", None, 10)
    late.add(Texts([*["a", "b"] * 50, ""], {100: "bad-output"}), COUNTS.rows)
    assert by_counts(late, COUNTS) == ("", ("a", "b"))


# --- this project's rule ---------------------------------------------------------------------------------------------


def test_declared_labels_are_named_however_few_rows_there_are() -> None:
    nli = label("entailment", "neutral", "contradiction")
    assert shared(("neutral", 1), feature=nli) == ("", ("contradiction", "entailment", "neutral"))
    assert shared(("True", 1), feature=Feature(type="bool")) == ("", ("False", "True"))


def test_free_text_of_few_rows_is_no_classification() -> None:
    assert shared(("one answer", 4), ("another", 4), name="reply") == ("", ())


def test_a_label_that_is_neither_named_nor_shown_by_enough_rows_can_only_be_guessed() -> None:
    for name, runs in {  # as truthful_qa, competition_math, sem_eval_2014_task_1 and google_wellformed_query have them
        "category": (("Misconceptions", 4), ("Proverbs", 1)),
        "level": (("Level 5", 3), ("Level 4", 2)),
        "relatedness_score": (("3.6", 1), ("4.5", 1)),
        "rating": (("0", 2), ("1", 3)),
    }.items():
        assert shared(*runs, name=name) == ("unnamed-labels", ())
    assert shared(*((f"Level {n}", 4) for n in range(11)), name="level") == ("", ())  # 44 rows show which there are
    assert shared(("yes", 1), ("maybe", 1), name="final_decision") == ("", ())
    assert shared(("1", 2), ("3", 2)) == ("", ())  # cosmos_qa: the place of an option, which the input shows


def test_labels_that_are_all_abbreviations_ask_for_what_nobody_can_read() -> None:
    levels = label("Adv", "Ele", "Int")  # onestop_qa
    assert shared(("Adv", 1), feature=levels) == ("opaque-labels", ())
    assert shared(("Adv", 40), ("Ele", 40), feature=levels) == ("opaque-labels", ())
    assert shared(("POS", 1), feature=label("POS", "NEG")) == ("", ("NEG", "POS"))
    assert shared(("A", 1), feature=label("A", "B")) == ("", ("A", "B"))
    assert shared(("Int", 1), feature=label("Int", "Elementary")) == ("", ("Elementary", "Int"))


def test_enough_rows_that_repeat_few_short_texts_are_a_classification() -> None:
    assert shared(("spam", 10), ("ham", 10)) == ("", ("ham", "spam"))
    assert shared(("spam", 10), ("ham", 9), name="reply") == ("", ())
    assert shared(*[(f"text {n}", 2) for n in range(10)]) == ("", ())
    assert shared(("spam", 10), ("x" * 31, 10)) == ("", ())


def test_a_text_that_repeats_because_documents_are_few_is_no_label() -> None:
    titles = column(("Napoleon", 10), ("Amazon_rainforest", 10), name="article_title")
    assert by_shares(titles, SHARES) == ("", ())


def test_ratings_are_labels_and_years_are_not() -> None:
    assert shared(("1", 10), ("5", 10)) == ("", ("1", "5"))
    assert shared(("1943", 10), ("1957", 10)) == ("", ())
    assert shared(("0.25", 10), ("0.5", 10)) == ("", ())


def test_balance_is_a_share_of_all_rows() -> None:
    assert shared(("a", 80), ("b", 20)) == ("", ("a", "b"))
    assert shared(("a", 81), ("b", 19)) == ("imbalanced-labels", ())
    assert shared(("a", 810), ("b", 190)) == ("imbalanced-labels", ())
    assert shared(("a", 9), ("b", 1), feature=label("a", "b")) == ("", ("a", "b"))


def test_one_and_the_same_output_again_and_again_is_worth_nothing() -> None:
    assert shared(("same", 5)) == ("single-label", ())
    assert shared(("a", 5), feature=label("a", "b")) == ("single-label", ())
    assert shared(("same", 4), name="reply") == ("", ())


def test_many_or_long_labels_are_not_named() -> None:
    eleven = [str(n) for n in range(11)]
    assert shared(*((name, 4) for name in eleven), feature=label(*eleven)) == ("", ())
    assert shared(("a", 20), ("x" * 31, 20), feature=label("a", "x" * 31)) == ("", ())


def test_an_output_that_no_declared_class_explains_leaves_the_answers_unnamed() -> None:
    assert shared(("c", 10), ("a", 10), feature=label("a", "b")) == ("", ())


@given(st.lists(st.sampled_from(["a", "b", "c", "10", "9", "-1.5"]), max_size=60), st.randoms(use_true_random=False))
def test_the_verdict_does_not_depend_on_the_order_of_the_rows(found: list[str], chance: object) -> None:
    shuffled = list(found)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    first, second = (by_shares(tally(texts), SHARES) for texts in (found, shuffled))
    assert first == second
    assert list(first[1]) == list(in_order(set(first[1])))


def test_numbers_are_sorted_by_value_and_texts_as_texts() -> None:
    assert in_order({"10", "9", "1.5"}) == ("1.5", "9", "10")
    assert in_order({"b", "a", "10"}) == ("10", "a", "b")


def test_the_answers_stand_after_the_instruction() -> None:
    assert with_labels("Do it", ("b", "a")) == "Do it Answers must be one of b, a."
    assert with_labels("Do it.", ()) == "Do it."
    assert with_readable_labels("Do it", ("a", "b")) == "Do it. Answers must be one of a, b."
    assert with_readable_labels("Which?", ("no", "yes, partly")) == "Which? Answers must be one of no; yes, partly."
    assert with_readable_labels("Do it", ()) == "Do it"


def test_a_tally_holds_no_more_outputs_than_a_rule_could_look_at() -> None:
    texts = [f"text {number}" for number in range(5000)]
    for feature in (None, label("a", "b")):
        found = tally(texts, feature)
        assert found.many
        assert not found.counts
        assert by_shares(found, SHARES) == ("", ())
        assert by_counts(found, COUNTS) == ("", ())
        assert found.rows == 5000
