"""`sauropod show judge` puts what judges said in the forms of both papers."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from stages.console.judged import DYNOSAUR, EXPLORE_INSTRUCT, published_rows
from stages.console.main import main
from tests.model.test_verdicts import BEAT_RATES, TABLE_2

BIAS = {"first": 20, "second": 5, "pairs": 250, "share": 10.0}
COUNTS = {"win": 60, "tie": 170, "lose": 18, "unparsed": 2, "shares": [24.2, 68.5, 7.3], "beat_rate": 76.92}
OVERALL: dict[str, Any] = {
    **COUNTS, "low": 66.37, "high": 84.91, "p_value": 0.0005, "position_bias": BIAS,
    "by_category": {"rewriting": {**COUNTS, "win": 6, "tie": 1, "lose": 0, "beat_rate": 100.0, "unparsed": 0}},
    "released": {"win": 70, "tie": 150, "lose": 30, "beat_rate": 70.0},
    "agreement": {"instances": 40, "raw": 0.75, "kappa": 0.4},
}  # fmt: skip
NOTHING = {**COUNTS, "shares": None, "beat_rate": None, "low": None, "high": None, "position_bias": None}


def judged(criteria: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """What judge writes of a pair, but for the ledger."""
    asked = {"answers": 500, "tokens": {"input": 170_000, "cached_input": 0, "output": 8000}, "cost_usd": 0.0303}
    known = {"a": "new", "b": "old", "benchmark": "superni", "judge": "gpt-4o-mini", "instances": 250}
    return {**known, "same_answers": 7, "asked": asked, "criteria": criteria, **changes}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write(tmp_path)
    return tmp_path


def write(root: Path, **pairs: dict[str, Any]) -> None:
    listed = {id: {"a": "new", "b": "old", "benchmark": "superni"} for id in pairs}
    (root / "params.yaml").write_text(yaml.safe_dump({"pairs": listed}), "utf-8")
    (root / "metrics/judge").mkdir(parents=True, exist_ok=True)
    for id, one in pairs.items():
        (root / f"metrics/judge/{id}.json").write_text(json.dumps(one), "utf-8")


def said(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    """The lines that are printed, blanks drawn together."""
    main(["show", "judge", *words])
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines() if line.strip()]


def test_a_pair_judged_as_a_whole_stands_above_the_published_ones(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(root, mine=judged({"overall": OVERALL}))
    lines = said(capsys)
    assert lines[3:5] == ["mine: new, old 60:170:18 76.92 66.37 to 84.91 2 10.0 %", "rewriting 6:1:0 100.00 0"]
    assert "Explore-LM, ChatGPT, rewriting (published) 11:59:24 31.43 not swapped" in lines
    assert lines[-3:] == [
        "mine: 250 instances of superni, 7 of them answered alike and not asked about; judged by gpt-4o-mini: 500 "
        "replies, 170,000 tokens in, 8,000 out, $0.0303",
        "mine, overall: of 250 pairs 20 went to whichever answer stood first and 5 to the second; they count as ties",
        "mine, overall: agrees with people on 75.0 % of 40 (kappa 0.40)",
    ]


def test_a_pair_judged_by_criterion_stands_in_the_form_of_table_2(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    criteria = {
        "helpful": {**OVERALL, "position_bias": None, "agreement": None},
        "honest": {**NOTHING, "agreement": None, "unparsed": 250},
        "harmless": {**OVERALL, "position_bias": None, "agreement": None, "unparsed": 0},
    }
    write(root, mine=judged(criteria, same_answers=0, asked={**judged({})["asked"], "cost_usd": None}))
    lines = said(capsys)
    assert lines[3] == "mine: new, old 24.2 / 68.5 / 7.3 - 24.2 / 68.5 / 7.3"
    assert lines[4].startswith("Dynosaur + Alpaca, Alpaca (published) 18.7 / 59.1 / 22.2")
    assert lines[-2:] == [
        "mine, helpful: 2 without a verdict, counted neither way",
        "mine, honest: 250 without a verdict, counted neither way",
    ]
    assert lines[-3].endswith("cost unknown")


def test_without_pairs_it_says_how_to_name_one_and_json_is_what_judge_wrote(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(capsys) == ["No pairs are judged: name two measures on one benchmark under `pairs` in params.yaml."]
    write(root, mine=judged({"overall": OVERALL}))
    assert json.loads("".join(said(capsys, "--json"))) == {"mine": judged({"overall": OVERALL})}


def test_a_pair_that_is_not_judged_yet_is_named(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "params.yaml").write_text("pairs: {mine: {a: new, b: old, benchmark: superni}}\n", "utf-8")
    with pytest.raises(SystemExit) as left:
        main(["show", "judge"])
    assert left.value.code == 2
    assert "metrics/judge/mine.json: expected metrics of a pipeline that has run" in capsys.readouterr().err


def test_the_published_numbers_are_those_of_the_papers() -> None:
    counts = [tuple(map(int, one.split(":"))) for pair in EXPLORE_INSTRUCT.values() for one in pair]
    assert sorted(counts) == sorted((win, tie, lose) for win, tie, lose, _ in BEAT_RATES)
    rates = {(win, tie, lose): f"{rate:.2f}" for win, tie, lose, rate in BEAT_RATES}
    assert [row[2] for row in published_rows()] == [rates[one] for one in counts]
    cells = [tuple(map(float, re.split(" / ", cell))) for row in DYNOSAUR.values() for cell in row]
    assert cells == TABLE_2
