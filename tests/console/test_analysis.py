"""`sauropod show analysis` prints what metrics/analyze.json says."""

import json
from pathlib import Path
from typing import Any

import pytest

from stages.console.analysis import decimal, percent
from stages.console.main import main
from stages.dataset.qualities import QUALITIES


def part(instances: int) -> dict[str, Any]:
    """The numbers of a part, as stages/dataset/survey.py tells them."""
    words = {"mean": 9.5, "median": 9, "p90": 12, "most": 20}
    return {
        "instances": instances,
        "instructions": 12,
        "with_input": 0.5,
        "with_labels": None,
        "words": {"instruction": words, "input": dict.fromkeys(words), "output": words},
        "sources": 1,
        "tasks": 3,
        "verbs": {"looked_at": 10, "with_pair": 8, "unique_pairs": 4, "mean": 2.0, "spread": 0.5},
        "nearest": {"looked_at": 10, "rougeL": 0.4, "near_repeats": 0.0},
        "qualities": {"looked_at": 10, **{quality.word: 0.25 for quality in QUALITIES}},
    }


ANALYSIS = {
    **part(1500),
    "root_verbs": {"write": 1234, "give": 2},
    "objects": {"write": "text 1,000, poem 234", "give": "reason 2"},
    "hub_tasks": {
        "tasks": 5, "names": 4, "instructions": 3, "labelled": 2, "labels": {"2": 2}, "input_fields": {"1": 4, "3": 1}
    },
    "task_categories": {"question-answering": {"tasks": 5, "instances": 1321}},
    "parts": {"hub/2022-05": part(1300), "corpus/seeds": part(200)},
}  # fmt: skip


@pytest.fixture
def metrics(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "metrics/analyze.json"
    path.parent.mkdir()
    path.write_text(json.dumps(ANALYSIS), "utf-8")
    return path


def test_every_part_and_every_quality_is_told(metrics: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["show", "analysis"])
    said = capsys.readouterr().out
    for name in ("hub/2022-05", "corpus/seeds", "all"):
        rows = [line.split() for line in said.splitlines() if line.strip().startswith(f"{name} ")]
        assert [len(row) for row in rows] == [10, 8, 19]
    assert all(quality.doubt in said for quality in QUALITIES)
    for line in ("write  1,234  text 1,000, poem 234", "question-answering  5  1,321", "hub tasks: 5 of 4 names,"):
        assert line.split() in [one.split()[: len(line.split())] for one in said.splitlines()]
    assert "about 12" in said  # ten of them were looked at


def test_instructions_that_could_not_be_compared_are_told_with_their_part(
    metrics: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = json.loads(metrics.read_text("utf-8"))
    found["parts"]["corpus/seeds"]["nearest"]["unread"] = 7
    metrics.write_text(json.dumps(found), "utf-8")
    main(["show", "analysis"])
    lines = [line for line in capsys.readouterr().out.splitlines() if "leaves out" in line]
    assert lines == ["  corpus/seeds: ROUGE-L reads a-z and 0-9 only and leaves out 7 of 10 instructions"]


def test_json_is_the_file(metrics: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["show", "analysis", "--json"])
    assert json.loads(capsys.readouterr().out) == ANALYSIS


def test_a_pipeline_that_has_not_run_is_named(metrics: Path, capsys: pytest.CaptureFixture[str]) -> None:
    metrics.unlink()
    with pytest.raises(SystemExit):
        main(["show", "analysis"])
    assert "metrics/analyze.json" in capsys.readouterr().err


def test_shares_and_decimals_are_short() -> None:
    assert [percent(share) for share in (None, 0.0, 0.0001, 0.038, 0.1, 1.0)] == [
        "", "0 %", "< 0.1 %", "3.8 %", "10 %", "100 %"
    ]  # fmt: skip
    assert [decimal(value) for value in (None, 1.234)] == ["", "1.23"]
