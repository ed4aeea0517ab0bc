"""Exact dedup of batches: fingerprints know one row, sift decides by order."""

from collections.abc import Sequence

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.dataset.dedup import Seen, fingerprints, sift
from stages.shared.errors import InputError
from stages.shared.records import INSTANCES
from tests.dataset.parts import Row, row


def batch(rows: Sequence[Row]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([{**one, "part": "hub/a"} for one in rows], INSTANCES)


def test_a_fingerprint_is_of_the_content_and_not_of_where_it_came_from() -> None:
    same = fingerprints(batch([row("a", license="mit"), row("a", license="", row="train:7")]))
    assert same[0] == same[1]
    different = fingerprints(batch([row("a", "b", "c"), row("a", "b", "d"), row("a", "c", "b"), row("ab", "", "c")]))
    assert len({one.instance for one in different}) == 4
    assert [one.question == different[0].question for one in different] == [True, True, False, False]


def test_a_dialogue_is_identified_by_its_messages_and_asks_no_single_question() -> None:
    turns = [[{"role": "user", "content": text, "name": None, "tool_calls": None}] for text in ("hi", "ho", "hi")]
    found = fingerprints(batch([row("", "", "", messages=messages) for messages in turns]))
    assert found[0] == found[2] != found[1]
    assert {one.question for one in found} == {None}


def test_an_id_that_is_not_the_hash_of_the_content_is_refused() -> None:
    with pytest.raises(InputError, match="instance_id"):
        fingerprints(batch([{**row("a"), "instance_id": "0" * 16}]))


def test_an_empty_batch_gives_an_empty_batch() -> None:
    empty = batch([])
    result = sift(empty, fingerprints(empty), Seen(), 0)
    assert (result.kept.num_rows, result.duplicates, result.conflicts) == (0, (), 0)
    assert result.kept.schema.equals(INSTANCES)


def test_a_duplicate_names_the_part_that_came_first() -> None:
    seen = Seen()
    for part, questions in enumerate((["a", "b"], ["c"], ["b", "c", "d", "d"])):
        rows = batch([row(question) for question in questions])
        result = sift(rows, fingerprints(rows), seen, part)
    assert result.duplicates == ((0, 0), (1, 1), (3, 2))
    assert result.kept.column("instruction").to_pylist() == ["d"]


words = st.sampled_from(["a", "b", "c"])


@given(st.lists(st.builds(row, words, words, words), max_size=30), st.integers(1, 7))
def test_the_size_of_batches_decides_nothing(rows: list[Row], size: int) -> None:
    def kept(step: int) -> tuple[list[str], int, int]:
        seen, found, duplicates, conflicts = Seen(), [], 0, 0
        for start in range(0, len(rows), step):
            some = batch(rows[start : start + step])
            result = sift(some, fingerprints(some), seen, 0)
            found += result.kept.column("instance_id").to_pylist()
            duplicates += len(result.duplicates)
            conflicts += result.conflicts
        return found, duplicates, conflicts

    whole = kept(100)
    assert kept(size) == whole
    contents = {(one["instruction"], one["input"], one["output"]) for one in rows}
    questions = {(one["instruction"], one["input"]) for one in rows}
    assert len(whole[0]) == len(contents)
    assert whole[1] == len(rows) - len(contents)
    assert whole[2] == len(contents) - len(questions)
