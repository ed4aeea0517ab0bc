"""Rows of JSON Lines and CSV files."""

import csv
import io
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.shared.hub import tables
from stages.shared.hub.seam import UnreadableError


def rows(folder: Path, name: str, content: bytes) -> list[dict[str, Any]]:
    path = folder / name
    path.write_bytes(content)
    return list((tables.json_rows if path.suffix == ".jsonl" else tables.csv_rows)(path))


def refused(folder: Path, name: str, content: bytes) -> str:
    with pytest.raises(UnreadableError) as caught:
        rows(folder, name, content)
    assert caught.value.reason == "line-unreadable"
    return f"{caught.value.where}: {caught.value.came}"


def test_json_lines_are_objects_a_mark_of_byte_order_and_empty_lines_are_nothing(tmp_path: Path) -> None:
    content = b'\xef\xbb\xbf{"a": 1}\r\n\n{"a": "\xc3\xa4"}'
    assert rows(tmp_path, "f.jsonl", content) == [{"a": 1}, {"a": "ä"}]


def test_the_place_of_a_line_leads_back_to_it(tmp_path: Path) -> None:
    path = tmp_path / "f.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"a": 1}\n\n{"a": 2}\r\n{"a": 3}')
    for _, place, row in tables.json_lines(path):
        with path.open("rb") as file:
            file.seek(place)
            assert json.loads(file.readline().decode("utf-8-sig")) == row


@pytest.mark.parametrize("line", [b"[1]", b"{", b'{"a": \xff}', b"3", b'{"a":1}{"a":2}', b"[" * 100_000])
def test_a_line_that_is_no_object_is_refused_with_file_and_line(tmp_path: Path, line: bytes) -> None:
    assert "f.jsonl, line 2" in refused(tmp_path, "f.jsonl", b'{"a": 1}\n' + line + b"\n")


def test_a_line_longer_than_memory_should_hold_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "LONGEST", 20)
    assert "line 2: line-unreadable (longer than 20" in refused(tmp_path, "f.jsonl", b'{"a": 1}\n{"a": "' + b"x" * 30)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a,b\n1,x\n2,y\n", [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]),
        ("a;b\n1,5;x\n2,5;y\n", [{"a": "1,5", "b": "x"}, {"a": "2,5", "b": "y"}]),
        ('"a,a";b\n1;x\n', [{"a,a": 1, "b": "x"}]),
        ("a\tb\n1\t2.5\n2\t\n", [{"a": 1, "b": 2.5}, {"a": 2, "b": None}]),
        ("a,b\n1,x\n1.5,\n", [{"a": 1.0, "b": "x"}, {"a": 1.5, "b": ""}]),
        ("zip,ok\n007,true\n100,FALSE\n", [{"zip": "007", "ok": True}, {"zip": "100", "ok": False}]),
        ('a,b\n"1\n2","say ""x"", y"\n', [{"a": "1\n2", "b": 'say "x", y'}]),
        ("\ufeffa,b\r\n1,x\r\n\r\n2,y\r\n", [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]),
        ("a,b\n1,\n2,\n", [{"a": 1, "b": ""}, {"a": 2, "b": ""}]),
        ("id\n12345678901234567890\n", [{"id": "12345678901234567890"}]),
        ("a,b\nnan,inf\n", [{"a": "nan", "b": "inf"}]),
        ("a,b\n", []),
        ("", []),
    ],
)
def test_csv_is_typed_by_all_values_of_a_column(tmp_path: Path, content: str, expected: list[dict[str, Any]]) -> None:
    found = rows(tmp_path, "f.csv", content.encode("utf-8"))
    assert found == expected
    assert [[type(value) for value in row.values()] for row in found] == [
        [type(value) for value in row.values()] for row in expected
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"a,b\n1,2\n3\n", "line 3: line-unreadable (1 values, the first line names 2 columns)"),
        (b"a,b\n1,2,3\n", "line 2: line-unreadable (3 values"),
        (b'a,b\n"1\n2",x\n1\n', "line 4: "),
        (b"a,a\n1,2\n", "column name 'a'"),
        (b"a,\n1,2\n", "column name ''"),
        (b'a,b\n1,"x\n', "after line 1: line-unreadable (unexpected end of data)"),
        (b"a,b\n1,\xff\n", "line-unreadable ('utf-8' codec"),
    ],
)
def test_a_row_of_csv_that_does_not_fit_is_refused_with_file_and_line(
    tmp_path: Path, content: bytes, told: str
) -> None:
    assert told in refused(tmp_path, "f.csv", content)


CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=8)


@given(st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=6), st.sampled_from(",;\t|"))
def test_what_the_csv_module_writes_comes_back_whatever_the_delimiter(table: list[list[str]], delimiter: str) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows([["one", "two", "three"], *table])
    with tempfile.TemporaryDirectory() as folder:
        found = rows(Path(folder), "f.csv", text.getvalue().encode("utf-8"))
    assert len(found) == len(table)
    for row, written in zip(found, table, strict=True):
        for value, cell in zip(row.values(), written, strict=True):
            assert (
                value == cell
                or (value is None and not cell)
                or str(value).casefold() == cell.casefold()
                or (isinstance(value, float | int) and float(cell) == value)
            )
