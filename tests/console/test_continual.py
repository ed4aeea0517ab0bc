"""`sauropod show continual` puts the numbers of Dynosaur's Table 6a where the paper has them."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from stages.console.main import main

RUNS: dict[str, Any] = {
    "one": {"init": "data/sources/models/tiny.yaml", "parts": []},
    "two": {"init": "data/train/one", "parts": []},
    "three": {"init": "data/train/two", "parts": []},
    "two-diverse": {"init": "data/train/one", "parts": []},
    "three-diverse": {"init": "data/train/two-diverse", "parts": []},
    "full": {"init": "data/sources/models/tiny.yaml", "parts": "all"},
    "alone": {"init": "data/sources/models/tiny.yaml", "parts": []},
    "unmeasured": {"init": "data/train/one", "parts": []},
}


def measured(stage: int, test: float, held: float, replay: str = "", **earlier: float) -> dict[str, Any]:
    """A row of metrics/continual.json."""
    found: dict[str, Any] = {"stage": stage, "test_rougeL": test, "held_out_rougeL": held}
    found |= {"held_out_bits_per_byte": 3.0} | ({"replay": replay} if replay else {})
    return found | {f"{run.replace('_', '-')}_rougeL": score for run, score in earlier.items()}


TABLE = {
    "one": measured(1, 40.6, 53.3),
    "two": measured(2, 40.5, 56.3, "none", one=50.9),
    "three": measured(3, 43.3, 60.1, "none", one=49.3, two=58.2),
    "two-diverse": measured(2, 43.6, 59.8, "instruction-diverse", one=54.2),
    "three-diverse": measured(3, 44.8, 63.5, "instruction-diverse", one=53.3, two_diverse=59.5),
    "full": {"stage": 1, "full": "all parts at once", "test_rougeL": 43.4},
    "alone": measured(1, 1.0, 2.0),
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A root with the numbers of the paper as metrics."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics/continual.json").write_text(json.dumps(TABLE), "utf-8")
    (tmp_path / "params.yaml").write_text(yaml.safe_dump({"runs": RUNS}, sort_keys=False), "utf-8")
    return tmp_path


def test_the_table_has_a_row_a_method_and_the_stages_in_columns(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["show", "continual"])
    said = capsys.readouterr().out
    lines = {line.split("  ")[0].strip(): line.split() for line in said.splitlines()}
    none = "no replay 40.6 53.3 40.5 56.3 50.9 43.3 60.1 58.2 / 49.3"
    diverse = "instruction-diverse 40.6 53.3 43.6 59.8 54.2 44.8 63.5 59.5 / 53.3"
    assert lines["no replay"] == none.split()
    assert lines["instruction-diverse"] == diverse.split()
    assert lines["full"] == ["full", "43.4", "-"]
    assert "instruction-diverse: one > two-diverse > three-diverse" in said
    assert "alone" not in said


def test_the_json_names_every_run_and_says_null_for_what_was_not_measured(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["show", "continual", "--json"])
    none, _, full = json.loads(capsys.readouterr().out)
    assert none["stages"][2] == {
        "run": "three", "test": 43.3, "held_out": 60.1, "earlier": {"two": 58.2, "one": 49.3},
    }  # fmt: skip
    assert full == {
        "method": "full",
        "stages": [None, None, {"run": "full", "test": 43.4, "held_out": None, "earlier": {}}],
    }


def test_two_ways_by_one_method_are_told_apart_by_their_last_run(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = {**TABLE, "unmeasured": measured(2, 1.0, 2.0, "none", one=3.0)}
    (root / "metrics/continual.json").write_text(json.dumps(table), "utf-8")
    main(["show", "continual"])
    said = capsys.readouterr().out
    assert "no replay (three)" in said
    assert "no replay (unmeasured)" in said


def test_without_metrics_the_way_to_them_is_told(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "metrics/continual.json").unlink()
    with pytest.raises(SystemExit):
        main(["show", "continual"])
    assert "run `dvc repro` first" in capsys.readouterr().err
