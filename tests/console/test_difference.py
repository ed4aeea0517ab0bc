"""`sauropod show difference` tells whether two models differ on the same questions."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from stages.console.main import main
from stages.model.instancescores import InstanceScores
from stages.model.intervals import difference
from stages.shared.files import write_jsonl

ONE, TWO = [1.0, 0.5, 0.25, 0.0] * 10, [0.5, 0.5, 0.0, 0.0] * 10


def write(root: Path, name: str, scores: list[float], kind: str = "math", sha256: str = "a") -> None:
    rows = [InstanceScores(id=str(at), task=str(at % 2), scores={"strict": one}) for at, one in enumerate(scores)]
    rows.append(InstanceScores(id="none", task="0", scores={}))
    write_jsonl(root / f"data/evaluate/{name}/scores.jsonl", rows)
    path = root / f"metrics/evaluate/{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"benchmark": {"name": name, "kind": kind, "sha256": sha256}}), "utf-8")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    measures = dict.fromkeys(("one", "two", "other", "unrun"))
    (tmp_path / "params.yaml").write_text(yaml.safe_dump({"measures": measures}, sort_keys=False), "utf-8")
    write(tmp_path, "one", ONE)
    write(tmp_path, "two", TWO)
    write(tmp_path, "other", ONE, sha256="b")
    return tmp_path


def show(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    try:
        main(["show", "difference", *words])
    except SystemExit as done:
        return int(str(done.code)), capsys.readouterr().err
    return 0, capsys.readouterr().out


def test_the_difference_comes_with_its_interval_and_p_value(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = show(capsys, "one", "two", "--json")
    found: dict[str, Any] = json.loads(said)["metrics"]["strict"]
    # By hand: 43.75 and 25 in the mean of forty; the one without a score is not counted.
    assert (code, found["first"], found["second"], found["difference"], found["instances"]) == (
        0,
        43.75,
        25.0,
        18.75,
        40,
    )
    tasks = [str(at % 2) for at in range(40)]
    expected = difference([100 * one for one in ONE], [100 * two for two in TWO], tasks)
    assert (found["low"], found["high"]) == (round(expected.low, 4), round(expected.high, 4))
    assert found["p_value"] < 0.01
    assert show(capsys, "one", "one", "--json")[1].count('"p_value": 1.0') == 1


def test_a_table_says_what_is_less_what(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = show(capsys, "one", "two")[1]
    assert "one less two" in said
    assert "+18.75" in said
    assert "40 instances" in said


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("one", "three"), "expected a measure of params.yaml (one, two, other, unrun), got three"),
        (("one", "unrun"), "data/evaluate/unrun/scores.jsonl: expected the scores of each instance, got none"),
        (("one", "other"), "got one and other, which ask other questions"),
    ],
)
def test_measures_that_cannot_be_compared_are_refused(
    root: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], fault: str
) -> None:
    code, said = show(capsys, *words)
    assert code == 2
    assert fault in said
