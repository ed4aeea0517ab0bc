from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.model.batches import POOL, Example, rows_of, steps, turns
from stages.model.tokenizing import IGNORED, Tokens


def examples(count: int) -> Iterator[Example]:
    for number in range(count):
        yield Example(str(number), Tokens([number], [number], 0), 1)


def ids(count: int, number: int, size: int, seed: int) -> list[list[str]]:
    return [[one.instance_id for one in batch] for batch in steps(lambda: examples(count), number, size, seed)]


@given(st.integers(1, 50), st.integers(1, 40), st.integers(1, 9))
def test_there_are_as_many_batches_as_asked_for(count: int, number: int, size: int) -> None:
    found = ids(count, number, size, 1)
    assert len(found) == number
    assert all(0 < len(batch) <= size for batch in found)


@given(st.integers(1, 50), st.integers(1, 9))
def test_each_pass_sees_every_example_once(count: int, size: int) -> None:
    in_a_pass = -(-count // size)
    seen = Counter(id for batch in ids(count, 2 * in_a_pass, size, 1) for id in batch)
    assert seen == {str(number): 2 for number in range(count)}


def test_a_seed_fixes_the_order_and_another_changes_it() -> None:
    assert ids(40, 10, 4, 1) == ids(40, 10, 4, 1) != ids(40, 10, 4, 2)


def test_two_passes_have_different_orders() -> None:
    found = ids(40, 20, 4, 1)
    assert found[:10] != found[10:]


def test_no_examples_is_an_error_and_no_endless_loop() -> None:
    with pytest.raises(ValueError, match="no examples"):
        ids(0, 1, 4, 1)


def test_a_step_reaches_over_the_end_of_a_pool() -> None:
    sizes = [len(batch) for batch in steps(lambda: examples(POOL + 10), 2 * 169, 6, 1)]
    assert sizes == ([6] * 168 + [2]) * 2


LENGTHS = st.lists(st.integers(1, 9), min_size=1, max_size=40)


def tokens(sizes: list[int]) -> list[Tokens]:
    return [Tokens([number] * size, [number] * size, 0) for number, size in enumerate(sizes)]


@given(LENGTHS, st.integers(1, 5), st.integers(1, 4), st.booleans())
def test_processes_share_the_rows_of_a_step_and_wait_equally_often(
    sizes: list[int], micro: int, processes: int, packing: bool
) -> None:
    rows = rows_of(tokens(sizes), 12 if packing else None)
    shares = [turns(rows, micro, rank, processes) for rank in range(processes)]
    assert len({len(share) for share in shares}) == 1
    assert all(0 < len(turn) <= micro for share in shares for turn in share)
    learned = Counter(
        one.ids[0]
        for share in shares
        for turn in share
        for row in turn
        for one in row
        if any(label != IGNORED for label in one.labels)
    )
    assert learned == Counter(range(len(sizes)))


@given(LENGTHS)
def test_rows_come_longest_first(sizes: list[int]) -> None:
    assert [len(row[0].ids) for row in rows_of(tokens(sizes), None)] == sorted(sizes, reverse=True)
