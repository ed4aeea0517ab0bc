"""The sample of the dataset: whose share it is, which rows, and what stays as the dataset grows."""

import hashlib
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.dataset.picks import drawn, quotas, shards
from stages.shared.errors import InputError
from stages.shared.records import INSTANCES
from tests.dataset.parts import Row, row
from tests.house import ROOT

SEEDS = [
    json.loads(line)
    for line in (ROOT / "data/sources/corpora/self-instruct-seeds.jsonl").read_text("utf-8").splitlines()
]


def write_shard(dataset: Path, part: str, rows: list[Row]) -> None:
    """A part's file, in row groups that are smaller than it."""
    dataset.mkdir(exist_ok=True)
    table = pa.Table.from_pylist([{**one, "part": part} for one in rows], INSTANCES)
    pq.write_table(table, dataset / f"{part.replace('/', '-')}.parquet", row_group_size=50)


def seeds(start: int, end: int) -> list[Row]:
    """Rows of real texts."""
    return [
        row(one["instruction"], one["instances"][0]["input"], one["instances"][0]["output"]) for one in SEEDS[start:end]
    ]


sizes = st.dictionaries(st.sampled_from([f"corpus/{name}" for name in "abcdefgh"]), st.integers(1, 900), min_size=1)


@given(sizes, st.integers(1, 300), st.integers(0, 9))
def test_the_quotas_sum_up_to_the_sample_and_no_part_gets_less_than_its_least(
    of: dict[str, int], total: int, least: int
) -> None:
    found = quotas(of, total, least)
    assert list(found) == list(of)
    owed = sum(min(least, size) for size in of.values())
    assert sum(found.values()) == max(owed, min(total, sum(of.values())))
    for part, size in of.items():
        assert min(least, size) <= found[part] <= size


def test_quotas_worked_out_by_hand() -> None:
    # 7/14/179 of 200 would be 3.5, 7, 89.5 of 100; the least of 5 leaves 95 for the others: 6.9 and 88.1.
    assert quotas({"a": 7, "b": 14, "c": 179}, 100, 5) == {"a": 5, "b": 7, "c": 88}
    assert quotas({"a": 3, "b": 9}, 100, 5) == {"a": 3, "b": 9}
    assert quotas({"a": 30, "b": 90, "c": 60}, 6, 5) == {"a": 5, "b": 5, "c": 5}


def test_the_sample_is_the_first_rows_of_each_part_by_a_hash_of_seed_and_id(tmp_path: Path) -> None:
    write_shard(tmp_path, "corpus/one", seeds(0, 120))
    write_shard(tmp_path, "corpus/two", seeds(120, 175))
    found = drawn(shards(tmp_path), 40, 5, 7, frozenset())
    wanted = []
    for start, end, count in ((0, 120, 27), (120, 175, 13)):  # 27.4 and 12.6
        ids = [one["instance_id"] for one in seeds(start, end)]
        wanted += sorted(ids, key=lambda one: hashlib.sha256(f"audit:7:{one}".encode()).hexdigest())[:count]
    assert {pick.instance_id for pick in found} == set(wanted)
    texts = {one["instance_id"]: one for one in seeds(0, 175)}
    for pick in found:
        assert (pick.instruction, pick.input, pick.output) == tuple(
            texts[pick.instance_id][name] for name in ("instruction", "input", "output")
        )
    other = drawn(shards(tmp_path), 40, 5, 8, frozenset())
    assert {pick.instance_id for pick in other} != set(wanted)


def test_a_part_that_joins_gives_no_other_part_a_new_pick_and_judged_rows_stay(tmp_path: Path) -> None:
    write_shard(tmp_path, "corpus/one", seeds(0, 100))
    before = drawn(shards(tmp_path), 30, 5, 0, frozenset())
    write_shard(tmp_path, "corpus/two", seeds(100, 175))
    after = drawn(shards(tmp_path), 30, 5, 0, frozenset())
    old = {pick.instance_id for pick in after if pick.part == "corpus/one"}
    assert len(after) == 30
    assert len(old) == 17
    assert old < {pick.instance_id for pick in before}
    kept = {before[0].instance_id, before[-1].instance_id, "not-there"}
    found = {pick.instance_id for pick in drawn(shards(tmp_path), 30, 5, 0, kept)}
    assert found == {pick.instance_id for pick in after} | kept - {"not-there"}


def test_a_conversation_is_shown_with_all_its_turns(tmp_path: Path) -> None:
    turns = [("user", "Hi"), ("assistant", "Hello"), ("user", "Bye"), ("assistant", "So long")]
    messages = [{"role": role, "content": said, "name": None, "tool_calls": None} for role, said in turns]
    write_shard(tmp_path, "corpus/chat", [row("Hi", output="So long", messages=messages)])
    (found,) = drawn(shards(tmp_path), 9, 5, 0, frozenset())
    assert found.conversation == "[user] Hi\n\n[assistant] Hello\n\n[user] Bye\n\n[assistant] So long"


def test_a_dataset_without_rows_has_an_empty_sample(tmp_path: Path) -> None:
    write_shard(tmp_path, "corpus/none", [])
    assert drawn(shards(tmp_path), 9, 5, 0, frozenset()) == []


def test_a_damaged_shard_is_refused(tmp_path: Path) -> None:
    write_shard(tmp_path, "corpus/one", seeds(0, 9))
    path = tmp_path / "corpus-one.parquet"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(InputError, match=r"corpus-one\.parquet: expected a Parquet file"):
        shards(tmp_path)
