"""Every real corpus at hand goes the whole way, its format shown by its records, and comes out in one form."""

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from stages.corpus import clean, collect
from stages.shared import files
from stages.shared.records import INSTANCES, PAIRS
from tests.corpus import straightforward
from tests.corpus.policies import CLEAN

SAMPLES: dict[str, tuple[str, straightforward.Counting]] = {
    "instructionwild_seed_prompts_ch.jsonl": ("none", straightforward.alpaca),
    "instructionwild_seed_prompts_en.jsonl": ("none", straightforward.alpaca),
    "instructionwild_user_1.jsonl": ("none", straightforward.alpaca),
    "instructionwild_user_2.jsonl": ("none", straightforward.alpaca),
    "instructionwild_user_3.jsonl": ("none", straightforward.alpaca),
    "llamafactory_alpaca_en_demo.json": ("instances", straightforward.alpaca),
    "llamafactory_alpaca_zh_demo.json": ("instances", straightforward.alpaca),
    "llamafactory_dpo_en_demo.json": ("pairs", straightforward.preferences),
    "llamafactory_glaive_toolcall_en_demo.json": ("instances", straightforward.conversations),
    "self_instruct_seed_tasks.jsonl": ("instances", straightforward.tasks),
    "sharegpt_dummy_conversation.json": ("instances", straightforward.conversations),
}
"""What each sample gives, and its slow and plain counting; prompts without answers give nothing."""


def records_of(path: Path) -> tuple[list[dict[str, Any]], int]:
    """The records, read in the simplest way, and how many lines are no JSON (as some of InstructionWild's are not)."""
    text = path.read_text("utf-8-sig")
    if text.lstrip().startswith("["):
        return json.loads(text), 0
    found: list[dict[str, Any]] = []
    broken = 0
    for line in text.splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            broken += 1
    return found, broken


def test_no_real_sample_is_left_out(test_data: Path) -> None:
    assert {path.name for path in (test_data / "corpora").iterdir()} == set(SAMPLES)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_real_sample_goes_from_its_file_to_one_form(
    name: str, test_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    source = test_data / "corpora" / name
    (tmp_path / name).write_bytes(source.read_bytes())
    described = {
        "name": "sample",
        "format": "detect",
        "where": "beside",
        "at": "https://example.org/sample",
        "files": [name],
        "sha256": {name: hashlib.sha256(source.read_bytes()).hexdigest()},
        "license": "apache-2.0",
        "terms": "",
        "language": "multilingual",
        "generator": "various",
    }
    (tmp_path / "sample.yaml").write_text(yaml.safe_dump(described), "utf-8")
    sections = {"collect": {"longest_record": 1_000_000}, "clean": CLEAN}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(sections), "utf-8")
    out = {name: tmp_path / name for name in ("records", "instances", "pairs", "dropped", "metrics")}
    out["corpus"] = tmp_path / "sample.yaml"
    collect.main(argparse.Namespace(**out))
    wanted, broken = records_of(source)
    dropped = {"not-json": broken} if broken else {}
    assert files.read_json(out["metrics"]) == {
        "records": {"read": len(wanted) + broken, "kept": len(wanted), "dropped": dropped}
    }
    assert broken == {"instructionwild_user_2.jsonl": 2, "instructionwild_user_3.jsonl": 3}.get(name, 0)
    collected = [json.loads(json.loads(line)["text"]) for line in out["records"].read_text("utf-8").splitlines()]
    assert collected == wanted

    clean.main(argparse.Namespace(**out))
    metrics = files.read_json(out["metrics"])
    for unit, counts in metrics.items():
        if unit != "found":
            assert counts["read"] == counts["kept"] + sum(counts["dropped"].values()), unit
    assert metrics["records"]["read"] == metrics["records"]["kept"] == len(wanted)
    instances, pairs = pq.read_table(out["instances"]), pq.read_table(out["pairs"])
    assert (instances.schema, pairs.schema) == (INSTANCES, PAIRS)
    gives, count = SAMPLES[name]
    expected = count(wanted)
    assert metrics["pairs" if gives == "pairs" else "instances"] == expected
    assert instances.num_rows + pairs.num_rows == expected["kept"]
    assert (instances.num_rows > 0, pairs.num_rows > 0) == (gives == "instances", gives == "pairs")
    if gives == "none":
        assert metrics["instances"]["dropped"] == {"empty-output": len(wanted)}
    assert len(set(instances["instance_id"].to_pylist())) == instances.num_rows
    for row in instances.to_pylist():
        assert row["instruction"].strip()
        assert row["output"].strip()
        assert row["revision"] == described["sha256"][name]  # type: ignore[index]
        # The way back: the row names the record that it was made of.
        assert 1 <= int(row["row"].split(":")[0]) <= len(wanted) + broken
