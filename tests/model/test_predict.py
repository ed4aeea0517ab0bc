import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stages.model import network, opening, predict
from stages.model.codec import END, source_ids, target_ids
from stages.model.holdout import is_held_out, rank
from stages.model.predictions import Prediction
from stages.model.tokenizing import Tokens
from stages.model.trained import write_trained
from stages.shared.errors import InputError, ParamsError
from stages.shared.files import read_jsonl
from tests.model.conftest import instance, options, write_shard


def run(road: Path, benchmark: str, model: str = "tiny.yaml", out: str = "out") -> list[Prediction]:
    predict.main(
        options(
            benchmark=benchmark,
            model=road / model,
            benchmark_data=road / ("superni" if benchmark == "superni" else "dataset"),
            sources=road / "sources.yaml",
            predictions=road / out / "predictions.jsonl",
            dropped=road / out / "dropped.jsonl",
            metrics=road / out / "metrics.json",
        )
    )
    return list(read_jsonl(road / out / "predictions.jsonl", Prediction))


def counts(road: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((road / "out/metrics.json").read_text("utf-8"))["instances"]
    return found


def test_the_first_instances_of_each_task_are_asked(road: Path) -> None:
    found = run(road, "superni")
    files = sorted((road / "superni").glob("task*.json"))
    wanted = [one["id"] for file in files for one in json.loads(file.read_text("utf-8"))["Instances"][:3]]
    assert [one.id for one in found] == wanted
    assert counts(road)["kept"] == len(wanted)


def test_a_prediction_carries_what_it_is_measured_by(road: Path) -> None:
    one = run(road, "superni")[0]
    task = json.loads(next((road / "superni").glob("task1393_*.json")).read_text("utf-8"))
    assert one.category == "cause_effect_classification"
    assert list(one.references) == task["Instances"][0]["output"]
    assert one.demonstration == task["Positive Examples"][0]["output"]
    assert one.bits is None


def test_the_same_model_gives_the_same_bytes(road: Path) -> None:
    for out in ("one", "two"):
        run(road, "holdout", out=out)
    assert (road / "one/predictions.jsonl").read_bytes() == (road / "two/predictions.jsonl").read_bytes()


def test_the_holdout_is_asked_part_by_part_lowest_hash_first(road: Path) -> None:
    found = run(road, "holdout")
    assert [one.part for one in found] == ["hub/one"] * 5 + ["hub/two"] * 5
    assert all(is_held_out(one.id, 0.2) for one in found)
    assert [rank(one.id) for one in found[:5]] == sorted(rank(one.id) for one in found[:5])
    dropped = counts(road)["dropped"]
    assert dropped["per-part-cap"] > 0
    assert dropped["benchmark-source"] > 0


def test_a_parts_sample_stays_when_another_part_joins(road: Path) -> None:
    both = run(road, "holdout")
    (road / "dataset/hub-two.parquet").unlink()
    assert [one.id for one in run(road, "holdout")] == [one.id for one in both if one.part == "hub/one"]


def test_bits_are_those_of_the_reference_alone(road: Path) -> None:
    network.settle(1)
    model = opening.open_model(road / "tiny.yaml")
    assert model.encoding
    rows = [instance("Say it", f"{n} and more", "words " * (n % 5 + 1), "hub/one", "a:b", "t") for n in range(40)]
    write_shard(road / "dataset", "hub/one", rows)
    known = {row["instance_id"]: row for row in rows}
    for one in run(road, "holdout")[:5]:
        row = known[one.id]
        target = target_ids(model.encoding, row["output"])
        alone = network.bits(model, [Tokens(source_ids(model.encoding, "Say it", row["input"]), target, 0)])[0]
        assert one.bits == pytest.approx(alone, abs=1e-3)
        assert one.bytes == len(target) - (target[-1] == END)


def test_a_model_that_saw_the_holdout_is_refused(road: Path) -> None:
    held = run(road, "holdout")[3]
    network.settle(1)
    (road / "trained").mkdir()
    network.save(opening.open_model(road / "tiny.yaml"), road / "trained")
    write_trained(road / "trained", [], [("0" * 16, "t", "hub/one")])
    run(road, "holdout", "trained")
    write_trained(road / "trained", [], [(held.id, "t", "hub/one")])
    with pytest.raises(InputError, match=held.id):
        run(road, "holdout", "trained", out="refused")
    assert not (road / "refused/predictions.jsonl").exists()


def test_a_task_whose_sources_nobody_named_is_refused(road: Path) -> None:
    (road / "sources.yaml").write_text("benchmark: superni-test\ntasks: {}\n", "utf-8")
    with pytest.raises(InputError, match="task1393"):
        run(road, "superni")


def test_a_benchmark_without_instances_is_refused(road: Path, change: Callable[..., None]) -> None:
    change("benchmarks.holdout", share=0.0)
    with pytest.raises(InputError, match="at least one instance"):
        run(road, "holdout")


@pytest.mark.parametrize(
    ("values", "where"),
    [({"kind": "other"}, r"benchmarks\.superni\.kind"), ({"per_task": 0}, "superni"), ({"more": 1}, "superni")],
)
def test_impossible_params_are_refused(
    road: Path, change: Callable[..., None], values: dict[str, Any], where: str
) -> None:
    change("benchmarks.superni", **values)
    with pytest.raises(ParamsError, match=where):
        run(road, "superni")


def test_an_unknown_benchmark_is_refused(road: Path) -> None:
    with pytest.raises(ParamsError, match="nothing-of-it"):
        run(road, "nothing-of-it")
