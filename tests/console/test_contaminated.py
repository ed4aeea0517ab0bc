"""`sauropod contaminated` on files of every form."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stages.console.contaminated import FOUND, as_instance
from stages.console.main import main
from tests.house import ROOT

TEXT = "Paco had 26 salty cookies and 17 sweet cookies. He ate 14 sweet cookies and 9 salty cookies. How many salty"
RECORDS: list[dict[str, Any]] = [
    {"instruction": "Add.", "input": "1 and 1", "output": "2"},
    {"prompt": f"please: {TEXT.upper()}", "response": "no"},
    {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": f"{TEXT} cookies"}]},
    {"conversations": [{"from": "human", "value": "hi"}, {"from": "gpt", "value": "ho"}]},
    {"title": "x", "body": TEXT},
]


def look(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["contaminated", *words])
    return int(ended.value.code or 0)


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.parquet"])
def test_texts_are_found_in_files_of_every_form(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    path = tmp_path / name
    if name == "a.parquet":
        keys = dict.fromkeys(key for one in RECORDS for key in one)
        pq.write_table(pa.Table.from_pylist([{key: one.get(key) for key in keys} for one in RECORDS]), path)
    else:
        path.write_text(json.dumps(RECORDS) if name == "a.json" else "\n".join(map(json.dumps, RECORDS)), "utf-8")
    assert look(str(path), "--against", "superni", "--json") == FOUND
    told = json.loads(capsys.readouterr().out)
    word = {"a.jsonl": "line", "a.json": "record", "a.parquet": "row"}[name]
    assert [(one["at"], one["holds"]) for one in told["found"]] == [
        (f"{word} {place}", "task1761_chal-3") for place in (2, 3, 5)
    ]
    assert (told["instances"], told["contaminated"], told["benchmarks"]["superni"]["met"]) == (5, 3, 1)


def test_the_252_instructions_are_found_in_their_own_file_and_not_in_the_seed_tasks(
    test_data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    own = str(test_data / "eval/user_oriented_instructions.jsonl")
    assert look(own, "--against", own) == FOUND
    told = capsys.readouterr().out
    assert "252 of 252 instances hold a text of a benchmark" in told
    assert "which hold 252 of its 252 texts" in told
    assert told.endswith("... and 242 more; --json has them all\n")
    main(["contaminated", "data/sources/corpora/self-instruct-seeds.jsonl", "--against", own])
    assert "0 of 175 instances" in capsys.readouterr().out


def test_what_is_no_file_of_instances_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    (tmp_path / "a.jsonl").write_text('{"input": "x"}\n{', "utf-8")
    (tmp_path / "b.json").write_text("[1]", "utf-8")
    assert look(str(tmp_path / "a.jsonl")) == 2
    assert "a.jsonl, line 2: expected a JSON object a line" in capsys.readouterr().err
    assert look(str(tmp_path / "b.json")) == 2
    assert "record 1: expected an object, got 1" in capsys.readouterr().err
    assert look(str(tmp_path / "gone.jsonl")) == 2
    for words in ("0", "3"):  # a run of none would find nothing, and call every file clean
        assert look("README.md", "--words", words) == 2
        assert f"expected a run of 4 words or more, got {words}" in capsys.readouterr().err
    assert look("README.md", "--against", "gone") == 2
    assert "expected a benchmark of " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3", "record 1: expected an object, got 3"),
        ('{"Instances": 3}', "record 1: expected an object, got 3"),
        ('{"instruction": "Add.", "instances": ["x"]}', "record 1: expected an object, got 'x'"),
    ],
)
def test_json_that_holds_no_records_is_refused(
    text: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    (tmp_path / "a.json").write_text(text, "utf-8")
    assert look(str(tmp_path / "a.json")) == 2
    assert expected in capsys.readouterr().err


def test_a_table_that_is_damaged_inside_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    path = tmp_path / "a.parquet"
    pq.write_table(pa.Table.from_pylist([{"input": f"one {number}"} for number in range(2000)]), path)
    content = bytearray(path.read_bytes())
    content[10:200] = bytes(190)
    path.write_bytes(content)
    assert look(str(path)) == 2
    assert "a.parquet: expected a whole Parquet file" in capsys.readouterr().err


def test_a_record_of_unknown_keys_is_all_of_its_texts() -> None:
    assert as_instance({"a": "x", "b": 2, "c": "y"})["instruction"] == "x\ny"
    assert as_instance({"question": ["q"], "answer": ["r", "s"]})["output"] == "r"
