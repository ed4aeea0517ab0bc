import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stages.model import evaluate
from stages.model.predictions import Prediction
from stages.shared.errors import InputError, ParamsError
from stages.shared.files import write_jsonl
from tests.model.conftest import options


def made(**changes: Any) -> Prediction:
    values = {
        "id": "1",
        "task": "task1_x",
        "category": "data_to_text",
        "part": "",
        "input": "the cat",
        "references": ("cats",),
        "demonstration": "a dog",
        "prediction": "cats",
        "bits": None,
        "bytes": None,
    }
    return Prediction.model_validate(values | changes)


def run(road: Path, benchmark: str, predictions: list[Prediction]) -> dict[str, Any]:
    write_jsonl(road / "predictions.jsonl", predictions)
    evaluate.main(options(benchmark=benchmark, predictions=road / "predictions.jsonl", metrics=road / "found.json"))
    found: dict[str, Any] = json.loads((road / "found.json").read_text("utf-8"))
    return found


def test_super_ni_is_scored_overall_by_category_and_by_task_beside_its_baselines(road: Path) -> None:
    others = {"task": "task2_y", "category": "textual_entailment", "references": ("yes",), "prediction": "no"}
    found = run(road, "superni", [made(), made(id="2", **others, demonstration="Yes.")])
    assert found["predictions"] == {"read": 2, "kept": 2, "dropped": {}}
    assert found["model"] == {
        "exact_match": 50.0,
        "rouge1": 50.0,
        "rougeL": 50.0,
        "by_category": {"rougeL_for_data_to_text": 100.0, "exact_match_for_textual_entailment": 0.0},
        "by_task": {"rougeL_for_task1_x": 100.0, "exact_match_for_task2_y": 0.0},
    }
    # "the cat" against "cats": precision 1/2, recall 1, F 2/3; against "yes" nothing. Mean 1/3.
    assert found["copy_input"]["rougeL"] == 33.3333
    assert found["copy_demonstration"]["exact_match"] == 50.0
    assert found["copy_demonstration"]["by_task"]["exact_match_for_task2_y"] == 100.0


def test_the_holdout_is_scored_by_part_and_bits_weigh_by_bytes(road: Path) -> None:
    one = made(part="hub/one", bits=10.0, bytes=2)
    two = made(id="2", part="hub/two", bits=10.0, bytes=8, prediction="dogs")
    found = run(road, "holdout", [two, one])
    assert (found["bits_per_byte"], found["exact_match"]) == (2.0, 50.0)
    assert list(found["by_part"]) == ["hub/one", "hub/two"]
    first = {"instances": 1, "bytes": 2, "bits_per_byte": 5.0, "exact_match": 100.0, "rougeL": 100.0}
    # To repeat the input, "the cat", has half of its words in "cats" (see above).
    copied = {"copy_input_exact_match": 0.0, "copy_input_rougeL": 66.6667}
    assert found["by_part"]["hub/one"] == {**first, **copied}
    assert "by_slice" not in found


def test_the_holdout_is_scored_by_the_slices_that_runs_take_too(road: Path, change: Callable[..., None]) -> None:
    change("runs.first", parts=[{"part": "hub/one", "tasks": "1/2"}])
    change("runs.second", parts=["hub/one", {"part": "hub/two", "tasks": "2/2"}])
    made_of = [
        made(id=f"{part}{task}", part=part, task=task, bits=float(bits), bytes=1)
        for part in ("hub/one", "hub/two")
        for bits, task in enumerate("abcdefgh", start=1)
    ]
    halves: dict[int, list[int]] = {1: [], 2: []}
    for bits, task in enumerate("abcdefgh", start=1):
        first_byte = hashlib.sha256(f"tasks:{task}".encode()).digest()[0]
        halves[1 if first_byte < 128 else 2].append(bits)
    found = run(road, "holdout", made_of)["by_slice"]
    assert {name: (one["instances"], one["bits_per_byte"]) for name, one in found.items()} == {
        f"hub/{part} {number}/2": (len(half), round(sum(half) / len(half), 4))
        for part, number in (("one", 1), ("two", 2))
        if (half := halves[number])
    }


def test_no_predictions_are_refused(road: Path) -> None:
    with pytest.raises(InputError, match="at least one prediction"):
        run(road, "superni", [])


def test_a_line_that_is_no_prediction_is_refused_with_its_number(road: Path) -> None:
    path = road / "predictions.jsonl"
    write_jsonl(path, [made()])
    path.write_text(path.read_text("utf-8") + "{}\n", "utf-8")
    with pytest.raises(InputError, match="line 2"):
        evaluate.main(options(benchmark="superni", predictions=path, metrics=road / "found.json"))


def test_an_unknown_baseline_is_refused(road: Path, change: Callable[..., None]) -> None:
    change("evaluate", baselines=["copy_nothing"])
    with pytest.raises(ParamsError, match="copy_nothing"):
        run(road, "superni", [made()])
