import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from stages.model import evaluate
from stages.model.predictions import Prediction
from stages.model.scores import pieces
from stages.shared.errors import InputError, ParamsError
from stages.shared.fetched import hash_of
from stages.shared.files import remove, write_jsonl
from stages.shared.similarity import rouge_l
from tests.model.conftest import instance, options, write_shard
from tests.model.tokenizers import gpt


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


def benchmark_of(road: Path, benchmark: str, predictions: list[Prediction]) -> Path:
    """A benchmark that asks what some predictions answer."""
    path = road / "params.yaml"
    values = yaml.safe_load(path.read_text("utf-8"))
    values["benchmarks"]["superni"]["per_task"] = values["benchmarks"]["holdout"]["per_part"] = 100
    values["benchmarks"]["holdout"]["share"] = 0.9999
    path.write_text(yaml.safe_dump(values, sort_keys=False), "utf-8")
    folder = road / "asked"
    remove(folder)
    folder.mkdir()
    groups: dict[str, list[Prediction]] = {}
    for one in predictions:
        groups.setdefault(one.part if benchmark == "holdout" else one.task, []).append(one)
    for group, own in groups.items():
        if benchmark == "holdout":
            rows = [instance("Say it", one.input, one.references[0], group, "a:b", one.task) for one in own]
            write_shard(folder, group, [row | {"instance_id": one.id} for row, one in zip(rows, own, strict=True)])
            continue
        task = {
            "Definition": ["Say it."],
            "Categories": [own[0].category],
            "Positive Examples": [{"input": "x", "output": own[0].demonstration}],
            "Instances": [{"id": one.id, "input": one.input, "output": list(one.references)} for one in own],
        }
        (folder / f"{group}.json").write_text(json.dumps(task), "utf-8")
    table: dict[str, Any] = {"benchmark": "b", "tasks": {group: [] for group in groups}}
    (road / "sources.yaml").write_text(yaml.safe_dump(table), "utf-8")
    return folder


def measure(road: Path, benchmark: str, data: Path) -> dict[str, Any]:
    evaluate.main(
        options(
            benchmark=benchmark,
            predictions=road / "predictions.jsonl",
            benchmark_data=data,
            sources=road / "sources.yaml",
            scores=road / "scores.jsonl",
            metrics=road / "found.json",
        )
    )
    found: dict[str, Any] = json.loads((road / "found.json").read_text("utf-8"))
    return found


def run(road: Path, benchmark: str, predictions: list[Prediction]) -> dict[str, Any]:
    write_jsonl(road / "predictions.jsonl", predictions)
    return measure(road, benchmark, benchmark_of(road, benchmark, predictions or [made()]))


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


def test_the_xlingual_track_counts_in_the_tokens_of_its_tokenizer(road: Path, change: Callable[..., None]) -> None:
    gpt().backend_tokenizer.save(str(road / "tokenizer.json"))
    asked = [made(references=("Cats run",), prediction="cats RUNS")]
    assert run(road, "superni", asked)["model"]["rougeL"] == 100.0
    described = {"path": "tokenizer.json", "sha256": hash_of(road / "tokenizer.json")}
    change("benchmarks.superni", track="xlingual", tokenizer=described)
    split = pieces(road / "tokenizer.json")
    found = run(road, "superni", asked)["model"]
    assert found["rougeL"] == round(100 * rouge_l(split("cats RUNS"), split("Cats run")), 4) < 100
    assert found["exact_match"] == 0.0


def test_intervals_stand_beside_the_means_and_the_benchmark_is_named(road: Path) -> None:
    asked = [made(id=f"t1-{at}", prediction="cats" if at % 2 else "dogs") for at in range(20)]
    found = run(road, "superni", asked)
    assert found["intervals"]["rougeL"]["low"] < found["model"]["rougeL"] == 50.0 < found["intervals"]["rougeL"]["high"]
    assert found["benchmark"]["name"] == "superni"
    first = found["benchmark"]["sha256"]
    assert run(road, "superni", asked[:-1])["benchmark"]["sha256"] != first
    lines = [json.loads(line) for line in (road / "scores.jsonl").read_text("utf-8").splitlines()]
    assert [line["scores"]["exact_match"] for line in lines] == [float(at % 2) for at in range(19)]


def test_a_model_that_cannot_be_weighed_has_no_bits_on_the_holdout(road: Path) -> None:
    found = run(
        road, "holdout", [made(part="hub/one"), made(id="2", part="hub/two", prediction="", unanswered="timeout")]
    )
    assert "bits_per_byte" not in found
    assert "perplexity" not in found
    assert (found["rougeL"], found["empty_answers"], found["unanswered"]) == (50.0, 1, 1)
    assert "wordless_references" not in found


def test_references_that_rouge_sees_no_word_of_are_counted(road: Path) -> None:
    chinese, mixed = ("\u4f60\u597d",), ("\u4f60\u597d, Bob",)
    given = [
        made(part="hub/one", references=chinese, prediction=chinese[0]),
        made(id="2", part="hub/one", references=mixed),
    ]
    found = run(road, "holdout", given)
    assert (found["wordless_references"], found["exact_match"], found["rougeL"]) == (1, 50.0, 0.0)


def test_no_predictions_are_refused(road: Path) -> None:
    with pytest.raises(InputError, match="at least one prediction"):
        run(road, "superni", [])


def test_a_line_that_is_no_prediction_is_refused_with_its_number(road: Path) -> None:
    path = road / "predictions.jsonl"
    write_jsonl(path, [made()])
    path.write_text(path.read_text("utf-8") + "{}\n", "utf-8")
    with pytest.raises(InputError, match="line 2"):
        measure(road, "superni", benchmark_of(road, "superni", [made()]))


ASKED = [made(id=f"t1-{number}") for number in range(3)]


@pytest.mark.parametrize(
    ("predictions", "fault"),
    [
        (ASKED[:2], r"expected a prediction to each of 3 questions, got none to t1-2;"),
        (ASKED[:1], r"none to t1-1 and 1 more"),
        ([*ASKED, ASKED[1]], r"two with the id t1-1"),
        ([made(id="other-1"), made(id="other-2")], r"predictions of this benchmark \(t1-0 and others\), got .*other-1"),
        ([*ASKED, made(id="other-1")], r"got other-1 beside them"),
        ([*ASKED[:2], made(id="t1-2", references=("dogs",))], r"inputs and references of the benchmark, got .*t1-2"),
    ],
)
def test_predictions_that_are_not_those_of_the_benchmark_are_refused(
    road: Path, predictions: list[Prediction], fault: str
) -> None:
    write_jsonl(road / "predictions.jsonl", predictions)
    with pytest.raises(InputError, match=fault):
        measure(road, "superni", benchmark_of(road, "superni", ASKED))
    assert not (road / "found.json").exists()


def test_predictions_are_measured_whatever_their_order(road: Path) -> None:
    asked = [made(id=f"t1-{number}", prediction="dogs" if number else "cats") for number in range(5)]
    run(road, "superni", asked)
    straight = (road / "scores.jsonl").read_bytes(), (road / "found.json").read_bytes()
    write_jsonl(road / "predictions.jsonl", asked[::-1])
    measure(road, "superni", benchmark_of(road, "superni", asked))
    assert straight == ((road / "scores.jsonl").read_bytes(), (road / "found.json").read_bytes())


def test_an_unknown_baseline_is_refused(road: Path, change: Callable[..., None]) -> None:
    change("evaluate", baselines=["copy_nothing"])
    with pytest.raises(ParamsError, match="copy_nothing"):
        run(road, "superni", [made()])
