"""Cleaning a corpus: instances by the rules of one list, each drop with its reason."""

import argparse
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from stages.corpus import clean, collect
from stages.corpus.clean import RULES, CleanParams, Context, Example, judge
from stages.corpus.source import CorpusRecord
from stages.shared import files
from stages.shared.errors import InputError
from stages.shared.records import INSTANCES, PAIRS, digest, instance_id

CORPORA = Path(__file__).resolve().parents[2] / "data" / "sources" / "corpora"
SEEDS = CORPORA / "self-instruct-seeds.yaml"
SEED_RECORDS = [json.loads(line) for line in SEEDS.with_suffix(".jsonl").read_text("utf-8").splitlines()]


def run(folder: Path, records: Path, monkeypatch: pytest.MonkeyPatch, longest: int = 20_000) -> dict[str, Any]:
    monkeypatch.chdir(folder)
    sections = {"collect": {"longest_record": 10_000}, "clean": {"longest_text": longest}}
    (folder / "params.yaml").write_text(yaml.safe_dump(sections), "utf-8")
    out = {name: folder / name for name in ("instances", "pairs", "dropped", "metrics")}
    clean.main(argparse.Namespace(corpus=SEEDS, records=records, **out))
    return {
        "instances": pq.read_table(out["instances"]),
        "pairs": pq.read_table(out["pairs"]),
        "dropped": [json.loads(line) for line in out["dropped"].read_text("utf-8").splitlines()],
        "metrics": files.read_json(out["metrics"]),
    }


def written(folder: Path, *texts: str) -> Path:
    path = folder / "records.jsonl"
    records = (
        CorpusRecord(corpus="c", id=f"t{number}", line=number, text=text) for number, text in enumerate(texts, 1)
    )
    files.write_jsonl(path, records)
    return path


def task(instruction: str, *pairs: tuple[str, str]) -> str:
    instances = [{"input": input, "output": output} for input, output in pairs]
    return json.dumps({"id": "x", "instruction": instruction, "instances": instances, "is_classification": False})


def test_the_seed_tasks_become_175_instances_that_lead_back_to_their_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text("collect: {longest_record: 10000}", "utf-8")
    records = tmp_path / "records.jsonl"
    paths = {"corpus": SEEDS, "records": records, "dropped": tmp_path / "d", "metrics": tmp_path / "m"}
    collect.main(argparse.Namespace(**paths))
    found = run(tmp_path, records, monkeypatch)
    assert found["instances"].schema.equals(INSTANCES)
    rows = found["instances"].to_pylist()
    assert len(rows) == 175
    assert found["metrics"]["instances"] == {"read": 175, "kept": 175, "dropped": {}}
    for number, (row, seed) in enumerate(zip(rows, SEED_RECORDS, strict=True), start=1):
        [given_pair] = seed["instances"]
        assert row["instruction"] == seed["instruction"].strip()
        assert (row["input"], row["output"]) == (given_pair["input"].strip(), given_pair["output"].strip())
        assert row["instance_id"] == instance_id(row["instruction"], row["input"], row["output"])
        assert (row["origin"], row["row"]) == (seed["id"], f"{number}:0")
        assert row["task_id"] == digest(["self-instruct-seeds", seed["id"], seed["instruction"].strip()])
    constant = {key: {row[key] for row in rows} for key in ("part", "license", "terms", "generator", "language")}
    assert constant == {
        "part": {"corpus/self-instruct-seeds"},
        "license": {"apache-2.0"},
        "terms": {""},
        "generator": {"human"},
        "language": {"en"},
    }
    assert {row["taskname"] for row in rows} == {"self-instruct-seeds"}
    assert len({row["task_id"] for row in rows}) == 175


def test_a_corpus_without_preferences_has_an_empty_file_of_pairs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = run(tmp_path, written(tmp_path), monkeypatch)["pairs"]
    assert pairs.num_rows == 0
    assert pairs.schema.equals(PAIRS)
    assert pairs.schema.names == ["prompt", "chosen", "rejected", "license", "part", "origin"]


def test_each_instance_of_a_task_is_judged_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records = written(
        tmp_path,
        task("Add. ", ("1 1", "2"), ("1 2", " "), ("1 1", " 2\n"), ("9" * 50, "9")),
        task("  ", ("a", "b")),
        task("Wait."),
        '{"instruction": 3, "instances": []}',
        task("Add.", ("1 1", "2"), ("2 2", "4")),
    )
    found = run(tmp_path, records, monkeypatch, longest=40)
    kept = [(row["origin"], row["row"], row["output"]) for row in found["instances"].to_pylist()]
    assert kept == [("t1", "1:0", "2"), ("t5", "5:1", "4")]
    assert [(drop["what"], drop["id"], drop["reason"]) for drop in found["dropped"]] == [
        ("instance", "t1:1", "empty-output"),
        ("instance", "t1:2", "repeat"),
        ("instance", "t1:3", "too-long"),
        ("instance", "t2:0", "empty-instruction"),
        ("record", "t3", "malformed"),
        ("record", "t4", "malformed"),
        ("instance", "t5:0", "repeat"),
    ]
    assert found["metrics"] == {
        "instances": {
            "read": 7,
            "kept": 2,
            "dropped": {"empty-instruction": 1, "empty-output": 1, "repeat": 2, "too-long": 1},
        },
        "records": {"read": 5, "kept": 3, "dropped": {"malformed": 2}},
    }


def test_instances_are_written_whole_over_several_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records = written(tmp_path, *(task(f"Say {number}.", ("", str(number))) for number in range(7)))
    monkeypatch.setattr(clean, "BATCH_ROWS", 3)
    rows = run(tmp_path, records, monkeypatch)["instances"].to_pylist()
    assert [row["output"] for row in rows] == [str(number) for number in range(7)]


def test_a_records_file_that_is_damaged_is_refused_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = written(tmp_path, task("Say a.", ("", "a")))
    records.write_bytes(records.read_bytes() + b'{"corpus": "c"}\n')
    with pytest.raises(InputError, match="line 2"):
        run(tmp_path, records, monkeypatch)
    assert not (tmp_path / "instances").exists()


def test_half_of_a_surrogate_pair_is_malformed_and_no_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records = written(tmp_path, task("Say \ud800.", ("", "a")))
    found = run(tmp_path, records, monkeypatch)
    assert [drop["reason"] for drop in found["dropped"]] == ["malformed"]


@given(st.lists(st.builds(Example, *[st.sampled_from(["", "a", "b", "long text"])] * 3)))
def test_what_the_rules_keep_is_whole_short_and_given_once(examples: list[Example]) -> None:
    context = Context(CleanParams(longest_text=5))
    verdicts = [judge(example, context) for example in examples]
    kept = [example for example, reason in zip(examples, verdicts, strict=True) if not reason]
    assert len(kept) == len(set(kept))
    whole = [
        e for e in examples if e.instruction and e.output and "long text" not in (e.instruction, e.input, e.output)
    ]
    assert set(kept) == set(whole)
    assert set(verdicts) <= {"", "empty-instruction", "empty-output", "too-long", "repeat"}
    assert len(RULES) == 4
