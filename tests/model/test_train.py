import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from stages.model import mix, network, opening, train
from stages.model.tokenizing import Tokens
from stages.model.trained import read_trained
from stages.shared.errors import InputError, ParamsError
from tests.model.conftest import TINY, options


def blend(road: Path, run: str, init: str) -> None:
    mix.main(
        options(
            run=run,
            dataset=road / "dataset",
            init=road / init,
            sources=road / "sources.yaml",
            mix=road / "mix" / run,
            dropped=road / "dropped.jsonl",
            metrics=road / "mix.json",
        )
    )


def run(
    road: Path, name: str = "first", init: str = "tiny.yaml", model: str = "trained", recipe: str = "tiny"
) -> dict[str, Any]:
    if not (road / "mix" / name).exists():
        blend(road, name, init)
    train.main(
        options(
            recipe=recipe,
            mix=road / "mix" / name,
            init=road / init,
            model=road / model,
            metrics=road / "metrics/train.json",
            plot=road / "metrics/train.svg",
        )
    )
    found: dict[str, Any] = json.loads((road / "metrics/train.json").read_text("utf-8"))
    return found


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_same_inputs_give_the_same_bytes(road: Path) -> None:
    one = run(road, model="one/model")
    first = contents(road / "one/model"), (road / "metrics/train.svg").read_bytes()
    two = run(road, model="two/model")
    assert one == two
    assert first == (contents(road / "two/model"), (road / "metrics/train.svg").read_bytes())


def test_another_seed_gives_another_model(road: Path, change: Callable[..., None]) -> None:
    run(road, model="one")
    change("recipes.tiny", seed=2)
    run(road, model="two")
    assert contents(road / "one")["model.safetensors"] != contents(road / "two")["model.safetensors"]


def test_training_lowers_the_loss(road: Path, change: Callable[..., None]) -> None:
    change("recipes.tiny", steps=40, log_every=10, learning_rate=0.02)
    curve = run(road)["training"]["curve"]
    assert [point["step"] for point in curve] == [10, 20, 30, 40]
    assert curve[-1]["train"] < curve[0]["train"]


def test_what_it_saw_is_written_down_and_is_what_the_ledger_kept(road: Path) -> None:
    found = run(road)
    mixed = set(pq.read_table(road / "mix/first/train.parquet")["instance_id"].to_pylist())
    seen = {one.instance_id for one in read_trained(road / "trained")}
    assert seen <= mixed
    assert len(seen) == found["instances"]["kept"] == 40  # five steps of eight
    assert found["instances"]["dropped"] == {"steps-ended": len(mixed) - 40}
    assert {one.stage for one in read_trained(road / "trained")} == {0}


def test_a_run_goes_on_from_another_and_remembers_what_that_one_saw(road: Path) -> None:
    run(road)
    before = read_trained(road / "trained")
    run(road, "second", "trained", "again")
    after = read_trained(road / "again")
    assert after[: len(before)] == before
    assert {one.stage for one in after[len(before) :]} == {1}
    assert len({one.instance_id for one in after}) == len(after)
    assert contents(road / "trained")["model.safetensors"] != contents(road / "again")["model.safetensors"]


def test_a_saved_model_is_the_same_model(road: Path) -> None:
    network.settle(1)
    made = opening.open_model(road / "tiny.yaml")
    (road / "saved").mkdir()
    network.save(made, road / "saved")
    loaded = opening.open_model(road / "saved")
    question = Tokens([5, 6, 1], [7, 1], 0)
    assert network.weights(made, [question]) == network.weights(loaded, [question])
    said = [network.write_until_ends(one, [[5, 6, 1]], 9, [1]) for one in (made, loaded)]
    assert said[0] == said[1]


def test_a_small_mix_ends_after_its_passes(road: Path, change: Callable[..., None]) -> None:
    change("recipes.tiny", steps=1000, passes=1)
    found = run(road)
    assert found["training"]["curve"][-1]["step"] == -(-found["instances"]["read"] // 8)


def test_an_empty_mix_is_refused(road: Path, change: Callable[..., None]) -> None:
    change("benchmarks.holdout", share=0.9999999)
    with pytest.raises(InputError, match="at least one instance"):
        run(road)
    assert not (road / "trained").exists()
    assert not list(road.glob(".*partial"))


@pytest.mark.parametrize(
    "content",
    [
        "kind: endpoint",
        "[]",
        yaml.safe_dump(TINY | {"seed": "one"}),
        yaml.safe_dump(TINY | {"extra": 1}),
        yaml.safe_dump(TINY | {"encoding": {"source_bytes": 0, "target_bytes": 1, "instruction_share": 2}}),
    ],
)
def test_a_description_of_another_form_is_refused_by_name(road: Path, content: str) -> None:
    (road / "tiny.yaml").write_text(content, "utf-8")
    with pytest.raises(InputError, match=r"tiny\.yaml"):
        run(road)


@pytest.mark.parametrize("file", ["model.safetensors", "config.json", "encoding.json"])
def test_a_damaged_model_is_refused(road: Path, file: str) -> None:
    run(road)
    (road / "trained" / file).write_text("{", "utf-8")
    with pytest.raises(InputError, match="trained"):
        opening.open_model(road / "trained")


@pytest.mark.parametrize("values", [{"steps": 0}, {"batch": 0}, {"seconds": 60}])
def test_impossible_params_are_refused(road: Path, change: Callable[..., None], values: dict[str, Any]) -> None:
    change("recipes.tiny", **values)
    with pytest.raises(ParamsError, match=r"section recipes\.tiny"):
        run(road)


def test_the_shipped_model_has_about_half_a_million_parameters(repository: Path) -> None:
    network.settle(1)
    model = opening.open_model(repository / "data/sources/models/tiny.yaml")
    assert 450_000 < network.parameters(model) < 600_000
    assert model.encoding
    assert (model.encoding.source_bytes, model.encoding.instruction_share) == (96, 0.6)
