"""The use of the dataset: which licences and terms fit it, and what is said of the rows that do not."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from stages.dataset.usage import REASONS, Use, unfit
from stages.shared import files
from tests.dataset.parts import row, run, write_part

OPENAI = "OpenAI terms of use"

CASES = [
    # licence, terms, the reason for research, the reason for commerce
    ("apache-2.0", "", "", ""),
    ("cc-by-sa-3.0", "", "", ""),
    ("mit|cc-by-4.0", "", "", ""),
    ("apache-2.0", OPENAI, "", "terms"),
    ("cc-by-nc-4.0", "", "", "non-commercial"),
    ("mit|cc-by-nc-sa-4.0", OPENAI, "", "non-commercial"),
    ("research only", "", "", "non-commercial"),
    ("", "", "", "license-unknown"),
    ("unknown", "", "", "license-unknown"),
    ("other", "", "", "license-unknown"),
    ("cc", "", "", "license-unknown"),
    ("other", "openai-terms; for non-commercial research only", "", "non-commercial"),
    ("mit", "no derivatives may be published", "no-derivatives", "no-derivatives"),
    ("a licence of our own", "", "", "license-unknown"),
    ("cc-by-nd-4.0", "", "no-derivatives", "no-derivatives"),
    ("mit|cc-by-nc-nd-4.0", "", "no-derivatives", "no-derivatives"),
]


@pytest.mark.parametrize(("license", "terms", "research", "commercial"), CASES)
def test_every_licence_and_terms_fit_a_use_or_have_a_reason(
    license: str, terms: str, research: str, commercial: str
) -> None:
    uses: tuple[Use, ...] = ("all", "research", "commercial")
    assert [unfit(license, terms, use) for use in uses] == ["", research, commercial]
    assert {research, commercial} <= {"", *REASONS}


def test_commercial_use_leaves_rows_out_and_says_so_in_ledger_metrics_and_card(tmp_path: Path) -> None:
    write_part(tmp_path, "hub/2022-05", [row("a"), row("b", license="cc-by-nc-4.0"), row("c", license="")])
    write_part(tmp_path, "corpus/gpt", [row("d", terms=OPENAI), row("a"), row("e", license="apache-2.0")])
    parts = ["hub/2022-05", "corpus/gpt"]
    dataset = run(tmp_path, parts, tmp_path / "commercial", rules={"use": "commercial"})
    found = pq.read_table(sorted(dataset.glob("*.parquet")))
    assert sorted(zip(found["instruction"].to_pylist(), found["part"].to_pylist(), strict=True)) == [
        ("a", "hub/2022-05"),
        ("e", "corpus/gpt"),
    ]
    metrics = files.read_json(tmp_path / "commercial/dataset.json")
    assert metrics["left_out"] == {
        "hub/2022-05": {"license-unknown": 1, "non-commercial": 1},
        "corpus/gpt": {"terms": 1},
    }
    assert metrics["ledger"]["instances"] == {
        "read": 6,
        "kept": 2,
        "dropped": {"duplicate": 1, "license-unknown": 1, "non-commercial": 1, "terms": 1},
    }
    dropped = [json.loads(line) for line in (tmp_path / "commercial/dropped.jsonl").read_text("utf-8").splitlines()]
    assert [one["detail"] for one in dropped if one["reason"] == "terms"] == [
        f"licence mit, terms {OPENAI}; this one: corpus/gpt glue:cola train:0"
    ]
    card = (dataset / "README.md").read_text("utf-8")
    assert "made for commercial use" in card
    assert f"| `corpus/gpt` | `terms` | {REASONS['terms']} | 1 |" in card


def test_the_dataset_for_any_use_holds_all_and_says_nothing_of_leaving_out(tmp_path: Path) -> None:
    write_part(tmp_path, "hub/2022-05", [row("a"), row("b", license="cc-by-nc-nd-4.0"), row("c", license="")])
    dataset = run(tmp_path, ["hub/2022-05"], tmp_path / "all")
    assert pq.read_table(sorted(dataset.glob("*.parquet"))).num_rows == 3
    assert files.read_json(tmp_path / "all/dataset.json")["left_out"] == {}
    assert "What its use leaves out" not in (dataset / "README.md").read_text("utf-8")
