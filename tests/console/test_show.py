"""`sauropod show` prints what metrics/ says, and says what to do where it says nothing."""

import json
from pathlib import Path

import pytest

from stages.console.main import main

DATASET = {
    "instances": 2314,
    "tasks": 12,
    "datasets": 3,
    "parts": {
        "hub/2022-05": {"instances": 2139, "tasks": 5, "datasets": 2},
        "corpus/seeds": {"instances": 175, "tasks": 7, "datasets": 1},
    },
}
MODELS = {
    "growth-1": {
        "superni": {"rougeL": 1.59, "copy_input_rougeL": 7.01, "verdict": "below copy-input"},
        "holdout": {"bits_per_byte": 4.13, "bits_per_byte_by_part": {"hub/2022-05": 3.23}},
    },
    "all": {"holdout": {"bits_per_byte": 3.5, "bits_per_byte_by_part": {"hub/2022-05": 3.57, "hub/2022-11": 3.1}}},
}


@pytest.fixture
def metrics(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "metrics"
    folder.mkdir()
    (folder / "dataset.json").write_text(json.dumps(DATASET), "utf-8")
    (folder / "evaluate.json").write_text(json.dumps(MODELS), "utf-8")
    return folder


def lines_with(said: str, *words: str) -> list[str]:
    return [line for line in said.splitlines() if all(word in line for word in words)]


def test_the_dataset_is_shown_part_by_part_in_the_order_they_joined(
    metrics: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["show"])
    said = capsys.readouterr().out
    assert said.index("hub/2022-05") < said.index("corpus/seeds")
    assert lines_with(said, "all", "2,314", "12", "3")


def test_each_benchmark_is_a_table_with_a_line_a_model(metrics: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["show"])
    said = capsys.readouterr().out
    assert lines_with(said, "growth-1", "1.59", "7.01")
    assert lines_with(said, "growth-1", "4.13", "3.23")
    assert lines_with(said, "all", "3.57", "3.1")
    assert "growth-1: below copy-input" in said


def test_json_is_the_metrics_as_they_stand(metrics: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["show", "--json"])
    assert json.loads(capsys.readouterr().out) == {"dataset": DATASET, "models": MODELS}


def test_before_anything_has_run_it_says_what_to_run(metrics: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (metrics / "evaluate.json").unlink()
    with pytest.raises(SystemExit) as ended:
        main(["show"])
    assert ended.value.code == 2
    assert "metrics/evaluate.json: expected metrics of a pipeline that has run" in capsys.readouterr().err
