"""The mix in arrays and files is what a list of rows, sorted in memory, would be."""

from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.model import places
from stages.model.chance import fraction
from stages.model.places import Gathering, joined, standing, write
from stages.shared.files import parquet_writer
from stages.shared.records import INSTANCES
from tests.model.test_mix import dataset_rows


def gathered(road: Path, every: int = 1) -> places.Places:
    """Every so many-th row of both parts."""
    gathering = Gathering(seed=0)
    for number, part in enumerate(("one", "two")):
        for at, row in enumerate(dataset_rows(road, part)):
            if at % every == 0:
                gathering.add(row["instance_id"], row["task_id"], number, at)
    return gathering.places()


def test_the_file_is_to_the_byte_that_of_all_rows_sorted_in_memory(road: Path) -> None:
    write(road / "made.parquet", gathered(road), [road / f"dataset/hub-{part}.parquet" for part in ("one", "two")])
    rows = [row for part in ("one", "two") for row in dataset_rows(road, part)]
    rows.sort(key=lambda row: (fraction("order", row["instance_id"]), row["instance_id"]))
    with parquet_writer(road / "plain.parquet", INSTANCES) as writer:
        writer.write_table(pa.Table.from_pylist(rows, INSTANCES))
    assert (road / "made.parquet").read_bytes() == (road / "plain.parquet").read_bytes()


@pytest.mark.parametrize(("size", "files", "every"), [(7, 3, 1), (1, 64, 3), (1000, 1, 2)])
def test_slices_and_files_change_no_row_and_leave_nothing_behind(
    road: Path, monkeypatch: pytest.MonkeyPatch, size: int, files: int, every: int
) -> None:
    shards = [road / f"dataset/hub-{part}.parquet" for part in ("one", "two")]
    write(road / "plain.parquet", gathered(road, every), shards)
    monkeypatch.setattr(places, "SLICE", size)
    monkeypatch.setattr(places, "FILES", files)
    write(road / "made.parquet", gathered(road, every), shards)
    assert pq.read_table(road / "made.parquet").equals(pq.read_table(road / "plain.parquet"))
    assert not list(places.WORK.iterdir())


def test_no_rows_make_an_empty_file(road: Path) -> None:
    write(road / "made.parquet", Gathering(seed=0).places(), [])
    assert pq.read_table(road / "made.parquet").schema.equals(INSTANCES)
    assert pq.read_table(road / "made.parquet").num_rows == 0


def test_ids_of_any_text_come_back_and_two_lots_join_in_order() -> None:
    names = ["a", "ü", "\ud800", "longer than the others", ""]
    lots = []
    for some in (names[:2], names[2:]):
        gathering = Gathering(seed=0)
        for at, id in enumerate(some):
            gathering.add(id, "task", 0, at)
        lots.append(gathering.places())
    assert list(joined(*lots).all_ids()) == sorted(names, key=lambda one: fraction("order", one))


@given(st.lists(st.integers(0, 4)))
def test_standing_counts_those_before_of_the_same_group(groups: list[int]) -> None:
    expected, counts = [], Counter[int]()
    for group in groups:
        expected.append(counts[group])
        counts[group] += 1
    assert standing(np.array(groups, np.int64)).tolist() == expected
