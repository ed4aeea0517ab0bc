import io
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stages.shared.hub import parquet
from stages.shared.hub.seam import UnreadableError
from tests.shared.hub.making import table


def test_rows_come_with_the_columns_in_the_order_asked_for_from_a_path_or_from_bytes(tmp_path: Path) -> None:
    pq.write_table(table({"b": [1, 2], "a": ["x", None]}), tmp_path / "x.parquet")
    for source in (tmp_path / "x.parquet", io.BytesIO((tmp_path / "x.parquet").read_bytes())):
        with parquet.open_file(source, "here") as file:
            found = list(parquet.rows(file, ["a", "b"], "here", Counter()))
        assert [list(row.items()) for row in found] == [[("a", "x"), ("b", 1)], [("a", None), ("b", 2)]]


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + b"\0" * 100 + b"PAR1", b"no parquet at all" * 100])
def test_bytes_that_are_no_parquet_are_said_to_be_unreadable(content: bytes) -> None:
    with pytest.raises(UnreadableError, match="here") as caught:
        parquet.open_file(io.BytesIO(content), "here")
    assert caught.value.reason == "parquet-unreadable"


def test_a_file_damaged_in_the_middle_is_unreadable_and_not_wrong(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(table({"a": [f"text {number}" * 20 for number in range(5000)]}), path, compression="zstd")
    content = bytearray(path.read_bytes())
    content[1000:1400] = b"\xff" * 400
    path.write_bytes(content)
    with parquet.open_file(path, "here") as file, pytest.raises(UnreadableError) as caught:
        list(parquet.rows(file, ["a"], "here", Counter()))
    assert caught.value.reason == "parquet-unreadable"


def test_other_columns_than_those_of_the_first_split_are_named_and_never_all_of_ten_thousand(tmp_path: Path) -> None:
    pq.write_table(pa.table({f"c{number}": [1] for number in range(2000)}), tmp_path / "x.parquet")
    with parquet.open_file(tmp_path / "x.parquet", "here") as file, pytest.raises(UnreadableError) as caught:
        list(parquet.rows(file, ["a"], "here", Counter()))
    assert caught.value.reason == "columns-differ"
    assert "and 1980 more here, a in the first split" in caught.value.detail


def test_large_rows_come_one_at_a_time_and_larger_ones_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pq.write_table(pa.table({"a": ["x" * 1000, "y" * 1000, "z" * 1000]}), tmp_path / "x.parquet", use_dictionary=False)
    monkeypatch.setattr(parquet, "BATCH_BYTES", 1500)
    with parquet.open_file(tmp_path / "x.parquet", "here") as file:
        assert [batch.num_rows for batch in parquet.batches(file, ["a"], "here")] == [1, 1, 1]
    monkeypatch.setattr(parquet, "MAX_ROW_BYTES", 900)
    with parquet.open_file(tmp_path / "x.parquet", "here") as file, pytest.raises(UnreadableError) as caught:
        list(parquet.batches(file, ["a"], "here"))
    assert caught.value.reason == "rows-too-large"
