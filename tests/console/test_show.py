"""`sauropod show` prints what metrics/ says, and says what to do where it says nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from stages.console.main import main
from stages.console.show import dollars, print_table

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


def show(metrics: Path, capsys: pytest.CaptureFixture[str], **changes: Any) -> str:
    """What `sauropod show` says of a dataset with these metrics beside DATASET's."""
    (metrics / "dataset.json").write_text(json.dumps({**DATASET, **changes}), "utf-8")
    main(["show"])
    return capsys.readouterr().out


def test_preference_pairs_are_shown_with_their_licences_and_why_others_are_left_out(
    metrics: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pair = {
        "kept": 1200,
        "licenses": {"mit": 1000, "none": 200},
        "terms": {"none": 1200},
        "left_out": {"contaminated": 3},
    }
    said = show(metrics, capsys, pairs={"corpus/own": pair})
    assert lines_with(said, "corpus/own", "1,200", "mit 1,000, none 200", "contaminated 3")
    assert "preference pairs" not in show(metrics, capsys, pairs={})


def asking(**parts: dict[str, Any]) -> dict[str, Any]:
    """The section `asking` of a dataset's metrics, of the waves named."""
    known = {"answers": 96, "input_tokens": 184_320, "output_tokens": 9_312, "cost_usd": 0.0332}
    known |= {"usd_per_task": 0.0004257, "usd_per_1000_instances": 1.034}
    return {
        "parts": {f"hub/{wave}": {**known, **changes} for wave, changes in parts.items()},
        "paper": {"usd": 11.5, "instances": 801_900, "usd_per_1000_instances": 0.01434},
    }


FREE = {"input_tokens": 0, "output_tokens": 0, "cost_usd": 0.0, "usd_per_task": 0.0, "usd_per_1000_instances": 0.0}


def test_each_wave_that_was_asked_for_money_has_a_line_and_the_paper_stands_below(
    metrics: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = show(metrics, capsys, asking=asking(a={}, b=FREE, c={"cost_usd": 2.5}))
    money = [line.strip() for line in said.splitlines() if "$" in line]
    assert money == [
        "hub/a: 96 answers, 184,320 tokens in, 9,312 out, $0.0332 = $0.000426 a task, $1.03 per 1,000 instances",
        "hub/c: 96 answers, 184,320 tokens in, 9,312 out, $2.50 = $0.000426 a task, $1.03 per 1,000 instances",
        "the paper: $11.50 for 801,900 instances = $0.0143 per 1,000",
    ]
    assert "nothing paid" not in said


def test_an_unknown_cost_is_said_to_be_unknown(metrics: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unknown = {"cost_usd": None, "usd_per_task": None, "usd_per_1000_instances": None}
    assert lines_with(show(metrics, capsys, asking=asking(a=unknown)), "hub/a", "9,312 out, cost unknown (no price")


def test_what_was_paid_for_nothing_is_said(metrics: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nothing = {"usd_per_task": None, "usd_per_1000_instances": None}
    assert lines_with(show(metrics, capsys, asking=asking(a=nothing)), "$0.0332, and no task came of it")


@pytest.mark.parametrize(
    ("generators", "line"),
    [
        ({"human": 1, "template:rules-1": 5}, "tasks proposed by rule: nothing paid"),
        ({"human": 1, "recorded:gpt-3.5-turbo": 5}, "tasks read from recorded answers: nothing paid"),
    ],
)
def test_a_free_dataset_says_nothing_of_money_beyond_that(
    metrics: Path, capsys: pytest.CaptureFixture[str], generators: dict[str, int], line: str
) -> None:
    said = show(metrics, capsys, asking=asking(a=FREE, b=FREE), generators=generators)
    assert lines_with(said, "paid") == [f"  {line}"]
    assert "$" not in said
    assert "paper" not in said


@pytest.mark.parametrize("sections", [{}, {"asking": asking()}])
def test_without_waves_or_costs_nothing_is_said_of_them(
    metrics: Path, capsys: pytest.CaptureFixture[str], sections: dict[str, Any]
) -> None:
    assert "paid" not in show(metrics, capsys, **sections)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "$0.00"),
        (0.5, "$0.50"),
        (0.01434, "$0.0143"),
        (1e-5, "$0.00001"),
        (0.99999, "$1.00"),
        (12345.678, "$12,345.68"),
    ],
)
def test_dollars_are_cents_or_three_digits(amount: float, text: str) -> None:
    assert dollars(amount) == text


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


WIDE = ["version", "parts", "best of all the models that were measured", "cost"]
ROWS = [["v1", "2 waves, 1 corpus", "growth-2-diverse 13.5319", 0], ["[/b] :smile:", "3 waves", "", 12345]]


def test_a_table_breaks_between_words_alone_and_takes_texts_as_they_are(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "60")
    print_table("versions", WIDE, ROWS)
    said = capsys.readouterr().out
    for word in ("[/b]", ":smile:", "growth-2-diverse", "13.5319", "12,345", *" ".join(WIDE).split()):
        assert word in said
    assert "─" in said


def test_on_a_terminal_too_narrow_for_its_words_a_row_becomes_a_block(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "30")
    print_table("versions", WIDE, ROWS)
    said = capsys.readouterr().out.splitlines()
    assert said[:3] == ["versions", "", " v1"]
    assert said[3].split() == ["parts", "2", "waves,", "1", "corpus"]
    assert [line.split()[-1] for line in said if "cost" in line] == ["0", "12,345"]
    # An empty cell has no line.
    assert sum("best" in line for line in said) == 1
