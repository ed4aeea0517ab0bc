"""Reading tables as streams of records: values as JSON can say them, and a bad row costs only itself."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.corpus.judging import Refused, Text
from stages.corpus.tabular import csv_rows, parquet_rows
from stages.shared.errors import InputError
from stages.shared.hub import parquet
from tests.shared.hub.making import label, table

LONGEST = 1_000_000
BLOCKS = st.integers(1, 40)
Found = list[Text | Refused]


def shown(found: Iterator[Text | Refused]) -> list[Any]:
    """The objects, and the reasons of what is none."""
    return [json.loads(one.text) if isinstance(one, Text) else one.reason for one in found]


def read(content: bytes, delimiter: str = "", longest: int = LONGEST, block: int = 1 << 20) -> list[Any]:
    return shown(csv_rows(io.BytesIO(content), "x.csv", delimiter, longest, block))


# --- Parquet ----------------------------------------------------------------------------------------------------------


def test_a_row_of_parquet_is_json_with_the_columns_in_the_files_order(tmp_path: Path) -> None:
    columns = {
        "z": ["é\n", None],
        "turns": [[{"from": "human", "value": "Hi"}], []],
        "n": pa.array([2**63 - 1, -1]),
        "score": [float("nan"), 0.5],
        "top": [float("inf"), float("-inf")],
        "day": [date(2023, 4, 1), None],
        "at": [datetime(2023, 4, 1, 12, 30, tzinfo=UTC), None],
        "price": [Decimal("1.10"), None],
        "ok": [True, False],
        "kind": pa.array([1, 0]),
        "map": pa.array([[("a", 1)], []], pa.map_(pa.string(), pa.int64())),
    }
    features = {"kind": {"_type": "ClassLabel", **label("good", "bad")}}
    pq.write_table(table(columns, features), tmp_path / "x.parquet")
    first, second = parquet_rows(tmp_path / "x.parquet", LONGEST)
    assert first == Text(
        "1",
        '{"z":"é\\n","turns":[{"from":"human","value":"Hi"}],"n":9223372036854775807,"score":null,"top":null,'
        '"day":"2023-04-01","at":"2023-04-01T12:30:00+00:00","price":"1.10","ok":true,"kind":"bad","map":[["a",1]]}',
    )
    assert second == Text(
        "2",
        '{"z":null,"turns":[],"n":-1,"score":0.5,"top":null,"day":null,"at":null,"price":null,"ok":false,'
        '"kind":"good","map":[]}',
    )


def test_a_row_of_parquet_that_is_no_record_has_its_reason_and_its_number(tmp_path: Path) -> None:
    text = pa.Array.from_buffers(pa.string(), 1, pa.array([b"caf\xe9"]).buffers())
    columns = {
        "text": pa.concat_arrays([pa.array(["a", "b", "c" * 100]), text, pa.array(["e", "f"])]),
        "image": [None, {"bytes": b"x"}, None, None, {"bytes": None}, None],
        "at": pa.array([0, 0, 0, 0, 0, 2**62], pa.timestamp("ms")),
    }
    pq.write_table(pa.table(columns), tmp_path / "x.parquet")
    found = list(parquet_rows(tmp_path / "x.parquet", 90))
    at = '"at":"1970-01-01T00:00:00"}'
    assert found[:3] == [
        Text("1", '{"text":"a","image":null,' + at),
        Refused("2", "bytes", "image"),
        Refused("3", "too-long"),
    ]
    assert [one.reason for one in found[3:] if isinstance(one, Refused)] == ["not-utf-8", "not-a-row"]
    assert found[4] == Text("5", '{"text":"e","image":{"bytes":null},' + at)


def test_the_rows_of_large_row_groups_come_a_few_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pq.write_table(pa.table({"a": list(range(1000))}), tmp_path / "x.parquet")
    sizes = []
    batches = parquet.batches

    def watched(*arguments: Any) -> Iterator[pa.RecordBatch]:
        for batch in batches(*arguments):
            sizes.append(batch.num_rows)
            yield batch

    monkeypatch.setattr(parquet, "batches", watched)
    assert shown(parquet_rows(tmp_path / "x.parquet", LONGEST)) == [{"a": number} for number in range(1000)]
    assert max(sizes) == parquet.BATCH_ROWS


def test_a_parquet_file_that_is_damaged_anywhere_is_an_error_or_gives_rows_and_never_crashes(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"a": [f"text {number}" for number in range(50)], "b": list(range(50))}), path)
    content = path.read_bytes()
    errors = []
    for at in range(0, len(content), 17):
        path.write_bytes(content[:at] + b"\xff" * 9 + content[at + 9 :])
        try:
            list(parquet_rows(path, LONGEST))
        except InputError as error:
            errors.append(error)
    assert len(errors) > 20
    assert {error.where for error in errors} == {str(path)}
    path.write_bytes(content[:-20])
    with pytest.raises(InputError, match="expected a Parquet file"):
        list(parquet_rows(path, LONGEST))


def test_two_columns_of_one_name_are_an_error_that_names_them(tmp_path: Path) -> None:
    made = pa.Table.from_arrays([pa.array([1]), pa.array([2]), pa.array([3])], names=["a", "b", "a"])
    pq.write_table(made, tmp_path / "x.parquet")
    with pytest.raises(InputError, match="got a twice"):
        list(parquet_rows(tmp_path / "x.parquet", LONGEST))


# --- CSV --------------------------------------------------------------------------------------------------------------

CELL = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.text('",;\n\t', max_size=5)


@given(st.lists(st.lists(CELL, min_size=2, max_size=2), max_size=5), st.sampled_from(",;\t|"), BLOCKS, st.booleans())
def test_what_the_csv_module_writes_comes_back_as_text_in_blocks_of_any_size(
    cells: list[list[str]], delimiter: str, block: int, marked: bool
) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows([["one", "two"], *cells])
    content = b"\xef\xbb\xbf" * marked + text.getvalue().encode()
    assert read(content, delimiter, block=block) == [{"one": one, "two": two} for one, two in cells]


@given(st.text('ab",\n', max_size=40), BLOCKS)
def test_rows_begin_and_end_where_the_csv_module_has_them(text: str, block: int) -> None:
    expected: list[Any] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), strict=True):
            pair = {"x": row[0], "y": row[1]} if len(row) == 2 else "not-a-row"
            expected.append(pair if row else "blank-line")
    except csv.Error:
        expected.append("fault")
    try:
        found = read(b"x,y\n" + text.encode(), block=block)
    except InputError:
        assert expected[-1] == "fault"
    else:
        # The module ends at its first fault; here the rows after it are read.
        whole = expected[:-1] if "fault" in expected else expected
        assert found[: len(whole)] == whole
        assert len(found) == len(whole) or found[len(whole)] == "not-a-row"


@given(st.text('ab",\n', max_size=40), st.integers(3, 9), BLOCKS)
def test_a_row_that_is_skipped_ends_where_it_would_have_ended_if_it_were_read(
    text: str, longest: int, block: int
) -> None:
    def found(longest: int, block: int) -> list[Any]:
        try:
            return read(b"x,y\n" + text.encode(), longest=longest, block=block)
        except InputError:
            return ["fault"]

    whole, skipped = found(LONGEST, 1 << 20), found(longest, block)
    assert len(skipped) == len(whole)
    assert all(one in (other, "too-long") for one, other in zip(skipped, whole, strict=True))
    assert (skipped == ["fault"]) == (whole == ["fault"])


@given(st.lists(st.lists(CELL, min_size=2, max_size=2), max_size=5), st.integers(4, 20), BLOCKS)
def test_a_row_that_is_too_long_is_refused_and_its_neighbours_are_untouched(
    cells: list[list[str]], longest: int, block: int
) -> None:
    lines = []
    for row in cells:
        line = io.StringIO()
        csv.writer(line, lineterminator="\n", quoting=csv.QUOTE_ALL).writerow(row)
        lines.append(line.getvalue().encode())
    found = read(b"".join([b"a,b\n", *lines]), ",", longest, block)
    assert len(found) == len(cells)
    for row, line, one in zip(cells, lines, found, strict=True):
        made = json.dumps({"a": row[0], "b": row[1]}, ensure_ascii=False, separators=(",", ":")).encode()
        fits = len(line) <= longest + 1 and len(made) <= longest
        assert one == ({"a": row[0], "b": row[1]} if fits else "too-long")


def test_every_value_is_text_and_a_bad_row_costs_only_itself() -> None:
    content = b'id,text\n007,1.50\n1\n\n2,a,b\n3,"x"y\n4,caf\xe9\n5,5" disk\n6,"a ""b"",\r\nc"\r\n7,'
    assert read(content) == [
        {"id": "007", "text": "1.50"},
        "not-a-row",
        "blank-line",
        "not-a-row",
        "not-a-row",
        "not-utf-8",
        {"id": "5", "text": '5" disk'},
        {"id": "6", "text": 'a "b",\r\nc'},
        {"id": "7", "text": ""},
    ]


def test_a_value_longer_than_the_csv_modules_own_limit_is_read() -> None:
    assert read(b"a,b\n" + b"x" * 200_000 + b",y\n") == [{"a": "x" * 200_000, "b": "y"}]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"a,a\n1,2\n", "a first line that names the columns, got column name 'a'"),
        (b"a,\n1,2\n", "a first line that names the columns, got column name ''"),
        (b"a,\xff\n1,2\n", "a first line that names the columns, got 'utf-8' codec"),
        (b"x" * 200 + b",b\n1,2\n", "a first line that names the columns, got a line that is too long"),
        (b"\n\r\n", "a first line that names the columns, got blank lines"),
        (b'a,b\n1,2\n3,"x\n', "the closing quote of a value in the row at byte 8, got the end of the file"),
        (b'a,b\n1,2\n3,"' + b"x\n" * 200, "the closing quote of a value in the row at byte 8"),
    ],
)
@pytest.mark.parametrize("block", [1, 10, 1 << 20])
def test_a_table_without_names_or_without_an_end_is_an_error(content: bytes, told: str, block: int) -> None:
    with pytest.raises(InputError) as caught:
        read(content, longest=100, block=block)
    assert told in str(caught.value)
