import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stages.model import summarize
from stages.model.instancescores import InstanceScores
from stages.shared.errors import InputError, ParamsError
from stages.shared.files import write_json, write_jsonl
from tests.model.conftest import options

HELD = {"instances": 2, "bytes": 10, "bits_per_byte": 3.0, "exact_match": 1.0, "rougeL": 2.0}


def scores(rouge: float) -> dict[str, Any]:
    return {"exact_match": 1.0, "rouge1": rouge, "rougeL": rouge, "by_category": {}, "by_task": {}}


def run(
    road: Path,
    rouge: float = 5.0,
    names: tuple[str, ...] = ("first-superni", "first-holdout"),
    scored: list[tuple[str, Path]] | None = None,
) -> dict[str, Any]:
    counts = {"predictions": {"read": 2, "kept": 2, "dropped": {}}}
    found = {"model": scores(rouge), "copy_input": scores(7.0), "copy_demonstration": scores(16.0)}
    write_json(road / "first-superni.json", counts | found)
    write_json(road / "first-holdout.json", counts | HELD | {"by_part": {"hub/one": HELD}})
    paths = {"table": road / "table.json", "continual": road / "continual.json", "plot": road / "continual.svg"}
    measures = [(name, road / f"{name}.json") for name in names]
    summarize.main(options(measure=measures, scores=scored or [], **paths))
    table: dict[str, Any] = json.loads((road / "table.json").read_text("utf-8"))
    return table


def test_the_table_has_each_model_on_each_benchmark(road: Path) -> None:
    assert run(road) == {
        "first": {
            "superni": {
                "exact_match": 1.0,
                "rouge1": 5.0,
                "rougeL": 5.0,
                "copy_input_rougeL": 7.0,
                "copy_demonstration_rougeL": 16.0,
                "verdict": "below copy-input: this model has learned the form of answers, not the tasks",
            },
            "holdout": {
                "bits_per_byte": 3.0,
                "exact_match": 1.0,
                "rougeL": 2.0,
                "bits_per_byte_by_part": {"hub/one": 3.0},
            },
        }
    }


def test_what_runs_still_know_is_written_and_drawn(road: Path) -> None:
    run(road)
    assert json.loads((road / "continual.json").read_text("utf-8")) == {
        "first": {"stage": 1, "test_rougeL": 5.0, "held_out_rougeL": 2.0, "held_out_bits_per_byte": 3.0}
    }
    assert ">first</text>" in (road / "continual.svg").read_text("utf-8")


def test_a_run_of_a_slice_is_told_by_the_scores_of_its_instances(road: Path, change: Callable[..., None]) -> None:
    change("runs.first", parts=[{"part": "hub/one", "tasks": "1/1"}])
    rows = [
        InstanceScores(id="a", task="x", scores={"rougeL": 0.5}, part="hub/one", bits=12.0, bytes=4),
        InstanceScores(id="b", task="y", scores={"rougeL": 1.0}, part="hub/one", bits=4.0, bytes=4),
        InstanceScores(id="c", task="y", scores={"rougeL": 1.0}, part="hub/two", bits=0.0, bytes=9),
    ]
    write_jsonl(road / "scores.jsonl", rows)
    run(road, scored=[("first-holdout", road / "scores.jsonl")])
    assert json.loads((road / "continual.json").read_text("utf-8")) == {
        "first": {"stage": 1, "test_rougeL": 5.0, "held_out_rougeL": 75.0, "held_out_bits_per_byte": 2.0}
    }


def test_long_answers_and_math_are_told_by_their_means_with_an_interval() -> None:
    settings = summarize.SummarizeParams(metric="rougeL", floor="copy_input")
    bounds = {"rougeL": {"low": 1.0, "high": 3.0}, "rouge1": {"low": 0.0, "high": 9.0}}
    model = {"instances": 9, "rouge1": 2.5, "rougeL": 2.0, "meteor_exact_stem": None}
    found = {
        "benchmark": {"kind": "user-instructions"},
        "model": model,
        "copy_input": {"rougeL": 1.5},
        "intervals": bounds,
    }
    assert summarize.headline(found, settings) == {
        "rouge1": 2.5, "rougeL": 2.0, "rougeL_low": 1.0, "rougeL_high": 3.0, "copy_input_rougeL": 1.5,
    }  # fmt: skip
    right = {"instances": 500, "strict_right": 20, "strict": 4.0, "equal_right": 25, "equal": 5.0}
    bounds = {"strict": {"low": 3.0, "high": 5.0}, "equal": {"low": 4.0, "high": 6.0}}
    assert summarize.headline({"benchmark": {"kind": "math"}, "model": right, "intervals": bounds}, settings) == {
        "strict": 4.0, "equal": 5.0, "strict_low": 3.0, "strict_high": 5.0, "equal_low": 4.0, "equal_high": 6.0,
    }  # fmt: skip


def test_a_holdout_without_bits_is_told_without_them() -> None:
    settings = summarize.SummarizeParams(metric="rougeL", floor="copy_input")
    found = {
        "benchmark": {"kind": "holdout"},
        "exact_match": 1.0,
        "rougeL": 2.0,
        "by_part": {"hub/one": {"rougeL": 2.0}},
    }
    assert summarize.headline(found, settings) == {"exact_match": 1.0, "rougeL": 2.0}


@pytest.mark.parametrize(("rouge", "below"), [(6.9999, True), (7.0, False), (8.0, False)])
def test_the_verdict_says_whether_copying_is_better(road: Path, rouge: float, below: bool) -> None:
    assert run(road, rouge)["first"]["superni"]["verdict"].startswith("below") is below


def test_measures_other_than_those_of_params_are_refused(road: Path) -> None:
    with pytest.raises(ParamsError, match="first-holdout"):
        run(road, names=("first-superni",))


def test_a_measure_of_a_model_that_is_not_listed_is_refused(road: Path, change: Callable[..., None]) -> None:
    change("models", first={"from": "data/train/other"})
    with pytest.raises(ParamsError, match=r"measures\.first-superni"):
        run(road)


@pytest.mark.parametrize("values", [{"floor": "copy_nothing"}, {"metric": "bleu"}])
def test_a_score_that_is_not_there_is_refused(road: Path, change: Callable[..., None], values: dict[str, str]) -> None:
    change("summarize", **values)
    with pytest.raises(InputError, match="summarize asks for"):
        run(road)
