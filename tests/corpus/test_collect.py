"""Collecting a corpus: its file is the described one, and every line becomes a record or a reason."""

import argparse
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from stages.corpus import collect
from stages.corpus.collect import REASONS, Refused, check_hash, read_lines, read_record
from stages.corpus.source import CorpusRecord, read_corpus
from stages.shared import files
from stages.shared.errors import InputError, ParamsError

CORPORA = Path(__file__).resolve().parents[2] / "data" / "sources" / "corpora"


def describe(folder: Path, content: bytes, **changes: Any) -> Path:
    (folder / "seeds.jsonl").write_bytes(content)
    description = {
        "name": "seeds",
        "format": "self-instruct",
        "file": "seeds.jsonl",
        "sha256": hashlib.sha256(content).hexdigest(),
        "license": "apache-2.0",
        "terms": "",
        "language": "en",
        "generator": "human",
        "website": "https://example.org/seeds",
        "source": "https://example.org/seeds.jsonl",
        "citation": "A. Author: Seeds.",
        **changes,
    }
    path = folder / "seeds.yaml"
    path.write_text(yaml.safe_dump({key: value for key, value in description.items() if value is not None}), "utf-8")
    return path


def run(tmp_path: Path, description: Path, monkeypatch: pytest.MonkeyPatch, longest: int = 10_000) -> dict[str, Any]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text(yaml.safe_dump({"collect": {"longest_record": longest}}), "utf-8")
    out = {name: tmp_path / "out" / name for name in ("records", "dropped", "metrics")}
    collect.main(argparse.Namespace(corpus=description, **out))
    return {
        "records": list(files.read_jsonl(out["records"], CorpusRecord)),
        "dropped": [json.loads(line) for line in out["dropped"].read_text("utf-8").splitlines()],
        "metrics": files.read_json(out["metrics"]),
    }


def test_all_175_seed_tasks_are_collected_with_their_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = run(tmp_path, CORPORA / "self-instruct-seeds.yaml", monkeypatch)
    assert [record.line for record in found["records"]] == list(range(1, 176))
    assert [record.id for record in found["records"]] == [f"seed_task_{number}" for number in range(175)]
    assert found["metrics"] == {"records": {"read": 175, "kept": 175, "dropped": {}}}
    lines = (CORPORA / "self-instruct-seeds.jsonl").read_text("utf-8").splitlines()
    assert [record.text for record in found["records"]] == lines


def test_every_line_is_kept_or_dropped_with_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [
        b'{"id": "a", "instruction": "Say hello."}',
        b"",
        b'{"id": "b", ',
        b"[1, 2]",
        b'{"instruction": "Who am I?"}',
        b'{"id": "a", "instruction": "Say it again."}',
        b'{"id": "caf\xe9"}',
        b'{"id": "long", "text": "' + b"x" * 100 + b'"}',
        b'{"id": "half a pair \\ud800"}',
        b'{"id": "nan", "x": NaN}',
        b'{"id": 7}',
    ]
    found = run(tmp_path, describe(tmp_path, b"\r\n".join(lines)), monkeypatch, longest=80)
    assert [(record.id, record.line) for record in found["records"]] == [("a", 1), ("7", 11)]
    assert [(drop["id"], drop["reason"]) for drop in found["dropped"]] == [
        ("seeds:2", "blank-line"),
        ("seeds:3", "not-json"),
        ("seeds:4", "not-an-object"),
        ("seeds:5", "no-id"),
        ("seeds:6", "repeated-id"),
        ("seeds:7", "not-utf-8"),
        ("seeds:8", "too-long"),
        ("seeds:9", "no-id"),
        ("seeds:10", "not-json"),
    ]
    counts = found["metrics"]["records"]
    assert counts["read"] == counts["kept"] + sum(counts["dropped"].values()) == 11
    assert set(counts["dropped"]) == set(REASONS)


def test_a_file_that_is_not_the_described_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    description = describe(tmp_path, b'{"id": "a"}\n')
    (tmp_path / "seeds.jsonl").write_bytes(b'{"id": "b"}\n')
    with pytest.raises(InputError, match="expected SHA-256") as error:
        run(tmp_path, description, monkeypatch)
    assert "seeds.jsonl" in error.value.where
    assert not (tmp_path / "out" / "records").exists()


def test_a_missing_file_is_refused_with_where_to_put_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="put it there"):
        check_hash(tmp_path / "nothing.jsonl", "0" * 64, tmp_path / "c.yaml")


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"license": None}, "license"),
        ({"format": "alpaca"}, "format"),
        ({"file": "../outside.jsonl"}, "file"),
        ({"sha256": "short"}, "sha256"),
        ({"website": "javascript:alert(1)"}, "website"),
        ({"name": 2022}, "name"),
        ({"colour": "red"}, "colour"),
        ({"name": "other"}, "name"),
    ],
)
def test_a_description_that_lacks_or_mistakes_a_key_is_refused(
    tmp_path: Path, changes: dict[str, Any], key: str
) -> None:
    with pytest.raises(InputError, match=key):
        read_corpus(describe(tmp_path, b"", **changes))


def test_an_unknown_parameter_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text("collect: {longest: 3}", "utf-8")
    with pytest.raises(ParamsError, match="longest_record"):
        collect.main(argparse.Namespace(corpus=describe(tmp_path, b"")))


def test_a_byte_order_mark_is_no_part_of_the_first_record() -> None:
    record = read_record("seeds", 1, b'\xef\xbb\xbf{"id": "a"}\n')
    assert record == CorpusRecord(corpus="seeds", id="a", line=1, text='{"id": "a"}')


def test_a_nest_of_brackets_is_a_reason_and_no_crash() -> None:
    record = read_record("seeds", 1, b"[" * 100_000)
    assert isinstance(record, Refused)
    assert record.reason == "not-json"


@given(st.lists(st.binary(max_size=30).map(lambda line: line.replace(b"\n", b" "))), st.integers(1, 40))
def test_lines_are_read_as_they_are_and_counted_from_one(lines: list[bytes], longest: int) -> None:
    content = b"".join(line + b"\n" for line in lines)
    found = list(read_lines(io.BytesIO(content), longest))
    assert [number for number, _ in found] == list(range(1, len(lines) + 1))
    assert [line for _, line in found] == [line + b"\n" if len(line) <= longest else None for line in lines]


@given(st.binary(max_size=200))
def test_any_bytes_are_a_record_or_a_known_reason(line: bytes) -> None:
    record = read_record("seeds", 1, line)
    if isinstance(record, Refused):
        assert record.reason in REASONS
    else:
        assert json.loads(record.text)["id"]
