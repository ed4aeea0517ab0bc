import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stages.model import mix, places
from stages.model.holdout import is_held_out
from stages.model.replay import RULES
from stages.model.trained import write_trained
from stages.shared.errors import InputError, ParamsError
from stages.shared.records import INSTANCES
from tests.model.conftest import PARAMS, instance, options, write_shard

SHARE = 0.2


def run(road: Path, name: str = "first", init: str = "tiny.yaml", out: str = "mix") -> dict[str, Any]:
    """Run the stage and return its metrics."""
    mix.main(
        options(
            run=name,
            dataset=road / "dataset",
            init=road / init,
            sources=road / "sources.yaml",
            mix=road / out / "rows",
            dropped=road / out / "dropped.jsonl",
            metrics=road / f"{out}.json",
        )
    )
    found: dict[str, Any] = json.loads((road / f"{out}.json").read_text("utf-8"))
    return found


def ids(road: Path, side: str, out: str = "mix") -> list[str]:
    return list(pq.read_table(road / out / "rows" / f"{side}.parquet")["instance_id"].to_pylist())


def dataset_rows(road: Path, part: str) -> list[dict[str, Any]]:
    return list(pq.read_table(road / "dataset" / f"hub-{part}.parquet").to_pylist())


def dropped(road: Path, reason: str) -> set[str]:
    lines = (road / "mix/dropped.jsonl").read_text("utf-8").splitlines()
    return {one["id"] for one in map(json.loads, lines) if one["reason"] == reason}


def test_train_validation_and_holdout_share_nothing_and_together_are_the_part(road: Path) -> None:
    run(road)
    train, validation, held = set(ids(road, "train")), set(ids(road, "validation")), dropped(road, "held-out")
    sources = dropped(road, "benchmark-source")
    groups = [train, validation, held, sources]
    assert all(groups)
    assert sum(map(len, groups)) == len(set().union(*groups)) == len(dataset_rows(road, "one"))
    assert held == {row["instance_id"] for row in dataset_rows(road, "one") if is_held_out(row["instance_id"], SHARE)}


def test_nothing_of_a_source_of_the_test_tasks_is_trained_on(road: Path) -> None:
    run(road, "all")
    for side in ("train", "validation"):
        origins = pq.read_table(road / f"mix/rows/{side}.parquet")["origin"].to_pylist()
        assert not [origin for origin in origins if origin.startswith("glue")]


def test_sources_stay_in_where_the_params_say_null(road: Path, change: Callable[..., None]) -> None:
    change("mix", exclude_sources_of=None)
    run(road)
    assert not dropped(road, "benchmark-source")


def test_rows_keep_licence_terms_source_and_generator(road: Path) -> None:
    run(road)
    table = pq.read_table(road / "mix/rows/train.parquet")
    assert table.schema.equals(INSTANCES)
    known = {row["instance_id"]: row for row in dataset_rows(road, "one")}
    assert all(row == known[row["instance_id"]] for row in table.to_pylist())


def test_a_part_that_joins_moves_nothing_that_was_there(road: Path) -> None:
    run(road, "first", out="mix")
    run(road, "all", out="more")
    for side in ("train", "validation"):
        before = ids(road, side)
        assert [id for id in ids(road, side, "more") if id in set(before)] == before


def test_the_order_is_not_that_of_the_dataset(road: Path) -> None:
    run(road)
    order = [row["instance_id"] for row in dataset_rows(road, "one")]
    assert ids(road, "train") != [id for id in order if id in set(ids(road, "train"))]


def test_a_slice_at_a_time_gives_the_same_rows(road: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(road, "all")
    monkeypatch.setattr(places, "SLICE", 7)
    monkeypatch.setattr(places, "FILES", 3)
    run(road, "all", out="sliced")
    for side in ("train", "validation"):
        assert ids(road, side) == ids(road, side, "sliced")


def test_the_cap_keeps_the_first_of_each_task_in_the_order_of_the_mix(road: Path, change: Callable[..., None]) -> None:
    run(road, "all")
    whole = ids(road, "train"), ids(road, "validation")
    change("mix", per_task=3)
    found = run(road, "all", out="capped")
    rows = {row["instance_id"]: row["task_id"] for part in ("one", "two") for row in dataset_rows(road, part)}
    for side, before in zip(("train", "validation"), whole, strict=True):
        assert [id for id in before if id in set(ids(road, side, "capped"))] == ids(road, side, "capped")
    kept = [rows[id] for side in ("train", "validation") for id in ids(road, side, "capped")]
    assert max(kept.count(task) for task in kept) == 3
    assert found["instances"]["dropped"]["per-task-cap"] > 0


def make_trained(road: Path, part: str) -> list[str]:
    """A trained model's history: everything of a part that training may see, and one instance that is gone."""
    (road / "trained").mkdir()
    seen = [
        (row["instance_id"], row["task_id"], row["part"])
        for row in dataset_rows(road, part)
        if not is_held_out(row["instance_id"], SHARE) and not row["origin"].startswith("glue")
    ]
    write_trained(road / "trained", [], [*seen, ("0" * 16, "task", f"hub/{part}")])
    return [id for id, _, _ in seen]


def test_nothing_is_replayed_unless_a_strategy_says_so(road: Path) -> None:
    seen = make_trained(road, "one")
    found = run(road, "second", "trained")
    assert found["replays"] == {"read": 0, "kept": 0, "dropped": {}}
    assert not set(seen) & {*ids(road, "train"), *ids(road, "validation")}


@pytest.mark.parametrize("strategy", RULES)
def test_a_strategy_replays_some_instances_of_the_tasks_it_chooses(
    road: Path, change: Callable[..., None], strategy: str
) -> None:
    seen = make_trained(road, "one")
    change("runs.second", replay={"strategy": strategy})
    found = run(road, "second", "trained")
    chosen = [one["task_id"] for one in found["replay"]["tasks"]]
    assert (len(chosen), len(set(chosen)), found["replay"]["candidates"]) == (4, 4, 10)
    own = {row["instance_id"] for row in dataset_rows(road, "two")}
    tasks = {row["instance_id"]: row["task_id"] for row in dataset_rows(road, "one")}
    again = [id for id in (*ids(road, "train"), *ids(road, "validation")) if id not in own]
    assert Counter(tasks[id] for id in again) == dict.fromkeys(chosen, 3)
    assert set(again) <= set(seen)
    counts = found["replays"]
    assert (counts["read"], counts["kept"]) == (len(seen) + 1, 12)
    assert set(counts["dropped"]) == {"other-task", "per-task-cap"}


def test_strategies_choose_differently_and_the_same_run_chooses_the_same(
    road: Path, change: Callable[..., None]
) -> None:
    make_trained(road, "one")
    chosen = {}
    for strategy in ("instruction-diverse", "instruction-similar", "instruction-diverse"):
        change("runs.second", replay={"strategy": strategy})
        tasks = [one["task_id"] for one in run(road, "second", "trained")["replay"]["tasks"]]
        assert chosen.setdefault(strategy, tasks) == tasks
    assert chosen["instruction-diverse"] != chosen["instruction-similar"]


def test_a_run_may_replay_otherwise_and_a_wrong_key_is_refused(road: Path, change: Callable[..., None]) -> None:
    make_trained(road, "one")
    change("mix", replay={**PARAMS["mix"]["replay"], "strategy": "instruction-similar"})
    change("runs.second", replay={"tasks": 2, "per_task": None})
    found = run(road, "second", "trained")
    assert (found["replay"]["strategy"], len(found["replay"]["tasks"])) == ("instruction-similar", 2)
    assert "per-task-cap" not in found["replays"]["dropped"]
    change("runs.second", replay={"strategy": "most-diverse"})
    with pytest.raises(ParamsError, match=r"runs\.second\.replay"):
        run(road, "second", "trained")


def test_an_instance_that_has_left_the_dataset_is_not_replayed_and_is_counted(
    road: Path, change: Callable[..., None]
) -> None:
    (road / "trained").mkdir()
    seen = [(row["instance_id"], row["task_id"], row["part"]) for row in dataset_rows(road, "one")]
    write_trained(road / "trained", [], [*seen, ("0" * 16, seen[0][1], "hub/one")])
    change("runs.second", replay={"strategy": "instruction-similar", "tasks": 100, "per_task": None})
    found = run(road, "second", "trained")["replays"]
    assert found["dropped"]["gone"] == 1
    assert dropped(road, "gone") == {"0" * 16}


def test_a_cap_of_a_part_counts_its_own_instances_of_a_task_that_another_part_has_too(
    road: Path, change: Callable[..., None]
) -> None:
    for part in ("one", "two"):
        rows = [instance("Say", f"{part} {n}", "x", f"hub/{part}", "banking77:c", "task") for n in range(20)]
        write_shard(road / "dataset", f"hub/{part}", rows)
    change("runs.all", parts=[{"part": "hub/one", "per_task": 3}, {"part": "hub/two", "per_task": 2}])
    run(road, "all")
    kept = {*ids(road, "train"), *ids(road, "validation")}
    for part, count in (("one", 3), ("two", 2)):
        assert len(kept & {row["instance_id"] for row in dataset_rows(road, part)}) == count


def test_what_is_the_runs_own_is_no_replay(road: Path, change: Callable[..., None]) -> None:
    seen = make_trained(road, "two")
    change("runs.second", replay={"strategy": "instruction-support"})
    found = run(road, "second", "trained")
    assert found["replays"]["kept"] == 0
    assert found["replays"]["dropped"]["own-instance"] == len(seen)
    assert len(ids(road, "train")) == len(set(ids(road, "train")))


def test_an_instance_without_output_teaches_nothing(road: Path) -> None:
    rows = [instance("Say", str(n), (" \n", "x")[n % 2], "hub/one", "banking77:c", "t") for n in range(40)]
    write_shard(road / "dataset", "hub/one", rows)
    found = run(road)
    assert found["instances"]["dropped"]["empty-output"] > 0
    assert all(row.strip() for row in pq.read_table(road / "mix/rows/train.parquet")["output"].to_pylist())


def test_an_empty_part_makes_an_empty_mix(road: Path) -> None:
    write_shard(road / "dataset", "hub/one", [])
    assert run(road)["instances"] == {"read": 0, "kept": 0, "dropped": {}}
    assert ids(road, "train") == []


@pytest.mark.parametrize(
    ("section", "values", "where"),
    [
        ("runs.first", {"parts": ["hub/three"]}, "runs.first.parts"),
        ("runs.first", {"parts": "some"}, "runs.first"),
        ("mix", {"exclude_sources_of": "another"}, "mix.exclude_sources_of"),
        ("mix", {"replay": 1.5}, "section mix"),
        ("mix", {"per_task": 0}, "section mix"),
        ("mix", {"unknown": 1}, "section mix"),
    ],
)
def test_impossible_params_are_refused_by_key(
    road: Path, change: Callable[..., None], section: str, values: dict[str, Any], where: str
) -> None:
    change(section, **values)
    with pytest.raises(ParamsError, match=where):
        run(road)


def test_a_run_that_params_do_not_know_is_refused(road: Path) -> None:
    with pytest.raises(ParamsError, match="third"):
        run(road, "third")


def test_a_missing_shard_is_refused(road: Path) -> None:
    (road / "dataset/hub-one.parquet").unlink()
    with pytest.raises(InputError, match=r"hub-one\.parquet"):
        run(road)


def test_a_damaged_shard_is_refused(road: Path) -> None:
    (road / "dataset/hub-one.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(InputError, match=r"hub-one\.parquet"):
        run(road)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(size=st.integers(0, 60), more=st.integers(0, 60), share=st.floats(0, 0.9), validation=st.floats(0, 0.9))
def test_growth_is_monotone_whatever_the_shares(
    road: Path, size: int, more: int, share: float, validation: float
) -> None:
    path = road / "params.yaml"
    found = yaml.safe_load(path.read_text("utf-8"))
    found["benchmarks"]["holdout"]["share"], found["mix"]["validation"] = share, validation
    path.write_text(yaml.safe_dump(found), "utf-8")
    rows = [instance("Say", str(n), "x", "hub/one", "banking77:c", "t") for n in range(size + more)]
    sides = []
    for count in (size, size + more):
        write_shard(road / "dataset", "hub/one", rows[:count])
        run(road)
        sides.append((ids(road, "train"), ids(road, "validation")))
        assert not set(sides[-1][0]) & set(sides[-1][1])
    for small, large in zip(*sides, strict=True):
        assert [id for id in large if id in set(small)] == small


def test_the_bytes_do_not_depend_on_the_hash_seed(road: Path, repository: Path) -> None:
    found = []
    for seed in ("1", "2"):
        command = [
            sys.executable,
            "-m",
            "stages.model.mix",
            "--run",
            "all",
            "--dataset",
            "dataset",
            "--init",
            "tiny.yaml",
        ]
        command += [
            "--sources",
            "sources.yaml",
            "--mix",
            f"m{seed}",
            "--dropped",
            f"d{seed}",
            "--metrics",
            f"{seed}.json",
        ]
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(repository)}
        subprocess.run(command, check=True, env=environment, cwd=road)
        files = [road / f"m{seed}/train.parquet", road / f"m{seed}/validation.parquet", road / f"d{seed}"]
        found.append([file.read_bytes() for file in (*files, road / f"{seed}.json")])
    assert found[0] == found[1]


@pytest.mark.parametrize("name", ["mix", "evaluate", "summarize"])
def test_stages_without_a_model_do_not_load_torch(repository: Path, name: str) -> None:
    code = f"import sys, stages.model.{name}; sys.exit(any(m in sys.modules for m in ('torch', 'transformers')))"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=repository)


def test_the_benchmark_makes_a_run_as_it_is_described_today(repository: Path) -> None:
    subprocess.run([sys.executable, "-m", "tests.benchmarks.mix", "1000"], check=True, cwd=repository)
