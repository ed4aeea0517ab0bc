"""Lexical vectors against TF-IDF and a singular value decomposition written out in full."""

import math
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.shared import lexical
from stages.shared.lexical import lexical_vectors, orthonormal, principal, terms, weigh

FEW = ["Is it so?", "Is it?", "Write a poem about the sea.", "Write the poem again: the poem.", "?!", "..."]


def by_hand(texts: list[str]) -> list[dict[str, float]]:
    """TF-IDF of each text, term by term, of length 1."""
    counted = []
    for text in texts:
        words = "".join(sign if sign.isalnum() or sign == "_" else " " for sign in text.lower()).split()
        counted.append(Counter(words or [""]) + Counter(f"{words[at]} {words[at + 1]}" for at in range(len(words) - 1)))
    weights = []
    for counts in counted:
        own = {}
        for term, count in counts.items():
            holding = sum(term in others for others in counted)
            own[term] = (1 + math.log(count)) * (1 + math.log((1 + len(texts)) / (1 + holding)))
        length = math.sqrt(sum(weight**2 for weight in own.values()))
        weights.append({term: weight / length for term, weight in own.items()})
    return weights


def dense(matrix: lexical.Sparse) -> np.ndarray[Any, np.dtype[np.float64]]:
    found = np.zeros((len(matrix.starts), matrix.columns.max() + 1))
    ends = [*matrix.starts[1:], len(matrix.columns)]
    for row, (start, end) in enumerate(zip(matrix.starts, ends, strict=True)):
        for entry in range(start, end):
            found[row, matrix.columns[entry]] += matrix.weights[entry]
    return found


def test_terms_are_words_and_pairs_of_neighbours() -> None:
    assert list(terms("Über_1, the SEA!")) == ["über_1", "the", "sea", "über_1 the", "the sea"]
    assert list(terms("?!")) == [""]


def test_a_weight_is_what_it_is_by_hand() -> None:
    # Two texts; "sea" stands twice in the first and in no other: (1 + ln 2) * (1 + ln(3 / 2)) =
    # 2.37966. "sea sea": once, in no other: 1 + ln(3 / 2) = 1.40547. Length: sqrt(5.66276 + 1.97533) = 2.76371.
    assert sorted(weigh(["sea sea", "lake"]).weights) == pytest.approx([0.50854, 0.86103, 1.0], abs=1e-5)


def test_few_texts_multiply_as_their_tf_idf_does() -> None:
    vectors, weights = lexical_vectors(FEW), by_hand(FEW)
    for one, here in zip(vectors, weights, strict=True):
        for other, there in zip(vectors, weights, strict=True):
            assert one @ other == pytest.approx(sum(here[term] * there.get(term, 0) for term in here), abs=1e-6)


@given(st.lists(st.text("ab ?é", max_size=8), min_size=1, max_size=12, unique=True))
def test_any_few_texts_do(texts: list[str]) -> None:
    vectors, weights = lexical_vectors(texts), by_hand(texts)
    for row, (one, here) in enumerate(zip(vectors, weights, strict=True)):
        expected = [sum(here[term] * there.get(term, 0) for term in here) for there in weights]
        assert vectors @ one == pytest.approx(expected, abs=1e-5), texts[row]


@pytest.mark.parametrize(("passes", "share"), [(lexical.PASSES, 0.95), (100, 0.9999)])
def test_of_many_texts_the_directions_hold_nearly_all_that_as_many_can(
    seed_rows: list[tuple[str, str, str]], monkeypatch: pytest.MonkeyPatch, passes: int, share: float
) -> None:
    # Hard to find: these instructions have little in common, so one direction holds hardly more than another.
    matrix = weigh(sorted({instruction for instruction, _, _ in seed_rows})[:90])
    best = float(sum(np.linalg.svd(dense(matrix), compute_uv=False)[:20] ** 2))
    monkeypatch.setattr(lexical, "PASSES", passes)
    assert share * best < (principal(matrix, 20) ** 2).sum() <= best * (1 + 1e-9)


def test_columns_come_out_at_right_angles_and_those_that_depend_on_others_not_at_all() -> None:
    some = np.random.default_rng(0).standard_normal((9, 4))
    found = orthonormal(np.hstack([some[:, :2], some[:, :2] @ [[1.0], [2.0]], some[:, 2:], np.zeros((9, 1))]))
    assert found.shape == (9, 4)
    assert found.T @ found == pytest.approx(np.eye(4), abs=1e-12)
    assert found @ (found.T @ some) == pytest.approx(some)
    nearly = orthonormal(np.hstack([some, some + 1e-6 * np.random.default_rng(1).standard_normal((9, 4))]))
    assert nearly.T @ nearly == pytest.approx(np.eye(8), abs=1e-12)


def test_a_product_made_piece_by_piece_is_the_product(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix = weigh(FEW)
    other = np.random.default_rng(0).standard_normal((matrix.columns.max() + 1, 3))
    monkeypatch.setattr(lexical, "CELLS", 10)
    assert matrix.times(other) == pytest.approx(dense(matrix) @ other)
    assert dense(matrix.turned()) == pytest.approx(dense(matrix).T)


def test_rows_have_length_1_and_are_zeros_where_nothing_is_left_of_a_text(
    seed_rows: list[tuple[str, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = lexical_vectors(sorted({instruction for instruction, _, _ in seed_rows}))
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-6)
    monkeypatch.setattr(lexical, "principal", lambda *_: np.array([[0.03, 0.04], [0.0, 1e-9], [0.0, 0.0]]))
    assert lexical_vectors(["a", "b", "c"]) == pytest.approx(np.array([[0.6, 0.8], [0, 0], [0, 0]]))


def test_no_texts_give_no_rows() -> None:
    assert lexical_vectors([]).shape == (0, lexical.DIMENSIONS)
