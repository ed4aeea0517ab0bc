"""The stage: one file of numbers and two pictures, the same bytes every time, and parts that keep their numbers."""

import argparse
import contextlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from stages.dataset import analyze
from stages.shared import files
from stages.shared.errors import InputError
from stages.shared.files import json_bytes
from stages.shared.records import Card
from tests.dataset import parts
from tests.dataset.parts import row

SIZES = {"instructions": 1000, "compared": 100, "rows": 1000, "points": 40}
TWO = ("hub/one", "corpus/seeds")
OUTPUTS = ("analyze.json", "verbs.svg", "map.svg")


def card(taskname: str, *categories: str) -> Card:
    texts = dict.fromkeys(
        ("config", "revision", "website", "license", "license_found", "summary", "supported_tasks", "data_fields"), ""
    )
    return Card(
        taskname=taskname, dataset="glue", **texts, languages=("en",), task_categories=categories, task_ids=(),
        features={}, splits={},
    )  # fmt: skip


@pytest.fixture
def given(tmp_path: Path, seed_rows: list[tuple[str, str, str]]) -> Path:
    """A folder with parts to merge and the cards of a wave."""
    folder = tmp_path / "parts"
    rows = [row(f"Write a question about the text {number % 3}.", f"text {number}") for number in range(9)]
    parts.write_part(folder, "hub/one", rows)
    parts.write_part(folder, "corpus/seeds", [row(*texts, origin="s", task_id=texts[0]) for texts in seed_rows])
    parts.write_part(folder, "hub/two", [row("Name the <b>author</b>.", f"book {number}") for number in range(4)])
    for wave in ("one", "two"):
        files.write_jsonl(folder / f"{wave}.jsonl", [card("glue-cola", "text-classification", "other")])
    return folder


def analysed(folder: Path, names: Sequence[str], out: Path, **sizes: int) -> dict[str, Any]:
    """Merge parts, analyse the dataset, and return the numbers."""
    dataset = parts.run(folder, names, out)
    params = yaml.safe_load((out / "params.yaml").read_text("utf-8"))
    (out / "params.yaml").write_text(yaml.safe_dump({**params, "analyze": {**SIZES, **sizes}}), "utf-8")
    waves = [name for name in names if name.startswith("hub/")]
    options = {
        "dataset": dataset,
        "cards": [(name, folder / f"{name.removeprefix('hub/')}.jsonl") for name in waves],
        "metrics": out / OUTPUTS[0],
        "verbs": out / OUTPUTS[1],
        "map": out / OUTPUTS[2],
    }
    with contextlib.chdir(out):
        analyze.main(argparse.Namespace(**options))
    found: dict[str, Any] = json.loads((out / OUTPUTS[0]).read_text("utf-8"))
    return found


def test_the_numbers_of_all_and_of_each_part_are_there(given: Path, tmp_path: Path) -> None:
    found = analysed(given, TWO, tmp_path / "out")
    assert list(found["parts"]) == list(TWO)
    assert found["instances"] == sum(part["instances"] for part in found["parts"].values()) == 184
    assert found["parts"]["hub/one"]["verbs"] == {
        "looked_at": 3, "with_pair": 3, "unique_pairs": 1, "mean": 3, "spread": 0
    }  # fmt: skip
    assert found["root_verbs"]["write"] >= 3
    assert len(found["root_verbs"]) == len(found["objects"]) == 20
    assert found["objects"]["write"].startswith("question 4,")  # three here, one among the seeds
    assert found["task_categories"] == {
        "other": {"tasks": 1, "instances": 9}, "text-classification": {"tasks": 1, "instances": 9}
    }  # fmt: skip
    assert found["hub_tasks"]["input_fields"] == {"1": 1}


def test_the_same_dataset_gives_the_same_bytes(given: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    analysed(given, TWO, one)
    analysed(given, TWO, two)
    assert [(one / name).read_bytes() for name in OUTPUTS] == [(two / name).read_bytes() for name in OUTPUTS]


def test_a_part_that_joins_leaves_the_numbers_of_the_others(given: Path, tmp_path: Path) -> None:
    few = {"instructions": 50, "rows": 60, "points": 20}
    before = analysed(given, TWO, tmp_path / "one", **few)
    after = analysed(given, [*TWO, "hub/two"], tmp_path / "two", **few)
    assert {part: after["parts"][part] for part in TWO} == before["parts"]
    assert after["instances"] == before["instances"] + 4


def test_every_number_can_be_compared_between_versions(given: Path, tmp_path: Path) -> None:
    # `dvc metrics diff` lays out nested objects; it has no place for lists.
    assert b"[" not in json_bytes(analysed(given, TWO, tmp_path / "out"))


def test_a_missing_shard_is_named(given: Path, tmp_path: Path) -> None:
    analysed(given, TWO, tmp_path / "out")
    (tmp_path / "out/dataset/corpus-seeds.parquet").unlink()
    with contextlib.chdir(tmp_path / "out"), pytest.raises(InputError, match="corpus-seeds"):
        analyze.main(
            argparse.Namespace(
                dataset=tmp_path / "out/dataset", cards=[], metrics=Path("a"), verbs=Path("b"), map=Path("c")
            )
        )


def test_a_damaged_shard_is_named(given: Path, tmp_path: Path) -> None:
    analysed(given, TWO, tmp_path / "out")
    shard = tmp_path / "out/dataset/hub-one.parquet"
    shard.write_bytes(shard.read_bytes()[:500])
    with contextlib.chdir(tmp_path / "out"), pytest.raises(InputError, match="hub-one"):
        analyze.main(
            argparse.Namespace(
                dataset=tmp_path / "out/dataset", cards=[], metrics=Path("a"), verbs=Path("b"), map=Path("c")
            )
        )


def test_a_dataset_without_instances_is_analysed(given: Path, tmp_path: Path) -> None:
    parts.write_part(given, "corpus/empty", [])
    found = analysed(given, ["corpus/empty"], tmp_path / "out")
    assert (found["instances"], found["root_verbs"], found["task_categories"]) == (0, {}, {})
