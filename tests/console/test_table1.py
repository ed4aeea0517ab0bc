"""`sauropod show table1` puts ours beside the published rows, each marked."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from stages.console.main import main

SUPERNI: dict[str, Any] = {"kind": "superni", "per_task": 100, "positive_examples": 0, "official": True}
PARAMS: dict[str, Any] = {
    "runs": {
        "ours": {"init": "data/sources/models/t5-3b.yaml", "parts": []},
        "more": {"init": "data/train/ours", "parts": []},
        "small": {"init": "data/sources/models/tiny.yaml", "parts": []},
    },
    "benchmarks": {"full": SUPERNI, "few": SUPERNI | {"official": False}, "held": {"kind": "holdout"}},
    "measures": {
        "ours-full": {"from": "data/train/ours", "benchmark": "full"},
        "more-full": {"from": "data/train/more", "benchmark": "full"},
        "small-few": {"from": "data/train/small", "benchmark": "few"},
        "gpt-few": {"from": "data/sources/models/gpt.yaml", "benchmark": "few"},
        "ours-held": {"from": "data/train/ours", "benchmark": "held"},
    },
}
SCORES = {"ours-full": 40.06, "more-full": 41.0, "small-few": 2.0, "gpt-few": 50.0}


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The table of three runs and a model at an endpoint, as JSON."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(PARAMS, sort_keys=False), "utf-8")
    for folder in ("evaluate", "mix"):
        (tmp_path / "metrics" / folder).mkdir(parents=True)
    for name, score in SCORES.items():
        found = {
            "model": {"rougeL": score},
            "copy_input": {"rougeL": 14.2},
            "intervals": {"rougeL": {"low": score - 1, "high": score + 1}},
        }
        (tmp_path / f"metrics/evaluate/{name}.json").write_text(json.dumps(found), "utf-8")
    for number, run in enumerate(PARAMS["runs"], start=1):
        (tmp_path / f"metrics/mix/{run}.json").write_text(json.dumps({"train": {"all": 1000 * number}}), "utf-8")
    main(["show", "table1", "--json"])
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def test_published_rows_are_those_of_the_paper_and_say_so(table: dict[str, Any]) -> None:
    published = {row["training data"]: row for row in table["rows"] if row["from"] == "published"}
    assert len(published) == 14
    assert (published["Dynosaur"]["T5-3B"], published["Dynosaur"]["LLaMA-7B"]) == ("40.4", "41.2")
    assert published["InstructGPT"]["other base"] == "40.8"


def test_a_model_stands_in_the_column_of_what_it_starts_from_with_all_it_was_trained_on(table: dict[str, Any]) -> None:
    ours = {row["training data"]: row for row in table["rows"] if row["from"] != "published"}
    assert (ours["ours"]["T5-3B"], ours["ours"]["size"], ours["ours"]["from"]) == (
        "40.1 [39.1, 41.1]",
        "1,000",
        "here, full",
    )
    assert (ours["more"]["T5-3B"], ours["more"]["size"]) == ("41.0 [40.0, 42.0]", "3,000")
    assert ours["small"]["other base"] == "2.0 [1.0, 3.0] (tiny)"
    assert (ours["as it is"]["other base"], ours["as it is"]["size"]) == ("50.0 [49.0, 51.0] (gpt)", "")
    assert ours["copy input"]["other base"] == "14.2"


def test_figures_that_are_not_to_be_compared_are_marked(table: dict[str, Any]) -> None:
    full, few = (next(note for note in table["notes"] if note.startswith(f"here, {name}:")) for name in ("full", "few"))
    assert full.endswith("as published")
    assert few.endswith("not to be compared with the published figures")
    assert not any("held" in note for note in table["notes"])
