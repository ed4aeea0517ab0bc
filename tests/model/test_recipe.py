import math
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from stages.model.recipe import Recipe, length, rate, read_recipe
from stages.shared.errors import ParamsError
from tests.house import ROOT
from tests.model.conftest import PARAMS

SHIPPED: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "params.yaml").read_text("utf-8"))["recipes"]


def recipe(**changes: Any) -> Recipe:
    return Recipe.model_validate({**PARAMS["recipes"]["tiny"], **changes})


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_recipe_is_one(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert read_recipe(name).batch == SHIPPED[name]["batch"]


def test_the_recipes_of_the_papers_have_their_numbers() -> None:
    """Spec A10, B7 and C0."""
    for name, batch, high, epochs, limit in [
        ("t5-3b", 16, 1e-5, 2, ("source_length", 512)),
        ("llama-7b", 128, 3e-4, 3, ("max_length", 512)),
        ("llama-7b-lora", 128, 3e-4, 3, ("max_length", 512)),
        ("explore-lm-7b", 128, 2e-5, 3, ("max_length", 512)),
        ("ailurus-lora", 1, 2e-5, 2, ("max_length", 512)),
        ("tk-instruct-3b", 16, 5e-5, 2, ("source_length", 1024)),
    ]:
        found = SHIPPED[name]
        key, size = limit
        assert (found["batch"], found["learning_rate"], found["epochs"], found[key]) == (batch, high, epochs, size)
    assert SHIPPED["ailurus-lora"]["lora"] == {"r": 8, "alpha": 16, "dropout": 0.1, "targets": ["q_proj", "v_proj"]}
    assert SHIPPED["tk-instruct-3b"]["target_length"] == 128
    assert (SHIPPED["explore-lm-7b"]["warmup"], SHIPPED["explore-lm-7b"]["schedule"]) == (0.03, "cosine")


def test_launch_files_are_for_recipes_that_name_them() -> None:
    said = (ROOT / "params.yaml").read_text("utf-8")
    files = sorted((ROOT / "stages/model/launch").glob("*.yaml"))
    assert files
    for file in files:
        assert f"stages/model/launch/{file.name}" in said
        assert yaml.safe_load(file.read_text("utf-8"))["distributed_type"] == "FSDP"


def test_an_unknown_recipe_and_an_unknown_key_are_refused_by_name(tmp_path: Path, road: Path) -> None:
    with pytest.raises(ParamsError, match="'nothing'"):
        read_recipe("nothing")
    found = yaml.safe_load((road / "params.yaml").read_text("utf-8"))
    found["recipes"]["tiny"]["beams"] = 4
    (road / "params.yaml").write_text(yaml.safe_dump(found), "utf-8")
    with pytest.raises(ParamsError, match=r"section recipes\.tiny.*beams"):
        read_recipe("tiny")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"epochs": 2}, "give epochs, or steps with passes"),
        ({"steps": None}, "give epochs, or steps with passes"),
        ({"warmup": 1.5}, "share below 1"),
        ({"packing": True}, "takes no lengths"),
        ({"format": "alpaca"}, "give max_length"),
        ({"format": "alpaca", "max_length": 9, "source_length": 9, "target_length": 9}, "give max_length"),
        ({"format": "alpaca", "source_length": 9, "target_length": 9, "packing": True}, "decoder-only"),
        ({"format": "shouting", "max_length": 9}, "format"),
    ],
)
def test_a_recipe_that_contradicts_itself_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        recipe(**changes)


def test_epochs_see_every_instance_and_passes_bound_steps() -> None:
    assert length(17, recipe(epochs=3, steps=None, passes=None)) == 3 * 3
    assert length(17, recipe(steps=1000, passes=2)) == 2 * 3
    assert length(17, recipe(steps=4, passes=2)) == 4


def test_the_rate_rises_and_then_follows_its_schedule() -> None:
    linear, cosine, constant = (
        [rate(step, 10, recipe(schedule=schedule, warmup=4)) for step in range(10)]
        for schedule in ("linear", "cosine", "constant")
    )
    assert linear[:4] == cosine[:4] == constant[:4] == [0.25, 0.5, 0.75, 1.0]
    assert linear[4:] == [pytest.approx((10 - step) / 6) for step in range(4, 10)]
    assert cosine[4:] == [pytest.approx(math.cos(math.pi * (step - 4) / 12) ** 2) for step in range(4, 10)]
    assert constant[4:] == [1.0] * 6


@given(st.integers(1, 50), st.one_of(st.integers(0, 60), st.floats(0, 0.99)), st.sampled_from(["linear", "cosine"]))
def test_every_step_learns_something_and_none_more_than_the_highest_rate(
    total: int, warmup: int | float, schedule: str
) -> None:
    found = [rate(step, total, recipe(schedule=schedule, warmup=warmup)) for step in range(total)]
    assert all(0 < one <= 1 for one in found)


def test_a_share_of_all_steps_warms_up_as_so_many_steps_do() -> None:
    assert [rate(step, 40, recipe(warmup=0.1)) for step in range(40)] == [
        rate(step, 40, recipe(warmup=4)) for step in range(40)
    ]
