"""`sauropod show suites` prints what lm-evaluation-harness found, task by task."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from stages.console.main import main

ARC: dict[str, Any] = {
    "version": 1.0, "shots": 25, "questions": 2376, "asked": 100, "cut": 3, "sha256": "0f", "acc": 0.25,
    "acc_stderr": 0.0435, "acc_norm": 0.31, "acc_norm_stderr": 0.0465,
}  # fmt: skip
TEXT: dict[str, Any] = {**{key: ARC[key] for key in ("version", "shots", "sha256")}, "questions": 62, "asked": 62}
FOUND: dict[str, Any] = {
    "questions": {"read": 162, "kept": 162, "dropped": {}},
    "suite": {"model": "data/train/all", "shots": 25, "limit": 100, "template": True},
    "harness": "0.4.13",
    "tasks": {"arc_easy": ARC, "wikitext": {**TEXT, "shots": None, "cut": 0, "word_perplexity": 1234.5}},
    "groups": {"ai2_arc": {"acc": 0.25, "acc_stderr": 0.0435}},
}


def said(root: Path, capsys: pytest.CaptureFixture[str], suites: dict[str, Any], *words: str) -> str:
    (root / "params.yaml").write_text(yaml.safe_dump({"suites": {id: {} for id in suites}}), "utf-8")
    (root / "metrics/harness").mkdir(parents=True)
    for id, one in suites.items():
        (root / f"metrics/harness/{id}.json").write_text(json.dumps(one), "utf-8")
    main(["show", "suites", *words])
    return capsys.readouterr().out


def test_every_metric_of_a_task_and_a_group_has_a_row_and_cut_questions_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    lines = [" ".join(line.split()) for line in said(tmp_path, capsys, {"all-arc": FOUND}).splitlines()]
    for row in (
        "all-arc: data/train/all",
        "questions in the model's own form, by lm-evaluation-harness 0.4.13",
        "arc_easy acc 0.2500 0.0435 25 100 of 2,376",
        "arc_easy acc_norm 0.3100 0.0465 25 100 of 2,376",
        "wikitext word_perplexity 1234.5000 62",
        "ai2_arc (group) acc 0.2500 0.0435",
        "arc_easy: 3 of 100 questions are longer than the model can read; it saw the end of them",
    ):
        assert row in lines, lines


def test_json_is_what_was_found_and_no_suites_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert json.loads(said(tmp_path, capsys, {"all-arc": FOUND}, "--json")) == {"all-arc": FOUND}
    (tmp_path / "params.yaml").write_text("suites: {}\n", "utf-8")
    main(["show", "suites"])
    assert "name a model and its tasks under `suites`" in capsys.readouterr().out
