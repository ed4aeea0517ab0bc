"""Shares of nodes in a sample: the published figures, and what holds for all counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.domain.shares import balanced, cut, proportional
from tests.domain.trees import THINNED

COUNTS = st.lists(st.integers(0, 60), min_size=1, max_size=12).map(
    lambda counts: {f"n{number}": count for number, count in enumerate(counts)}
)


def test_a_thousand_of_the_demo_domain_are_shared_as_published() -> None:
    shares = proportional(THINNED, 1000, 500)
    assert list(shares.values()) == [1, 110, 142, 146, 154, 69, 121, 99, 158]  # 161 and 1,003 in all before the cut
    assert sum(shares.values()) == 1000


def test_no_node_counts_with_more_than_the_most() -> None:
    assert proportional({"root": 0, "big": 4000, "small": 500}, 100, 500) == {"root": 0, "big": 51, "small": 49}


def test_what_is_missing_comes_from_the_root_as_far_as_it_has_it() -> None:
    counts = {"root": 600, "small": 10}
    assert proportional(counts, 610, 500) == counts
    assert proportional({"root": 3, "big": 1000, "small": 10}, 900, 500) == {"root": 3, "big": 878, "small": 10}


@pytest.mark.parametrize(
    ("size", "expected"), [(0, [0, 0, 0]), (2, [1, 1, 0]), (7, [3, 1, 3]), (8, [4, 1, 3]), (30, [9, 1, 5])]
)
def test_balanced_shares_are_as_equal_as_they_can_be(size: int, expected: list[int]) -> None:
    assert list(balanced({"a": 9, "b": 1, "c": 5}, size, 500).values()) == expected


@given(COUNTS, st.integers(0, 400), st.integers(1, 50))
def test_shares_never_exceed_what_there_is_or_was_asked_for(counts: dict[str, int], size: int, most: int) -> None:
    for rule in (proportional, balanced):
        shares = rule(counts, size, most)
        assert list(shares) == list(counts)
        assert all(0 <= shares[node] <= counts[node] for node in counts)
        assert sum(shares.values()) <= size
    assert sum(balanced(counts, size, most).values()) == min(size, sum(counts.values()))
    if size <= sum(min(count, most) for count in counts.values()):
        assert sum(proportional(counts, size, most).values()) == size


@given(COUNTS, st.integers(0, 400))
def test_balanced_shares_differ_by_one_at_most_where_none_runs_out(counts: dict[str, int], size: int) -> None:
    shares = balanced(counts, size, 500)
    highest = max(shares.values())
    assert all(shares[node] >= highest - 1 for node in counts if shares[node] < counts[node])
    more = balanced(counts, size + 1, 500)
    assert all(shares[node] <= more[node] for node in counts)


def test_a_cut_takes_from_the_last_nodes() -> None:
    assert cut({"a": 3, "b": 4, "c": 5}, 8) == {"a": 3, "b": 4, "c": 1}
    assert cut({"a": 3, "b": 4, "c": 5}, 2) == {"a": 2, "b": 0, "c": 0}
