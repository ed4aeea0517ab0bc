"""What is written appears whole or not at all, and what is read is checked with its place named."""

from pathlib import Path

import pyarrow as pa
import pytest
from dvc.utils.serialize import parse_yaml
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML, parser

from stages.shared import files
from stages.shared.errors import InputError
from stages.shared.records import Dropped

DROPPED = Dropped(what="row", id="glue train:3", stage="crawl", reason="repeat", detail="")
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    files.write_json(path, {"a": 1})
    with pytest.raises(ValueError, match="Out of range"):
        files.write_json(path, {"a": float("nan")})
    assert files.read_json(path) == {"a": 1}
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_takes_the_place_of_the_old_one_at_once(tmp_path: Path) -> None:
    for name in ("old", "new"):
        with files.replacing(tmp_path / "model") as temporary:
            temporary.mkdir()
            (temporary / name).touch()
    assert [path.name for path in (tmp_path / "model").iterdir()] == ["new"]


@given(detail=TEXT)
def test_records_come_back_as_they_were_written(tmp_path_factory: pytest.TempPathFactory, detail: str) -> None:
    path = tmp_path_factory.mktemp("records") / "dropped.jsonl"
    records = [DROPPED, DROPPED.model_copy(update={"detail": detail})]
    assert files.write_jsonl(path, records) == 2
    assert list(files.read_jsonl(path, Dropped)) == records


def test_a_bad_line_is_named_with_file_line_and_key(tmp_path: Path) -> None:
    path = tmp_path / "dropped.jsonl"
    files.write_jsonl(path, [DROPPED])
    with path.open("a") as file:
        file.write('{"what": "row", "id": 3, "stage": "crawl", "reason": "repeat", "detail": ""}\n')
    with pytest.raises(InputError, match=r"dropped.jsonl, line 2: .* id: input should be a valid string \(3\)"):
        list(files.read_jsonl(path, Dropped))


def test_a_yaml_fault_is_one_sentence_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "wave.yaml"
    path.write_text("datasets: [", "utf-8")
    with pytest.raises(InputError, match=r"wave.yaml: expected a YAML document.*line 1") as raised:
        files.read_yaml(path)
    assert "\n" not in str(raised.value)


def test_a_damaged_parquet_file_and_a_missing_column_are_named(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.parquet"
    damaged.write_bytes(b"PAR1 no more")
    with pytest.raises(InputError, match=r"damaged\.parquet: expected a Parquet file"):
        files.open_parquet(damaged)
    whole = tmp_path / "whole.parquet"
    with files.parquet_writer(whole, pa.schema([("a", pa.int64())])) as writer:
        writer.write_table(pa.table({"a": [1]}))
    assert files.open_parquet(whole, ["a"]).metadata.num_rows == 1
    with pytest.raises(InputError, match="expected the columns b, got a"):
        files.open_parquet(whole, ["a", "b"])


def test_yaml_is_read_as_dvc_reads_it(tmp_path: Path, repository: Path) -> None:
    odd = "[010, 1e3, 0o10, 1_000, 0x1F, yes, no, null, ~, 2022-05, 2022-05-01, .5, 1.0, '7', \\u00e9, {a: 1, b}]"
    (tmp_path / "odd.yaml").write_text(f"a: {odd}\n", "utf-8")
    for path in (repository / "params.yaml", tmp_path / "odd.yaml"):
        assert repr(files.read_yaml(path)) == repr(parse_yaml(path.read_text("utf-8"), path))


def test_dvc_reads_its_files_with_the_fast_parser() -> None:
    assert YAML(typ="safe").Parser is not parser.Parser


def test_yaml_is_read_as_it_stands_now_whatever_was_done_with_what_was_read_before(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text("a: [1, 2]\n", "utf-8")
    files.read_yaml(path)["a"].append(3)
    assert files.read_yaml(path) == {"a": [1, 2]}
    path.write_text("a: [3]\n", "utf-8")
    assert files.read_yaml(path) == {"a": [3]}
