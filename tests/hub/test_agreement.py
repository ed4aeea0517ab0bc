"""The measure of agreement: its arithmetic, what it counts, and what it prints."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stages.hub import agreement
from stages.hub.agreement import Counts, compare, half_of, interval, main, proposed_pairs, rates, recorded_pairs
from stages.shared.errors import InputError
from stages.shared.llm.recorded import RecordedLine
from tests.hub.examples import card

TEXT = "Some words that make up a text of more than a few words"


def pair(inputs: str, output: str) -> tuple[frozenset[str], str]:
    return frozenset(inputs.split()), output


def line(*tasks: tuple[str, str], dataset: str = "toy", config: str | None = None) -> dict[str, Any]:
    found = [
        {"instruction": "Do it.", "input_fields": inputs.split(), "output_field": outputs.split()}
        for inputs, outputs in tasks
    ]
    return {"dataset": dataset, "config": config, "task_name": dataset, "model": "a-model", "tasks": found}


def write_hub(folder: Path, configs: dict[str, list[str]]) -> Path:
    """A hub of datasets with one sentence column and one label column; dataset to its configs."""
    for dataset, names in configs.items():
        lines = ["---", "license: mit", "language: en", "configs:"]
        for name in names:
            lines += [f"- config_name: {name}", "  data_files:", "  - split: train", f"    path: {name}/train.parquet"]
            (folder / dataset / name).mkdir(parents=True)
            rows = {"sentence": [f"{TEXT} {number}" for number in range(3)], "label": ["good", "bad", "good"]}
            pq.write_table(pa.table(rows), folder / dataset / name / "train.parquet")
        lines += ["---", f"# Dataset Card for {dataset}", "", "## Dataset Summary", "", "Sentences.", ""]
        (folder / dataset / "README.md").write_text("\n".join(lines), "utf-8")
    return folder


def write_lines(path: Path, *lines: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in lines), "utf-8")
    return path


def test_recall_and_precision_are_shares_of_all_pairs_together() -> None:
    one = compare("x", {pair("a b", "c"), pair("a", "b")}, {pair("b a", "c"), pair("c", "a"), pair("a", "c")})
    two = compare("y", {pair("a", "b")}, {pair("a", "b")})
    assert (one.recorded, one.proposed, one.both) == (2, 3, 1)
    assert rates([one, two]) == pytest.approx((2 / 3, 2 / 4))


def test_nothing_recorded_or_proposed_gives_zero() -> None:
    assert rates([]) == (0.0, 0.0)
    assert rates([Counts("x", 2, 0, 0)]) == (0.0, 0.0)


def test_a_weight_makes_many_configs_count_as_one() -> None:
    alike = [compare("many", {pair("a", "b")}, {pair("b", "a")}, weight=1 / 3)] * 3
    other = compare("one", {pair("a", "b")}, {pair("a", "b")})
    assert rates([*alike, other]) == pytest.approx((1 / 2, 1 / 2))


def test_the_interval_draws_whole_datasets() -> None:
    good, bad = Counts("good", 1, 1, 1), Counts("bad", 1, 1, 0)
    assert interval([good] * 5) == ((1.0, 1.0), (1.0, 1.0))
    assert interval([good] * 50 + [bad] * 50) == ((0.0, 1.0), (0.0, 1.0))
    assert interval([good, bad], seed=1) == interval([good, bad], seed=1)


def test_the_order_of_input_fields_does_not_matter_and_several_outputs_make_no_pair() -> None:
    known = RecordedLine.model_validate(line(("b a", "c"), ("a b", "c"), ("a", "b c")), strict=False)
    assert recorded_pairs(known) == {pair("a b", "c")}


def test_both_settings_are_joined_and_the_aware_one_only_with_a_summary() -> None:
    names = ("north", "east", "south", "west", "middle")
    features = {"text": "string", **{f"{name}_type": "string" for name in names}}
    rows = [{"text": f"{TEXT} {number}", **{f"{name}_type": name for name in names}} for number in (1, 2)]
    assert len(proposed_pairs(card(features=features), rows)) == 5
    assert len(proposed_pairs(card(features=features, summary=""), rows)) == 3


def test_halves_are_fixed_and_cover_everything() -> None:
    ids = [f"dataset{number}" for number in range(200)]
    assert {half_of(id) for id in ids} == {"a", "b"}
    assert 80 < sum(half_of(id) == "a" for id in ids) < 120
    assert half_of("glue") == "b"


def test_a_small_hub_gives_the_figures_of_a_hand_count(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # The rules propose sentence -> label and label -> sentence for each of the four configs: 8 pairs.
    # Recorded: 1 + 1 in `first`, 2 in each config of `second`: 6 pairs, of which 1 + 1 + 1 + 1 = 4 are proposed.
    hub = write_hub(tmp_path / "hub", {"first": ["x", "y"], "second": ["default"], "third": ["default"]})
    recorded = write_lines(
        tmp_path / "recorded.jsonl",
        line(("sentence", "label"), dataset="first", config="x"),
        line(("label", "sentence"), dataset="first", config="y"),
        line(("sentence", "label"), ("sentence label", "other"), dataset="second"),
        line(("label", "sentence"), ("other", "label"), ("sentence", "a b"), dataset="third"),
        line(("sentence", "label"), dataset="elsewhere"),
    )
    main(["--hub", str(hub), "--recorded", str(recorded)])
    first, second, third = capsys.readouterr().out.splitlines()
    assert first == "recall 0.67 precision 0.50"
    assert re.fullmatch(r"95 % interval: recall \d\.\d\d to \d\.\d\d, precision \d\.\d\d to \d\.\d\d", second)
    assert third.startswith(
        "4 of 5 recorded configs, 3 datasets; pairs: 6.0 recorded, 8.0 proposed, 4.0 both; 1 recorded"
    )


def test_a_dataset_that_is_counted_once_weighs_as_one_config(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agreement, "COUNTED_ONCE", ("many",))
    hub = write_hub(tmp_path / "hub", {"many": ["x", "y"], "one": ["default"]})
    hits, miss = ("sentence", "label"), ("other", "label")
    recorded = write_lines(
        tmp_path / "recorded.jsonl",
        line(miss, dataset="many", config="x"),
        line(miss, dataset="many", config="y"),
        line(hits, dataset="one"),
    )
    main(["--hub", str(hub), "--recorded", str(recorded)])
    assert capsys.readouterr().out.splitlines()[0] == "recall 0.50 precision 0.25"


def test_a_recorded_line_that_fits_no_config_is_left_out_and_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hub = write_hub(tmp_path / "hub", {"first": ["x", "y"], "second": ["default"]})
    tasks = ("sentence", "label")
    fitting, unfit = (
        line(tasks, dataset="second"),
        (line(tasks, dataset="first"), line(tasks, dataset="first", config="z")),
    )
    main(["--hub", str(hub), "--recorded", str(write_lines(tmp_path / "recorded.jsonl", fitting, *unfit))])
    out, err = capsys.readouterr()
    assert out.splitlines()[0] == "recall 1.00 precision 0.50"
    assert err.splitlines() == [f"agreement: left out {id}: the hub has x, y" for id in ("first", "first:z")]


def test_a_hub_without_any_recorded_config_is_refused_in_words(tmp_path: Path) -> None:
    hub = write_hub(tmp_path / "hub", {"first": ["x"]})
    recorded = write_lines(tmp_path / "recorded.jsonl", line(("sentence", "label"), dataset="absent"))
    with pytest.raises(InputError, match="recorded configs that the hub has"):
        main(["--hub", str(hub), "--recorded", str(recorded)])


def test_a_missing_file_ends_with_one_sentence_and_its_exit_code(tmp_path: Path, repository: Path) -> None:
    command = [sys.executable, "-m", "stages.hub.agreement", "--hub", str(tmp_path), "--recorded", str(tmp_path / "no")]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=repository, check=False)
    assert ended.returncode == InputError.exit_code
    assert ended.stdout == ""
    assert re.fullmatch(r"agreement: .*expected a file of recorded tasks.*\n", ended.stderr)


def test_the_rules_agree_with_the_recorded_tasks_as_far_as_is_claimed(
    test_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--hub", str(test_data / "hub"), "--recorded", str(test_data / "recorded" / "gpt35_tasks.jsonl")])
    first, _, third = capsys.readouterr().out.splitlines()
    recall, precision = map(float, re.fullmatch(r"recall (\d\.\d\d) precision (\d\.\d\d)", first).groups())  # type: ignore[union-attr]
    assert recall >= 0.55
    assert precision >= 0.48
    assert third.startswith("133 of 133 recorded configs, 75 datasets")
