"""Collecting a corpus: its file is the described one, and every line becomes a record or a reason."""

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from stages.corpus import collect
from stages.corpus.collect import REASONS
from stages.corpus.source import CorpusRecord, read_corpus
from stages.shared import files
from stages.shared.errors import InputError, ParamsError

CORPORA = Path(__file__).resolve().parents[2] / "data" / "sources" / "corpora"


def describe(folder: Path, content: bytes, file: str = "seeds.jsonl", **changes: Any) -> Path:
    (folder / file).write_bytes(content)
    description = {
        "name": "seeds",
        "format": "self-instruct",
        "where": "beside",
        "at": "https://example.org/seeds.jsonl",
        "files": [file],
        "sha256": {file: hashlib.sha256(content).hexdigest()},
        "license": "apache-2.0",
        "terms": "",
        "language": "en",
        "generator": "human",
        "website": "https://example.org/seeds",
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
    assert [record.place for record in found["records"]] == [str(number) for number in range(1, 176)]
    assert [record.id for record in found["records"]] == [f"seed_task_{number}" for number in range(175)]
    assert found["metrics"] == {"records": {"read": 175, "kept": 175, "dropped": {}}, "expected": 175}
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
        b'{"id": ["no", "word"]}',
    ]
    found = run(tmp_path, describe(tmp_path, b"\r\n".join(lines)), monkeypatch, longest=80)
    assert [(record.id, record.place) for record in found["records"]] == [
        ("a", "1"),
        ("#5", "5"),
        ("#9", "9"),
        ("7", "11"),
        ("#12", "12"),
    ]
    assert [(drop["id"], drop["reason"]) for drop in found["dropped"]] == [
        ("seeds:2", "blank-line"),
        ("seeds:3", "not-json"),
        ("seeds:4", "not-an-object"),
        ("seeds:6", "repeated-id"),
        ("seeds:7", "not-utf-8"),
        ("seeds:8", "too-long"),
        ("seeds:10", "not-json"),
    ]
    counts = found["metrics"]["records"]
    assert counts["read"] == counts["kept"] + sum(counts["dropped"].values()) == 12
    assert set(counts["dropped"]) <= set(REASONS)


def test_records_of_several_files_say_which_one_they_are_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = b'[{"instruction": "a"}, 7, {"id": "x"}]', b'{"id": "x"}\n{"instruction": "b"}\n'
    (tmp_path / "b.jsonl").write_bytes(second)
    hashes = {name: hashlib.sha256(text).hexdigest() for name, text in {"a.json": first, "b.jsonl": second}.items()}
    description = describe(tmp_path, first, "a.json", files=["a.json", "b.jsonl"], sha256=hashes)
    found = run(tmp_path, description, monkeypatch)
    assert [(record.id, record.file, record.place) for record in found["records"]] == [
        ("#a.json:1", "a.json", "a.json:1"),
        ("x", "a.json", "a.json:3"),
        ("#b.jsonl:2", "b.jsonl", "b.jsonl:2"),
    ]
    assert [(drop["id"], drop["reason"]) for drop in found["dropped"]] == [
        ("seeds:a.json:2", "not-an-object"),
        ("seeds:b.jsonl:1", "repeated-id"),
    ]


def test_files_that_count_their_records_anew_lose_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = b'[{"id": 0, "a": 1}, {"id": "1", "a": 2}, {"id": 1, "a": 3}]', b'{"id": 0, "a": 4}\n{"id": "q7"}\n'
    hashes = {name: hashlib.sha256(text).hexdigest() for name, text in {"a.json": first, "b.jsonl": second}.items()}
    (tmp_path / "b.jsonl").write_bytes(second)
    description = describe(tmp_path, first, "a.json", files=["a.json", "b.jsonl"], sha256=hashes)
    found = run(tmp_path, description, monkeypatch)
    assert [record.id for record in found["records"]] == ["a.json:0", "a.json:1", "b.jsonl:0", "q7"]
    assert [(drop["id"], drop["reason"]) for drop in found["dropped"]] == [("seeds:a.json:3", "repeated-id")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", b'[{"id": "a"}, {"id": '),
        ("a.json", b'[{"id": "a"} {"id": "b"}]'),
        ("a.jsonl", b"<html><body>404: Not Found</body></html>"),
        ("a.jsonl", b"\xff\xfe{\x00}\x00"),
        ("a.jsonl", b""),
        ("a.parquet", b"PAR1 and so on"),
        ("a.jsonl.gz", b"\x1f\x8b and so on"),
    ],
)
def test_a_file_that_can_not_be_read_to_its_end_stops_the_stage_and_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes
) -> None:
    with pytest.raises(InputError) as error:
        run(tmp_path, describe(tmp_path, content, name), monkeypatch)
    assert name in error.value.where
    assert not list((tmp_path / "out").iterdir())


def test_far_fewer_records_than_a_description_expects_are_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = run(tmp_path, describe(tmp_path, b'{"id": "a"}\n', expect={"records": 1000}), monkeypatch)
    assert found["metrics"]["expected"] == 1000
    assert capsys.readouterr().err == "collect: seeds: 1,000 records were expected, 1 came\n"


def test_a_file_that_is_not_the_described_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    description = describe(tmp_path, b'{"id": "a"}\n')
    (tmp_path / "seeds.jsonl").write_bytes(b'{"id": "b"}\n')
    with pytest.raises(InputError, match="expected SHA-256") as error:
        run(tmp_path, description, monkeypatch)
    assert "seeds.jsonl" in error.value.where
    assert not (tmp_path / "out" / "records").exists()


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"license": None}, "license"),
        ({"format": "alpaka"}, "format"),
        ({"files": ["../outside.jsonl"]}, "files"),
        ({"files": []}, "files"),
        ({"files": ["*.jsonl"]}, "files"),
        ({"where": "elsewhere"}, "where"),
        ({"per_record": {"colour": "red"}}, "per_record"),
        ({"sha256": {"seeds.jsonl": "short"}}, "sha256"),
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
