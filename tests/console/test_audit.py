"""`sauropod audit`: what was found, the rows for a person, and what the person says."""

import json
from pathlib import Path
from typing import Any

import pytest

from stages.console.main import main
from stages.dataset.people import SAMPLE, write_sample
from stages.dataset.picks import Pick
from stages.dataset.soundness import PUBLISHED
from stages.shared.sheets import read_sheet, write_sheet
from tests.console.roots import write_stages

SHARE = {"share": 90.0, "low": 59.6, "high": 98.2, "of": 10}
JUDGED: dict[str, Any] = {
    **dict.fromkeys(("all_valid", "task_sound", "input_fitting", "output_right"), SHARE),
    "faults": {"no-task": 1, "wrong-output": 3}, "by_part": {"hub/one": SHARE},
}  # fmt: skip
NOTHING: dict[str, Any] = {
    "sample": {"hub/one": {"rows": 900, "drawn": 3}, "hub/two": {"rows": 80, "drawn": 1}},
    "judged": {"rows": 4, "by_people": 0, "by_model": 0, "by_both": 0, "by": {}},
    "people": {}, "model": {}, "agreement": {}, "published": PUBLISHED, "asked": {},
}  # fmt: skip
FINE = {"task_sound": "yes", "input_fitting": "yes", "output_right": "yes"}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository's root with the real stage, a sample of four rows, and metrics without judgements."""
    monkeypatch.chdir(tmp_path)
    write_stages(tmp_path, "audit")
    picks = [Pick(f"i{n}", f"c{n}", "hub/one", "t", "t:x", "train:0", f"=Do {n}", "", "1", "") for n in range(4)]
    write_sample(tmp_path / "data/audit/sample.csv", picks)
    metrics(tmp_path, NOTHING)
    return tmp_path


def metrics(root: Path, found: dict[str, Any]) -> None:
    (root / "metrics").mkdir(exist_ok=True)
    (root / "metrics/audit.json").write_text(json.dumps(found), "utf-8")


def fill(path: Path, count: int, **answers: str) -> None:
    """Answer the first rows of a table."""
    rows = [row for _, row in read_sheet(path, SAMPLE)]
    write_sheet(path, SAMPLE, [row | (answers if at < count else {}) for at, row in enumerate(rows)])


def said(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    main(["audit", *words])
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines() if line.strip()]


def failed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit) as left:
        main(["audit", *words])
    assert left.value.code == 2
    return capsys.readouterr().err


def test_a_person_gets_the_rows_and_gives_judgements_that_are_kept_without_texts(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(capsys, "--out", "anna.csv")[0].startswith("anna.csv: 4 rows of the sample. Say yes or no in task_")
    assert "anna.csv: expected a new file, got one that is there" in failed(capsys, "--out", "anna.csv")
    fill(root / "anna.csv", 3, **FINE)
    kept = root / "data/sources/audit/anna.csv"
    assert said(capsys, "--take", "anna.csv") == [
        "data/sources/audit/anna.csv: 3 judgements taken, 3 new and 0 changed; 3 are on rows of the sample as it is. "
        "Next: dvc repro audit"
    ]
    assert "=Do" not in kept.read_text("utf-8")
    fill(root / "anna.csv", 1, **FINE, error_type="")
    fill(root / "anna.csv", 1, output_right="no", error_type="wrong-output")
    found = json.loads("".join(said(capsys, "--take", "anna.csv", "--json")))
    assert (found["taken"], found["changed"], found["in_sample"]) == (3, 1, 3)
    (root / "anna.csv").unlink()
    assert said(capsys, "--out", "anna.csv")[0].startswith("anna.csv: 1 row of")
    assert said(capsys, "--out", "ben.csv")[0].startswith("ben.csv: 4 rows of")


def test_judgements_of_rows_that_left_the_sample_are_kept_and_counted_apart(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said(capsys, "--out", "anna.csv")
    fill(root / "anna.csv", 4, **FINE)
    write_sample(root / "data/audit/sample.csv", [])
    found = json.loads("".join(said(capsys, "--take", "anna.csv", "--json")))
    assert (found["taken"], found["in_sample"]) == (4, 0)


def test_what_cannot_be_done_is_said_in_one_sentence(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "gone.csv: expected a table from `sauropod audit --out`, got no file" in failed(capsys, "--take", "gone.csv")
    assert "expected NAME.csv with a name of the form" in failed(capsys, "--out", "My rows.xlsx")
    (root / "data/audit/sample.csv").unlink()
    assert "run `dvc repro audit` first" in failed(capsys, "--out", "anna.csv")
    (root / "metrics/audit.json").unlink()
    assert "metrics/audit.json: expected metrics of a pipeline that has run" in failed(capsys)


def test_without_judgements_the_published_shares_stand_alone(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys)
    assert "Dynosaur (published) 200 84.0 (78.3 to 88.4)" in lines
    assert "Self-Instruct (published) 200 54.0 (47.1 to 60.8)" in lines
    assert lines[-2:] == [
        "4 of 4 rows are judged by no person: sauropod audit --out NAME.csv",
        "no model judges them (params.yaml, key audit.model)",
    ]
    assert json.loads("".join(said(capsys, "--json"))) == NOTHING


def test_people_and_a_model_stand_above_the_published_shares(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = {"answers": 4, "cost_usd": 0.0021}
    judged = {**NOTHING["judged"], "by_people": 4, "by_model": 4}
    agreed = {"all_valid": {"instances": 4, "raw": 0.75, "kappa": None}}
    both = {"people": JUDGED, "model": {**JUDGED, "faults": {}}, "agreement": agreed, "judged": judged}
    metrics(root, {**NOTHING, **both, "asked": asked})
    lines = said(capsys)
    assert lines[3] == "people 10" + " 90.0 (59.6 to 98.2)" * 4
    assert "hub/one 900 3 90.0 (59.6 to 98.2) of 10 90.0 (59.6 to 98.2) of 10" in lines
    assert "hub/two 80 1 - -" in lines
    assert lines[-3:] == [
        "faults (people): wrong-output 3, no-task 1", "model and people agree on 75.0 % of 4 rows",
        "4 replies, $0.0021",
    ]  # fmt: skip
