import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stages.shared.errors import InputError
from stages.shared.hub import store
from stages.shared.hub.store import CrawlStore
from tests.house import ROOT

SCHEMA = pa.schema([("text", pa.string())])


def keep(kept: CrawlStore, name: str, limit: int | None, *texts: str) -> Path:
    return kept.keep_file(name, limit, SCHEMA, lambda writer: writer.write_table(pa.table({"text": texts}, SCHEMA)))


def test_what_is_kept_is_found_by_dataset_revision_file_and_limit_and_by_nothing_less(tmp_path: Path) -> None:
    kept = CrawlStore(tmp_path, "a/b", "r", None)
    keep(kept, "x.parquet", 2, "one", "two")
    assert pq.read_table(str(kept.file("x.parquet", 2))).to_pydict() == {"text": ["one", "two"]}
    assert kept.file("x.parquet", 3) is None
    assert kept.file("y.parquet", 2) is None
    for id, revision, converted in (("a/c", "r", None), ("a/b", "s", None), ("a/b", "r", "c")):
        assert CrawlStore(tmp_path, id, revision, converted).file("x.parquet", 2) is None


def test_a_file_kept_whole_serves_every_limit(tmp_path: Path) -> None:
    kept = CrawlStore(tmp_path, "a/b", "r", None)
    keep(kept, "x.parquet", None, "one", "two")
    assert kept.file("x.parquet", 1) == kept.file("x.parquet", None)


def test_what_a_hub_calls_a_file_is_never_the_name_of_one_in_the_store(tmp_path: Path) -> None:
    kept = CrawlStore(tmp_path / "store", "../../up", "..", "/etc")
    keep(kept, "../../../evil.parquet", 1, "x")
    kept.keep_card({"files": {}})
    kept.keep_fault("/etc/passwd", None, {"reason": "parquet-unreadable", "detail": ""})
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) == 3
    assert all(path.parent.parent == tmp_path / "store" for path in written)
    assert all(set(path.stem) <= set("0123456789abcdef") or path.name == "dataset.json" for path in written)


def test_damaged_files_of_the_store_are_as_if_they_were_not_there(tmp_path: Path) -> None:
    kept = CrawlStore(tmp_path, "a/b", "r", None)
    path = keep(kept, "x.parquet", 1, "one")
    kept.keep_card({"readme": "x"})
    path.write_bytes(path.read_bytes()[:-3])
    (path.parent / "dataset.json").write_text('{"readme": "x', "utf-8")
    assert kept.file("x.parquet", 1) is None
    assert kept.card() is None
    keep(kept, "x.parquet", 1, "one")
    assert kept.file("x.parquet", 1) == path


def test_nothing_is_kept_of_a_file_whose_reading_fails(tmp_path: Path) -> None:
    kept = CrawlStore(tmp_path, "a/b", "r", None)

    def fail(writer: pq.ParquetWriter) -> None:
        raise ValueError("cut")

    with pytest.raises(ValueError, match="cut"):
        kept.keep_file("x.parquet", 1, SCHEMA, fail)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


KEEPING = """
import pathlib, sys
import pyarrow as pa
from stages.shared.hub.store import CrawlStore
table = pa.table({"text": ["one"]})
for _ in range(50):
    kept = CrawlStore(pathlib.Path(sys.argv[1]), "a/b", "r", None)
    kept.keep_file("x.parquet", 1, table.schema, lambda writer: writer.write_table(table))
"""


def test_processes_that_keep_the_same_file_leave_it_whole(tmp_path: Path) -> None:
    processes = [subprocess.Popen([sys.executable, "-c", KEEPING, str(tmp_path)], cwd=ROOT) for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert CrawlStore(tmp_path, "a/b", "r", None).file("x.parquet", 1) is not None
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_the_store_is_where_the_variable_says_and_a_file_there_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(store.VARIABLE, str(tmp_path / "here"))
    assert store.default_path() == tmp_path / "here"
    (tmp_path / "here").write_text("", "utf-8")
    with pytest.raises(InputError, match=store.VARIABLE):
        store.default_path()
    monkeypatch.delenv(store.VARIABLE)
    assert store.default_path().parts[-2:] == ("sauropod", "crawled")
