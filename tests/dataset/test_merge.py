"""Merging: monotone growth, exact dedup, refusals, and books that balance."""

import argparse
import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stages.corpus import clean, collect
from stages.dataset import asking, licenses, near
from stages.dataset.inventory import Inventory
from stages.dataset.partfiles import agreed, shard_name
from stages.dataset.shards import regrouped
from stages.shared import files
from stages.shared.errors import InputError, ParamsError
from stages.shared.records import INSTANCES
from tests import house
from tests.corpus.policies import CLEAN
from tests.dataset.parts import NEAR, Row, asked, row, run, write_params, write_part

IDS = ("hub/2022-05", "corpus/seeds", "hub/2022-09", "corpus/wild")

words = st.sampled_from(["a", "b", "c"])
rows = st.lists(st.builds(row, words, words, words, license=st.sampled_from(["", "mit", "cc-by-4.0"])), max_size=12)
dataset_parts = st.lists(rows, min_size=1, max_size=4)
slow = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def content(dataset: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(dataset.iterdir())}


def ids(dataset: Path, part: str) -> list[str]:
    found: list[str] = pq.read_table(dataset / shard_name(part)).column("instance_id").to_pylist()
    return found


def test_the_seed_tasks_are_merged_whole_with_licence_and_origin(tmp_path: Path, repository: Path) -> None:
    corpus = repository / "data/sources/corpora/self-instruct-seeds.yaml"
    part = tmp_path / "corpus/self-instruct-seeds"
    part.mkdir(parents=True)
    paths = {name: part / name for name in ("records", "pairs", "dropped", "metrics")}
    paths |= {"corpus": corpus, "instances": part / "instances.parquet"}
    sections = {"collect": {"longest_record": 10_000}, "clean": CLEAN}
    (part / "params.yaml").write_text(yaml.safe_dump(sections), "utf-8")
    with contextlib.chdir(part):
        collect.main(argparse.Namespace(**paths))
        clean.main(argparse.Namespace(**paths))
    described = [("corpus/self-instruct-seeds", corpus)]
    pairs = [("corpus/self-instruct-seeds", paths["pairs"])]
    dataset = run(tmp_path, ["corpus/self-instruct-seeds"], tmp_path / "out", described=described, pairs=pairs)
    before = pq.read_table(paths["instances"]).to_pylist()
    assert pq.read_table(dataset / "corpus-self-instruct-seeds.parquet").to_pylist() == before
    metrics = files.read_json(tmp_path / "out" / "dataset.json")
    assert (metrics["instances"], metrics["tasks"], metrics["datasets"], metrics["conflicts"]) == (175, 175, 1, 0)
    assert metrics["licenses"] == {"apache-2.0": 175}
    assert (dataset / "tasks.jsonl").read_bytes() == b""


@slow
@given(dataset_parts, st.integers(1, 5))
def test_a_part_that_joins_changes_no_byte_of_an_older_shard(parts: list[list[Row]], size: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part, part_rows in zip(IDS, parts, strict=False):
            write_part(folder, part, part_rows)
        joined = IDS[: len(parts)]
        whole = content(run(folder, joined, folder / "whole", size))
        for count in range(1, len(joined)):
            earlier = content(run(folder, joined[:count], folder / f"first-{count}", size))
            for part in joined[:count]:
                assert earlier[shard_name(part)] == whole[shard_name(part)]


@slow
@given(dataset_parts)
def test_the_first_of_equal_instances_is_kept_and_every_other_one_is_accounted_for(parts: list[list[Row]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part, part_rows in zip(IDS, parts, strict=False):
            write_part(folder, part, part_rows)
        joined = IDS[: len(parts)]
        dataset = run(folder, joined, folder / "out", 3)
        seen: dict[str, str] = {}
        for part, part_rows in zip(joined, parts, strict=True):
            new = list(dict.fromkeys(one["instance_id"] for one in part_rows if one["instance_id"] not in seen))
            assert ids(dataset, part) == new
            seen |= dict.fromkeys(new, shard_name(part))
        dropped = [json.loads(line) for line in (folder / "out" / "dropped.jsonl").read_text("utf-8").splitlines()]
        duplicates = [drop for drop in dropped if drop["reason"] == "duplicate"]
        assert all(drop["detail"].startswith(f"{seen[drop['id']]} has it") for drop in duplicates)
        counts = files.read_json(folder / "out" / "dataset.json")["ledger"]["instances"]
        assert counts["read"] == sum(map(len, parts)) == counts["kept"] + len(duplicates)
        assert counts["kept"] == len(seen)


def test_without_a_part_its_rows_are_gone_and_what_it_had_first_comes_back_elsewhere(tmp_path: Path) -> None:
    both, own = row("both"), row("own")
    write_part(tmp_path, "hub/2022-05", [both, own])
    write_part(tmp_path, "hub/2022-09", [both])
    with_all = run(tmp_path, ["hub/2022-05", "hub/2022-09"], tmp_path / "all")
    assert ids(with_all, "hub/2022-09") == []
    without = run(tmp_path, ["hub/2022-09"], tmp_path / "without")
    assert sorted(path.name for path in without.iterdir()) == [
        "ATTRIBUTION.md",
        "README.md",
        "hub-2022-09.parquet",
        "licenses.csv",
        "tasks.jsonl",
    ]
    assert ids(without, "hub/2022-09") == [both["instance_id"]]


def test_a_dataset_written_over_an_older_one_keeps_nothing_of_it(tmp_path: Path) -> None:
    write_part(tmp_path, "corpus/seeds", [row("a")])
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "corpus-gone.parquet").write_bytes(b"")
    dataset = run(tmp_path, ["corpus/seeds"], tmp_path / "out", dataset=tmp_path / "old")
    assert dataset.parent.name == "out"
    assert "corpus-gone.parquet" not in content(tmp_path / "old")


def test_the_same_question_with_another_answer_stays_and_is_counted(tmp_path: Path) -> None:
    dialogue = [{"role": "user", "content": "hi", "name": None, "tool_calls": None}]
    other = [{"role": "user", "content": "ho", "name": None, "tool_calls": None}]
    first = [row("q", "i", "yes"), row("q", "i", "no"), row("", "", "", messages=dialogue)]
    write_part(tmp_path, "hub/2022-05", first)
    write_part(
        tmp_path, "corpus/seeds", [row("q", "i", "perhaps"), row("q", "i", "no"), row("", "", "", messages=other)]
    )
    run(tmp_path, ["hub/2022-05", "corpus/seeds"], tmp_path / "out")
    metrics = files.read_json(tmp_path / "out" / "dataset.json")
    assert metrics["ledger"]["instances"] == {"read": 6, "kept": 5, "dropped": {"duplicate": 1}}
    assert metrics["conflicts"] == 2


def test_a_shard_is_in_row_groups_of_the_asked_size_and_has_the_schema_of_instances(tmp_path: Path) -> None:
    write_part(tmp_path, "corpus/seeds", [row(f"q{number}") for number in range(7)])
    shard = pq.ParquetFile(run(tmp_path, ["corpus/seeds"], tmp_path / "out", 3) / "corpus-seeds.parquet")
    assert [shard.metadata.row_group(number).num_rows for number in range(shard.num_row_groups)] == [3, 3, 1]
    assert shard.schema_arrow.equals(INSTANCES)


@given(st.lists(st.integers(0, 4), max_size=6), st.integers(1, 5))
def test_how_the_batches_were_cut_does_not_show_in_the_tables(cuts: list[int], size: int) -> None:
    every = [{**row(f"q{number}"), "part": "hub/a"} for number in range(sum(cuts))]
    ends = [sum(cuts[: number + 1]) for number in range(len(cuts))]
    batches = [
        pa.RecordBatch.from_pylist(every[end - cut : end], INSTANCES) for cut, end in zip(cuts, ends, strict=True)
    ]
    tables = list(regrouped(batches, size))
    assert [one for table in tables for one in table.to_pylist()] == every
    assert all(table.num_rows == size for table in tables[:-1])
    assert all(table.column("row").num_chunks == 1 for table in tables)


def test_a_part_without_instances_has_an_empty_shard(tmp_path: Path) -> None:
    write_part(tmp_path, "hub/2022-05", [])
    assert ids(run(tmp_path, ["hub/2022-05"], tmp_path / "out"), "hub/2022-05") == []
    assert files.read_json(tmp_path / "out" / "dataset.json")["parts"] == {
        "hub/2022-05": {"instances": 0, "tasks": 0, "datasets": 0}
    }


def test_tasks_are_those_with_an_instance_each_once_in_the_order_of_parts(tmp_path: Path) -> None:
    write_part(tmp_path, "hub/2022-05", [row("a", task_id="t2"), row("b", task_id="t1")], ["t1", "t2", "t3"])
    write_part(tmp_path, "hub/2022-09", [row("c", task_id="t1"), row("d", task_id="t4")], ["t4", "t1"])
    dataset = run(tmp_path, ["hub/2022-05", "hub/2022-09"], tmp_path / "out")
    lines = (dataset / "tasks.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["task_id"] for line in lines] == ["t1", "t2", "t4"]
    metrics = files.read_json(tmp_path / "out" / "dataset.json")
    assert metrics["ledger"]["tasks"] == {"read": 5, "kept": 3, "dropped": {"no-instances": 1, "repeat": 1}}
    assert metrics["tasks"] == 3


def test_the_metrics_count_by_part_licence_terms_and_generator(tmp_path: Path) -> None:
    first = [row("a"), row("b", license="", origin="imdb:plain_text", task_id="t2"), row("c", origin="glue:sst2")]
    second = [row("d", license="cc-by-4.0", terms="openai-terms", generator="openai:gpt", origin="seed_1")]
    write_part(tmp_path, "hub/2022-05", first)
    write_part(tmp_path, "corpus/seeds", second)
    run(tmp_path, ["hub/2022-05", "corpus/seeds"], tmp_path / "out")
    inventory = Inventory(("hub/2022-05", "corpus/seeds"))
    for part, rows in (("hub/2022-05", first), ("corpus/seeds", second)):
        inventory.add(pa.RecordBatch.from_pylist([{**one, "part": part} for one in rows], INSTANCES))
    assert files.read_json(tmp_path / "out" / "dataset.json") == {
        "instances": 4,
        "tasks": 2,
        "datasets": 3,
        "conflicts": 0,
        "parts": {
            "hub/2022-05": {"instances": 3, "tasks": 2, "datasets": 2},
            "corpus/seeds": {"instances": 1, "tasks": 1, "datasets": 1},
        },
        "licenses": {"none": 1, "cc-by-4.0": 1, "mit": 2},
        "terms": {"none": 3, "openai-terms": 1},
        "generators": {"openai:gpt": 1, "template:rules-1": 3},
        "release": licenses.statement(inventory),
        "left_out": {},
        "forgotten": {},
        "duplicates": {"exact": 0, "normalised": 0, "near": 0},
        "near": {"engine": near.engine(), **NEAR},
        "contamination": {},
        "pairs": {},
        "asking": asking.report({"hub/2022-05": [asked()]}, inventory),
        "ledger": {
            "instances": {"read": 4, "kept": 4, "dropped": {}},
            "pairs": {"read": 0, "kept": 0, "dropped": {}},
            "tasks": {"read": 2, "kept": 2, "dropped": {}},
        },
    }


@pytest.mark.parametrize(
    ("given_parts", "fault"),
    [
        (["hub/2022-05"], "without corpus/seeds"),
        (["hub/2022-05", "corpus/seeds", "hub/new"], "with hub/new"),
        (["corpus/seeds", "hub/2022-05"], "another order"),
        (["hub/2022-05", "corpus/seeds", "corpus/seeds"], "another order"),
        ([], "without hub/2022-05, corpus/seeds"),
    ],
)
def test_a_command_that_disagrees_with_params_is_refused(given_parts: list[str], fault: str) -> None:
    pairs = [(part, Path(part)) for part in given_parts]
    with pytest.raises(ParamsError, match="key parts") as error:
        agreed(["hub/2022-05", "corpus/seeds"], pairs, [], [], [], [])
    assert fault in error.value.came


@pytest.mark.parametrize("named", [[], ["hub/a", "hub/a"], ["hub/a", "hub/b"]])
def test_a_wave_without_its_tasks_or_its_costs_is_refused(named: list[str]) -> None:
    parts, wrong = [("hub/a", Path("i"))], [(part, Path("t")) for part in named]
    with pytest.raises(ParamsError, match=r"--tasks for hub/a \(1\)"):
        agreed(["hub/a"], parts, wrong, [], [("hub/a", Path("m"))], [])
    with pytest.raises(ParamsError, match=r"--asked for hub/a \(1\)"):
        agreed(["hub/a"], parts, [("hub/a", Path("t"))], [], wrong, [])


def test_the_metrics_say_what_the_tasks_of_each_wave_cost(tmp_path: Path) -> None:
    write_part(tmp_path, "hub/2022-05", [row("a"), row("b", task_id="t2")], cost=0.25)
    write_part(tmp_path, "corpus/seeds", [row("c", origin="seed_1")])
    write_part(tmp_path, "hub/2022-09", [row("a"), row("d", task_id="t3")], cost=0.5)
    run(tmp_path, ["hub/2022-05", "corpus/seeds", "hub/2022-09"], tmp_path / "out")
    found = files.read_json(tmp_path / "out" / "dataset.json")["asking"]
    assert list(found["parts"]) == ["hub/2022-05", "hub/2022-09"]
    assert [one["usd_per_task"] for one in (found, *found["parts"].values())] == [0.25, 0.125, 0.5]
    assert [one["usd_per_1000_instances"] for one in (found, *found["parts"].values())] == [250, 125, 500]


def test_what_tasks_cost_changes_no_byte_of_the_dataset(tmp_path: Path) -> None:
    write_part(tmp_path, "hub/2022-05", [row("a")], cost=0.25)
    before = content(run(tmp_path, ["hub/2022-05"], tmp_path / "before"))
    files.write_json(tmp_path / "hub/2022-05/generate.json", {"asked": asked(9.0).model_dump()})
    assert content(run(tmp_path, ["hub/2022-05"], tmp_path / "after")) == before


def test_metrics_without_costs_are_refused_before_anything_is_merged(tmp_path: Path) -> None:
    write_part(tmp_path, "hub/2022-05", [row("a")])
    files.write_json(tmp_path / "hub/2022-05/generate.json", {"prompts": {}})
    with pytest.raises(InputError, match=r"generate\.json: expected the section `asked`, got record: .* \(None\)"):
        run(tmp_path, ["hub/2022-05"], tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["params.yaml"]


def test_no_code_that_asks_models_makes_merge_run_again() -> None:
    reached = house.reached(house.ROOT / "stages/dataset/merge.py")
    assert [path for path in reached if "/llm/" in path or "/hub/" in path] == []


def test_a_file_of_another_part_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    write_part(tmp_path, "corpus/seeds", [row("a")])
    write_part(tmp_path, "corpus/other", [row("b")])
    swapped = [("corpus/seeds", tmp_path / "corpus/other/instances.parquet")]
    with pytest.raises(InputError, match=r"expected rows of corpus/seeds, got corpus/other"):
        run(tmp_path, ["corpus/seeds"], tmp_path / "out", part=swapped)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["params.yaml"]


def test_an_instance_whose_id_is_not_its_content_is_refused(tmp_path: Path) -> None:
    write_part(tmp_path, "corpus/seeds", [{**row("a"), "output": "changed by hand"}])
    with pytest.raises(InputError, match="the hash of the content"):
        run(tmp_path, ["corpus/seeds"], tmp_path / "out")


def test_an_instance_of_a_task_that_is_not_listed_is_refused(tmp_path: Path) -> None:
    write_part(tmp_path, "hub/2022-05", [row("a", task_id="t9")], ["t1"])
    with pytest.raises(InputError, match="the task t9"):
        run(tmp_path, ["hub/2022-05"], tmp_path / "out")


@pytest.mark.parametrize("damage", ["cut", "text", "columns"])
def test_a_damaged_part_is_refused_with_its_file(tmp_path: Path, damage: str) -> None:
    write_part(tmp_path, "corpus/seeds", [row(f"question {number}") for number in range(50)])
    path = tmp_path / "corpus/seeds/instances.parquet"
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-20])
    elif damage == "text":
        path.write_text("no parquet", "utf-8")
    else:
        pq.write_table(pq.read_table(path).drop_columns(["license"]), path)
    with pytest.raises(InputError, match=r"instances\.parquet"):
        run(tmp_path, ["corpus/seeds"], tmp_path / "out")
    assert not (tmp_path / "out" / "dataset").exists()


def test_damage_inside_a_part_is_refused_with_its_file(tmp_path: Path) -> None:
    write_part(tmp_path, "corpus/seeds", [row(f"question {number}") for number in range(500)])
    path = tmp_path / "corpus/seeds/instances.parquet"
    damaged = bytearray(path.read_bytes())
    damaged[40:400] = b"\xff" * 360
    path.write_bytes(damaged)
    with pytest.raises(InputError, match=r"instances\.parquet"):
        run(tmp_path, ["corpus/seeds"], tmp_path / "out")


def test_the_bytes_do_not_depend_on_the_hash_seed(tmp_path: Path, repository: Path) -> None:
    many = [row(f"q{number % 9}", license=f"l{number % 4}", origin=f"d{number % 5}:c") for number in range(30)]
    write_part(tmp_path, "hub/2022-05", many)
    write_part(tmp_path, "corpus/seeds", [row("q1", output=str(number), license="mit") for number in range(5)])
    found = []
    for seed in ("0", "1"):
        out = tmp_path / seed
        out.mkdir()
        parts = ["hub/2022-05", "corpus/seeds"]
        write_params(out, parts, 10)
        options = [item for part in parts for item in ("--part", part, str(tmp_path / part / "instances.parquet"))]
        options += ["--tasks", "hub/2022-05", str(tmp_path / "hub/2022-05/tasks.jsonl")]
        options += ["--asked", "hub/2022-05", str(tmp_path / "hub/2022-05/generate.json")]
        options += ["--described", "hub/2022-05", str(tmp_path / "hub/2022-05/cards.jsonl")]
        options += ["--described", "corpus/seeds", str(tmp_path / "corpus/seeds/corpus.yaml")]
        options += ["--pairs", "corpus/seeds", str(tmp_path / "corpus/seeds/pairs.parquet"), "--kept-pairs", "pairs"]
        options += ["--benchmarks", ".", "--dataset", "dataset", "--dropped", "dropped.jsonl"]
        options += ["--metrics", "dataset.json"]
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(repository)}
        subprocess.run([sys.executable, "-m", "stages.dataset.merge", *options], cwd=out, env=environment, check=True)
        found.append({**content(out / "dataset"), "m": (out / "dataset.json").read_bytes()})
        found[-1]["d"] = (out / "dropped.jsonl").read_bytes()
    assert found[0] == found[1]


def test_every_row_still_says_where_it_is_from(tmp_path: Path) -> None:
    given_rows = [row("a", license="mit", revision="r7", row="train:3"), row("b", terms="openai-terms")]
    write_part(tmp_path, "hub/2022-05", given_rows)
    merged = pq.read_table(run(tmp_path, ["hub/2022-05"], tmp_path / "out") / "hub-2022-05.parquet").to_pylist()
    assert merged == [{**one, "part": "hub/2022-05"} for one in given_rows]
    assert Counter(one["part"] for one in merged) == {"hub/2022-05": 2}


def test_a_forgotten_source_leaves_and_what_had_given_way_to_it_comes_back(tmp_path: Path) -> None:
    write_part(
        tmp_path, "hub/2022-05", [row("a", origin="sst:x"), row("b", origin="glue:x"), row("c", origin="glue:y")]
    )
    write_part(tmp_path, "hub/2022-09", [row("b", origin="imdb:x"), row("d", origin="imdb:x")])
    write_part(tmp_path, "corpus/seeds", [row("e", taskname="seeds")])
    parts = ["corpus/seeds", "hub/2022-05", "hub/2022-09"]
    before = content(run(tmp_path, parts, tmp_path / "before"))
    dataset = run(tmp_path, parts, tmp_path / "after", rules={"drop": ["glue"]})
    assert content(dataset)["corpus-seeds.parquet"] == before["corpus-seeds.parquet"]
    assert ids(dataset, "hub/2022-05") == [row("a")["instance_id"]]
    assert ids(dataset, "hub/2022-09") == [row("b")["instance_id"], row("d")["instance_id"]]
    metrics = files.read_json(tmp_path / "after" / "dataset.json")
    assert metrics["forgotten"] == {"hub/2022-05": {"forgotten": 2}}
    assert ",glue," not in (dataset / "licenses.csv").read_text("utf-8")


def test_a_forgotten_source_leaves_a_corpus_too_that_tells_of_it_and_one_not_met_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ["glue", "glue-cola", "glued-x", "glue-all"]
    write_part(tmp_path, "corpus/glue-all", [row(name, taskname=name, origin="#1") for name in names])
    dataset = run(tmp_path, ["corpus/glue-all"], tmp_path / "out", rules={"drop": ["glue", "squda"]})
    assert ids(dataset, "corpus/glue-all") == [row("glued-x")["instance_id"], row("glue-all")["instance_id"]]
    assert capsys.readouterr().err == "merge: no row is from squda, which `merge.drop` of params.yaml names\n"


def test_the_sources_of_a_benchmark_leave_only_where_that_is_asked_for(tmp_path: Path, repository: Path) -> None:
    write_part(tmp_path, "hub/2022-05", [row("a", origin="gap:x"), row("b", origin="newspop:x")])
    write_part(tmp_path, "corpus/p3", [row("c", taskname="gap-x")])
    folder = repository / "data/sources/benchmarks"
    parts = ["hub/2022-05", "corpus/p3"]
    rules = {"exclude_sources_of": "superni-test"}
    dataset = run(tmp_path, parts, tmp_path / "out", rules=rules, benchmarks=folder)
    assert ids(dataset, "hub/2022-05") == [row("b")["instance_id"]]
    assert ids(dataset, "corpus/p3") == []
    with pytest.raises(ParamsError, match="expected a benchmark whose sources are listed, got 'gone'"):
        run(tmp_path, parts, tmp_path / "gone", rules={"exclude_sources_of": "gone"}, benchmarks=folder)


def test_fifty_parts_with_near_duplicates_across_them_stay_as_they_are_when_one_more_joins(tmp_path: Path) -> None:
    """Made of the seed tasks: each part has some anew, in other words, or with a word changed in a long input."""
    lines = (house.ROOT / "data/sources/corpora/self-instruct-seeds.jsonl").read_text("utf-8").splitlines()
    source = [{**task, **task["instances"][0]} for task in map(json.loads, lines)]
    chance = random.Random(11)
    long = "it was said in the village by the sea that " * 8
    parts = [f"corpus/p{number}" for number in range(51)]
    for part in parts:
        rows = []
        for one in chance.sample(source, 12):
            text = f"{long}{chance.choice(['nobody', 'everybody', 'somebody'])} knew. {one['input']}"
            rows.append(row(one["instruction"], text, chance.choice([one["output"], one["output"].upper()])))
        write_part(tmp_path, part, rows)
    before = content(run(tmp_path, parts[:50], tmp_path / "before"))
    after = content(run(tmp_path, parts, tmp_path / "after"))
    assert {name: after[name] for name in before if name.endswith(".parquet")} == {
        name: data for name, data in before.items() if name.endswith(".parquet")
    }
    dropped = Counter(
        json.loads(line)["reason"] for line in (tmp_path / "after/dropped.jsonl").read_text("utf-8").splitlines()
    )
    assert dropped["duplicate"] > 20
    assert dropped["near-duplicate"] > 10
