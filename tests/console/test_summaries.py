"""`sauropod show corpora`: a line for each corpus that is on, and what is not known left empty."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from stages.console.main import main
from stages.shared import files

SUMMARY: dict[str, Any] = {
    "instances": 52002,
    "conversations": 0,
    "language": "en",
    "generators": {"human": 2, "openai:gpt-4": 52000},
    "usd_per_1000": 9.62,
    "instruction_chars": 59.9,
    "input_chars": None,
    "output_chars": 1270.3,
    "turns": None,
    "verb_noun_pairs": 5229,
    "licenses": {"a": 1, "b": 1, "c": 1, "cc-by-nc-4.0": 51999},
    "terms": "openai-terms",
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text(yaml.safe_dump({"corpora": ["alpaca"]}), "utf-8")
    files.write_json(tmp_path / "metrics/clean/alpaca.json", {"found": {"summary": SUMMARY}})
    return tmp_path


def test_the_table_shows_what_is_known_and_the_terms_below(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["show", "corpora"])
    said = capsys.readouterr().out
    (row,) = [line.split() for line in said.splitlines() if "52,002" in line]
    assert row[:7] == ["alpaca", "52,002", "en", "openai:gpt-4,", "$9.62", "60", "1,270"]  # `human` is on the next line
    assert {"and", "1", "more"} <= set(said.split())  # on whichever lines they stand
    assert "alpaca: openai-terms" in said
    assert (root / "params.yaml").exists()


def test_the_same_as_json_for_programs(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["show", "corpora", "--json"])
    assert json.loads(capsys.readouterr().out) == {"alpaca": SUMMARY}
    files.remove(root / "metrics/clean/alpaca.json")
    with pytest.raises(SystemExit) as ended:
        main(["show", "corpora"])
    assert ended.value.code != 0
    assert "run `dvc repro` first" in capsys.readouterr().err
