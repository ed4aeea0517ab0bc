"""A corpus in one line: the numbers are those that a plain count gives."""

import argparse
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from stages.corpus import clean
from stages.corpus.forms import Single
from stages.corpus.rows import Origin, instance
from stages.corpus.source import Corpus, CorpusRecord
from stages.corpus.summary import Summary, measure
from stages.shared import files
from tests.corpus.policies import CLEAN

ROWS = [
    {"instruction": "Write a poem.", "input": "", "output": "Roses", "generator": "openai:gpt-4", "license": "mit"},
    {"instruction": "Write a poem.", "input": "rain", "output": "Drops", "generator": "human", "license": ""},
    {"instruction": "Why?", "input": "it", "output": "So", "generator": "human", "license": "mit"},
]
CHAT = {
    "instruction": "List two colours.",
    "input": "",
    "output": "Blue!",
    "messages": [{"role": "user"}, {"role": "assistant"}, {"role": "user"}, {"role": "assistant"}],
    "generator": "human",
    "license": "mit",
}


def described(**changes: Any) -> dict[str, Any]:
    return {
        "name": "c",
        "format": "detect",
        "where": "beside",
        "at": "https://example.org/c",
        "files": ["c.jsonl"],
        "sha256": {"c.jsonl": "0" * 64},
        "license": "cc-by-nc-4.0",
        "terms": "openai-terms",
        "language": "en",
        "generator": "openai:gpt-4",
        **changes,
    }


def test_lengths_turns_pairs_and_counts_are_those_of_a_plain_count() -> None:
    summary = Summary()
    summary.add(measure({"messages": None, **row}) for row in [*ROWS, CHAT])
    found = summary.table(Corpus.model_validate(described(cost_usd=2.0)))
    assert found == {
        "instances": 4,
        "conversations": 1,
        "language": "en",
        "generators": {"human": 3, "openai:gpt-4": 1},
        "usd_per_1000": 500.0,
        "instruction_chars": 11.8,  # (13 + 13 + 4 + 17) / 4
        "input_chars": 3.0,  # (4 + 2) / 2: of those that have one
        "output_chars": 4.2,  # (5 + 5 + 2 + 5) / 4 = 4.25, to the even digit
        "turns": 4.0,
        "verb_noun_pairs": 2,  # write poem, list colour
        "licenses": {"mit": 3, "none": 1},
        "terms": "openai-terms",
    }


def test_what_records_say_for_themselves_goes_before_what_the_description_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = described(per_record={"license": "license", "website": "url", "taskname": "set", "generator": "model"})
    (tmp_path / "c.yaml").write_text(yaml.safe_dump(told), "utf-8")
    (tmp_path / "params.yaml").write_text(yaml.safe_dump({"clean": CLEAN}), "utf-8")
    rows = [
        {"license": "mit", "url": "https://example.org/a", "set": "glue-cola", "model": "human"},
        {"license": "", "url": None, "set": 7},
        {"license": ["CC BY 4.0", "MIT"], "set": ""},
        {"license": "Apache License 2.0|cc-by-nc-4.0"},
        {"license": {"name": "MIT"}},
    ]
    texts = [
        json.dumps({"instruction": f"Say {n}.", "input": "", "output": "Yes.", **row}) for n, row in enumerate(rows)
    ]
    records = [CorpusRecord(id=f"#{n}", file="c.jsonl", place=str(n), text=text) for n, text in enumerate(texts, 1)]
    files.write_jsonl(tmp_path / "records.jsonl", records)
    out = {name: tmp_path / f"{name}.out" for name in ("instances", "pairs", "dropped", "metrics")}
    clean.main(argparse.Namespace(corpus=tmp_path / "c.yaml", records=tmp_path / "records.jsonl", **out))
    keys = ("license", "website", "taskname", "generator", "terms", "origin", "revision", "row")
    found = [tuple(row[key] for key in keys) for row in pq.read_table(out["instances"]).to_pylist()]
    sha = "0" * 64
    assert found == [
        ("mit", "https://example.org/a", "glue-cola", "human", "openai-terms", "#1", sha, "1:0"),
        ("cc-by-nc-4.0", "", "c", "openai:gpt-4", "openai-terms", "#2", sha, "2:0"),
        ("cc-by-4.0|mit", "", "c", "openai:gpt-4", "openai-terms", "#3", sha, "3:0"),
        ("apache-2.0|cc-by-nc-4.0", "", "c", "openai:gpt-4", "openai-terms", "#4", sha, "4:0"),
        ("unknown", "", "c", "openai:gpt-4", "openai-terms", "#5", sha, "5:0"),
    ]
    summary = files.read_json(out["metrics"])["found"]["summary"]
    counts = dict.fromkeys(("apache-2.0|cc-by-nc-4.0", "cc-by-4.0|mit", "cc-by-nc-4.0", "mit", "unknown"), 1)
    assert (summary["instances"], summary["licenses"]) == (5, counts)


@pytest.mark.parametrize(("key", "license"), [({}, "cc-by-nc-4.0"), ({"license": "under"}, "mit")])
def test_a_record_that_says_its_licence_has_it_though_the_description_names_no_key(
    key: dict[str, str], license: str
) -> None:
    corpus = Corpus.model_validate(described(license="apache-2.0", per_record=key))
    assert corpus.license_of({"license": "CC BY-NC 4.0", "under": "MIT License"}) == license
    assert corpus.license_of({"license": None}) == "apache-2.0"


def test_terms_that_nobody_tells_of_are_those_of_the_model_that_a_record_names() -> None:
    corpus = Corpus.model_validate(described(terms="", generator="various", per_record={"generator": "model"}))
    record = CorpusRecord(id="1", file="c.jsonl", place="1", text="{}")
    for model, terms in (("gpt-4", "openai-terms"), ("vicuna-13b", ""), (None, "")):
        row = instance(Single("a", "", "b"), "1:0", "en", Origin(record, {"model": model}), corpus)
        assert row["terms"] == terms
