"""Which names a new task may have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from stages.domain.names import Names, judge
from stages.domain.tree import Node, Tree, plain_id


def names(*known: str, near: float | None = 0.7) -> Names:
    tree = Tree("d", [Node(task_name="root", raw_task_name="Everything", parent=None, depth=0)])
    found = Names(tree, near)
    for name in known:
        found.add(name)
    return found


@pytest.mark.parametrize(
    ("name", "reason", "other"),
    [
        ("?!... --- ___", "no-word", ""),
        ("", "no-word", ""),
        ("x" * 121, "long-name", ""),
        ("x" * 120, "", ""),
        ("everything", "repeated-name", "Everything"),
        ("Formal  letters", "repeated-name", "Formal letters"),
        ("formal-letters!", "repeated-name", "Formal letters"),
        ("STRASSE", "repeated-name", "Straße"),
        ("Formal business letters", "near-name", "Formal letters (0.800)"),
        ("Letters, formal", "", ""),
        ("Verlan", "", ""),
        ("Écriture", "", ""),
    ],
)
def test_a_name_is_refused_with_the_one_that_it_repeats(name: str, reason: str, other: str) -> None:
    assert judge(name, names("Formal letters", "Straße")) == (reason, other)


def test_a_score_at_the_threshold_is_let_in() -> None:
    # 2 of 2 and 2 of 3 words: 0.8 to the last bit.
    assert judge("Formal business letters", names("Formal letters", near=0.8)) == ("", "")
    assert judge("Formal business letters", names("Formal letters", near=None)) == ("", "")


def test_the_first_of_the_nearest_is_told() -> None:
    found = judge("formal old letters", names("old formal letters", "formal letters", "old letters"))
    assert found == ("near-name", "formal letters (0.800)")


words = st.lists(st.sampled_from(["red", "green", "blue", "letters", "poems", "of", "to"]), min_size=1, max_size=6).map(
    " ".join
)


@given(st.lists(words | st.text(max_size=10), max_size=6), words, st.floats(0, 1))
def test_a_name_is_near_where_rouge_score_says_so(known: list[str], name: str, near: float) -> None:
    reason, _ = judge(name, names(*known, near=near))
    scorer = RougeScorer(["rougeL"])
    best = max(scorer.score(other, name)["rougeL"].fmeasure for other in [*known, "Everything"])
    is_equal = plain_id(name) in {plain_id(other) for other in [*known, "Everything"]}
    assert (reason == "repeated-name") == is_equal
    if not is_equal:
        assert (reason == "near-name") == (best > near)
