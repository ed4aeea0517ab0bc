"""Reading a wave's rows one taskname at a time."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stages.hub.rows import WaveRows, row_groups
from stages.shared.errors import InputError
from stages.shared.records import ROWS
from tests.hub.examples import write_rows

WAVE = {"b": [{"n": n} for n in range(5)], "a": [{"n": 10}], "c": [{"n": 20}, {"n": 21}]}


def write(path: Path, *lines: tuple[str, int, str], statistics: bool = True) -> Path:
    found = [{"taskname": name, "split": "train", "index": index, "row": text} for name, index, text in lines]
    pq.write_table(pa.Table.from_pylist(found, ROWS), path, write_statistics=statistics)
    return path


def test_each_taskname_gives_its_own_rows_in_order(tmp_path: Path) -> None:
    stored = WaveRows(write_rows(tmp_path / "rows.parquet", WAVE))
    for taskname, expected in WAVE.items():
        assert [row.values for row in stored.of(taskname)] == expected
    assert stored.of("b")[3].place == "train:3"
    assert stored.of("nobody") == []


def test_a_limit_gives_the_first_rows(tmp_path: Path) -> None:
    stored = WaveRows(write_rows(tmp_path / "rows.parquet", WAVE))
    assert [row.values["n"] for row in stored.of("b", 2)] == [0, 1]


@pytest.mark.parametrize("statistics", [True, False])
def test_tasknames_that_share_a_row_group_are_told_apart(tmp_path: Path, statistics: bool) -> None:
    path = write(tmp_path / "r", ("a", 0, '{"n":1}'), ("b", 0, '{"n":2}'), ("a", 1, '{"n":3}'), statistics=statistics)
    stored = WaveRows(path)
    assert [row.values["n"] for row in stored.of("a")] == [1, 3]
    assert [row.values["n"] for row in stored.of("b")] == [2]


def test_only_the_row_groups_of_a_taskname_are_read(tmp_path: Path) -> None:
    with pq.ParquetFile(write_rows(tmp_path / "rows.parquet", WAVE)) as file:
        assert row_groups(file) == {"b": [0], "a": [1], "c": [2]}


@pytest.mark.parametrize("text", ["{", "[1]", "3"])
def test_a_row_that_is_no_object_is_named(tmp_path: Path, text: str) -> None:
    stored = WaveRows(write(tmp_path / "rows.parquet", ("toy", 7, text)))
    with pytest.raises(InputError, match="toy, train:7"):
        stored.of("toy")


def test_another_parquet_file_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": [1]}), tmp_path / "x.parquet")
    with pytest.raises(InputError, match="taskname"):
        WaveRows(tmp_path / "x.parquet")


def test_half_characters_become_replacement_characters(tmp_path: Path) -> None:
    stored = WaveRows(
        write(tmp_path / "rows.parquet", ("toy", 0, json.dumps({"t": ["\ud800x", {"\udc00": "\udfff"}]})))
    )
    assert stored.of("toy")[0].values == {
        "t": ["\N{REPLACEMENT CHARACTER}x", {"\N{REPLACEMENT CHARACTER}": "\N{REPLACEMENT CHARACTER}"}]
    }


@pytest.mark.parametrize(
    "text",
    [
        '{"n":12345678901234567890123}', '{"n":[{"m":-9223372036854775809}]}', '{"n":18446744073709551616}',
        '{"n":NaN,"m":[-Infinity]}', '{"n":1,"m":2,"n":3}', '{"n":-0,"m":-0.0,"o":1e400}', '{"\\u0000":"\\u001f\x7f"}',
        '{"n":9007199254740993,"m":0.1,"o":1E22,"p":5e-324}',
    ],
)  # fmt: skip
def test_rows_are_read_as_pythons_json_reads_them(tmp_path: Path, text: str) -> None:
    stored = WaveRows(write(tmp_path / "rows.parquet", ("toy", 0, text)))
    assert repr(stored.of("toy")[0].values) == repr(json.loads(text))


def test_rows_come_in_chunks_of_the_asked_size(tmp_path: Path) -> None:
    stored = WaveRows(write_rows(tmp_path / "rows.parquet", WAVE))
    assert [chunk.places for chunk in stored.chunks("b", 2)] == [
        ["train:0", "train:1"],
        ["train:2", "train:3"],
        ["train:4"],
    ]
    assert stored.count("b") == 5
