"""Which kind a file is, by its name and its beginning, and that real files come out whole."""

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stages.corpus.containers import records
from stages.corpus.judging import Refused, Text
from stages.shared.errors import InputError

LONGEST = 1_000_000
OBJECTS = [{"a": "x"}, {"a": "ü"}]
LINES = '{"a": "x"}\n{"a": "ü"}\n'.encode()
ARRAY = json.dumps(OBJECTS).encode()
CONTENTS = {".jsonl": LINES, ".ndjson": LINES, ".json": ARRAY, ".csv": "a\nx\nü\n".encode(), ".tsv": b"a\nx\n\xc3\xbc"}


def objects(path: Path, rows: str = "") -> list[Any]:
    found = list(records(path, rows, LONGEST))
    assert [one.place for one in found] == [str(number) for number in range(1, len(found) + 1)]
    return [json.loads(one.text) for one in found if isinstance(one, Text)]


@pytest.mark.parametrize("ending", [*CONTENTS, *(f"{ending}.gz" for ending in CONTENTS), ".JSONL", ".Json.GZ"])
def test_each_kind_is_read_by_the_ending_of_its_name(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"some.name{ending}"
    content = CONTENTS[ending.lower().removesuffix(".gz")]
    path.write_bytes(gzip.compress(content) if ending.lower().endswith(".gz") else content)
    assert objects(path) == OBJECTS


def test_parquet_is_read_by_the_ending_of_its_name(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": ["x", "ü"]}), tmp_path / "x.parquet")
    assert objects(tmp_path / "x.parquet") == OBJECTS


@pytest.mark.parametrize("name", ["x.txt", "x", "x.gz", "x.parquet.gz", "x.json.zip", "x.xlsx"])
def test_another_kind_is_refused_with_the_kinds_that_are_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(ARRAY)
    with pytest.raises(InputError, match=r"\.jsonl, \.ndjson, \.json, \.csv, \.tsv, \.parquet"):
        objects(tmp_path / name)


def sound(line: str) -> Any:
    """The object on a line, None for one of the few real lines that are not JSON."""
    try:
        return json.loads(line)
    except ValueError:
        return None


def test_every_real_corpus_comes_out_whole(test_data: Path) -> None:
    count = 0
    for path in sorted((test_data / "corpora").iterdir()):
        text = path.read_text("utf-8")
        expected = json.loads(text) if path.suffix == ".json" else [sound(line) for line in text.splitlines()]
        assert objects(path) == [one for one in expected if one], path
        count += len(expected)
    assert count > 3000


def test_every_real_task_of_super_ni_gives_a_record_for_each_of_its_instances(test_data: Path) -> None:
    for path in sorted((test_data / "eval" / "superni").iterdir())[:6]:
        task = json.loads(path.read_text("utf-8"))
        assert objects(path, "Instances") == [{**task, "Instances": [one]} for one in task["Instances"]], path
        assert objects(path) == [task]


def test_a_key_of_rows_is_for_json_alone(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(CONTENTS[".csv"])
    with pytest.raises(InputError, match=r"got \.csv; remove `rows`"):
        objects(tmp_path / "x.csv", "a")
    (tmp_path / "x.jsonl").write_bytes(b'{"b": [1, 2]}')
    (tmp_path / "x.json.gz").write_bytes(gzip.compress(b'{"b": [1, 2]}'))
    for name in ("x.jsonl", "x.json.gz"):
        assert objects(tmp_path / name, "b") == [{"b": [1]}, {"b": [2]}]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"])
@pytest.mark.parametrize("ending", [".json", ".jsonl", ".csv"])
def test_utf_16_is_one_error_and_not_a_refusal_for_each_line(tmp_path: Path, encoding: str, ending: str) -> None:
    path = tmp_path / f"x{ending}"
    path.write_bytes(CONTENTS[ending].decode().encode(encoding))
    with pytest.raises(InputError, match="text in UTF-8, got UTF-16 or UTF-32"):
        objects(path)


def test_a_packed_file_without_its_ending_is_one_error_too(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_bytes(gzip.compress(LINES))
    with pytest.raises(InputError, match=r"a gzip file; let its name end in \.gz"):
        objects(tmp_path / "x.jsonl")


@pytest.mark.parametrize("ending", [*CONTENTS, ".json.gz", ".parquet"])
def test_an_empty_file_is_an_error(tmp_path: Path, ending: str) -> None:
    (tmp_path / f"x{ending}").write_bytes(b"")
    with pytest.raises(InputError):
        objects(tmp_path / f"x{ending}")


def test_a_packed_file_that_is_cut_or_damaged_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl.gz"
    whole = gzip.compress(LINES)
    damaged = [whole[:at] + bytes([whole[at] ^ 255]) + whole[at + 1 :] for at in range(10, len(whole))]
    for content in [LINES, *(whole[:cut] for cut in range(1, len(whole))), *damaged]:
        path.write_bytes(content)
        with pytest.raises(InputError, match="whole gzip file") as caught:
            list(records(path, "", LONGEST))
        assert caught.value.where == str(path)


def test_lines_too_long_to_hold_are_refused_in_every_kind_of_text(tmp_path: Path) -> None:
    long = "x" * 200
    contents = {
        ".jsonl": f'{{"a": "{long}"}}\n{{"a": 1}}',
        ".json": f'[{{"a": "{long}"}}, {{"a": 1}}]',
        ".csv": f"a\n{long}\n1\n",
    }
    for ending, content in contents.items():
        (tmp_path / f"x{ending}").write_text(content, "utf-8")
        first, second = records(tmp_path / f"x{ending}", "", 100)
        assert first == Refused("1", "too-long")
        assert isinstance(second, Text)
