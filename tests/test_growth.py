"""A dataset grows, remembers every size it has been, and goes back: with the real git, DVC and an S3 server."""

import json
import os
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.clone import Clone, hashes, new_clone, ran
from tests.conftest import Bucket
from tests.growth import small
from tests.waiting import until

HUB_STAGES = ("crawl", "select", "generate", "filter", "organize")
GROWTH = ("banking77", "circa")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    clone = new_clone(tmp_path_factory.mktemp("growth"))
    small(clone, "growth-1-holdout", "all-holdout")
    clone.repro()
    clone.commit("Two waves and a corpus", tag="v1")
    return clone


@pytest.fixture
def clone(built: Clone, tmp_path: Path) -> Clone:
    return built.copy(tmp_path / "clone")


@dataclass(frozen=True)
class Grown:
    """A clone to which a wave was added, and the stages that ran for it, in order."""

    clone: Clone
    done: list[str]


@pytest.fixture(scope="module")
def built_on(built: Clone, tmp_path_factory: pytest.TempPathFactory) -> Grown:
    clone = built.copy(tmp_path_factory.mktemp("grown") / "clone")
    clone.run("sauropod", "grow", "2022-11", "--dataset", *GROWTH)
    done = clone.repro()
    clone.commit("Two more datasets", tag="v2")
    return Grown(clone, done)


@pytest.fixture
def grown(built_on: Grown, tmp_path: Path) -> Clone:
    return built_on.clone.copy(tmp_path / "clone")


def instances(clone: Clone, shard: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = pq.read_table(clone.root / "data/dataset" / shard).to_pylist()
    return rows


def dataset_metrics(clone: Clone) -> dict[str, object]:
    found: dict[str, object] = json.loads((clone.root / "metrics/dataset.json").read_text("utf-8"))
    return found


def test_building_again_runs_nothing_and_leaves_git_clean(clone: Clone) -> None:
    said = clone.run("dvc", "repro")
    assert ran(said) == []
    assert "Data and pipelines are up to date." in said
    assert clone.run("git", "status", "--porcelain") == ""


def test_growing_runs_the_stages_of_the_new_wave_and_what_follows_merge(built: Clone, built_on: Grown) -> None:
    clone, done = built_on.clone, built_on.done
    before = hashes(built.root / "data/dataset")
    assert done[: len(HUB_STAGES)] == [f"{stage}@2022-11" for stage in HUB_STAGES]
    assert {name.split("@")[0] for name in done[len(HUB_STAGES) :]} == {
        "merge", "analyze", "audit", "mix", "train", "predict", "evaluate", "summarize", "report",
    }  # fmt: skip
    # The runs on fixed parts see the same bytes as before: they are not trained again.
    assert [name for name in done if name.startswith("train@")] == ["train@all"]
    after = hashes(clone.root / "data/dataset")
    older = [name for name in before if name.endswith(".parquet")]
    assert len(older) == 3
    assert {name: after[name] for name in older} == {name: before[name] for name in older}
    new = instances(clone, "hub-2022-11.parquet")
    assert {row["origin"] for row in new} == {f"{dataset}:default" for dataset in GROWTH}


def test_the_way_back_to_a_tag_gives_the_bytes_of_then(grown: Clone, built: Clone) -> None:
    then = hashes(built.root / "data/dataset")
    now = hashes(grown.root / "data/dataset")
    assert now != then
    grown.run("git", "checkout", "--quiet", "v1")
    grown.run("dvc", "checkout")
    assert hashes(grown.root / "data/dataset") == then
    assert grown.repro() == []
    grown.run("git", "checkout", "--quiet", "main")
    grown.run("dvc", "checkout")
    assert hashes(grown.root / "data/dataset") == now


def test_two_versions_are_compared_by_their_metrics(grown: Clone) -> None:
    changes = json.loads(grown.run("dvc", "metrics", "diff", "v1", "v2", "--json"))
    size = changes["metrics/dataset.json"]["instances"]
    assert size["new"] - size["old"] == size["diff"] > 0


def by_identity(folder: Path) -> dict[tuple[object, ...], dict[str, object]]:
    """Every row of a dataset by part, origin, place and task."""
    rows = [row for shard in sorted(folder.glob("*.parquet")) for row in pq.read_table(shard).to_pylist()]
    return {tuple(row[name] for name in ("part", "origin", "row", "task_id")): row for row in rows}


def differing(old: Path, new: Path) -> dict[str, int]:
    """How many rows entered, left and changed between two folders, by comparing every row with every column."""
    before, after = by_identity(old), by_identity(new)
    changed = sum(before[key] != after[key] for key in before.keys() & after.keys())
    gone, come = len(before.keys() - after.keys()), len(after.keys() - before.keys())
    return {"before": len(before), "after": len(after), "entered": come, "left": gone, "changed": changed}


def test_a_diff_of_two_tags_is_what_comparing_every_row_gives(grown: Clone, built: Clone) -> None:
    found = json.loads(grown.run("sauropod", "diff", "v1", "v2", "--json"))
    assert found["rows"] == differing(built.root / "data/dataset", grown.root / "data/dataset")
    assert [one["dataset"] for one in found["sources"]["entered"]] == sorted(GROWTH)
    assert len(found["same_shards"]) == 3
    for one in found["licenses"].values():
        assert one["after"] - one["before"] == one["change"]


def test_a_past_version_is_exported_as_it_was_then(grown: Clone, built: Clone) -> None:
    grown.run("sauropod", "export", "then.jsonl", "--format", "dynosaur", "--rev", "v1")
    found = [json.loads(line) for line in (grown.root / "then.jsonl").read_text("utf-8").splitlines()]
    rows = by_identity(built.root / "data/dataset").values()
    assert sorted(row["output"] for row in found) == sorted(str(row["output"]) for row in rows)


def test_a_past_version_is_read_from_python(grown: Clone, built: Clone) -> None:
    script = (
        # Its bytes: pyarrow's threads may still hold a Python file when the process ends, which aborts it.
        "import dvc.api, pyarrow as pa, pyarrow.parquet as pq\n"
        "with dvc.api.open('data/dataset/hub-2022-05.parquet', rev='v1', mode='rb') as file:\n"
        "    print(pq.read_table(pa.BufferReader(file.read())).num_rows)"
    )
    rows = len(instances(built, "hub-2022-05.parquet"))
    assert grown.run("python", "-c", script).split()[-1] == str(rows)


def test_push_clone_and_pull_at_the_old_tag_through_s3(
    grown: Clone, built: Clone, bucket: Bucket, tmp_path: Path
) -> None:
    remote = ("dvc", "remote", "add", "--local", "--default", "store", "s3://sauropod/dvc")
    grown.run(*remote)
    grown.run("dvc", "remote", "modify", "--local", "store", "endpointurl", bucket.address)
    grown.run("dvc", "push", "--all-tags", **bucket.env)
    grown.run("git", "clone", "--quiet", str(grown.root), str(tmp_path / "other"))
    other = Clone(tmp_path / "other", {**grown.env, "DVC_SITE_CACHE_DIR": str(tmp_path / "site")})
    other.run("git", "checkout", "--quiet", "v1")
    other.run(*remote)
    other.run("dvc", "remote", "modify", "--local", "store", "endpointurl", bucket.address)
    other.run("dvc", "pull", **bucket.env)
    assert hashes(other.root / "data/dataset") == hashes(built.root / "data/dataset")


def test_a_changed_filter_rule_reruns_no_crawl_and_no_generate(clone: Clone, built: Clone) -> None:
    clone.params(filter__one_output=False)
    done = {name.split("@")[0] for name in clone.repro("merge")}
    assert "filter" in done
    assert not done & {"crawl", "select", "generate"}
    found = json.loads(clone.run("sauropod", "diff", "--json"))
    assert found["rows"] == differing(built.root / "data/dataset", clone.root / "data/dataset")


def test_a_changed_licence_policy_reruns_no_crawl(clone: Clone) -> None:
    clone.params(select__license_unknown=[])
    done = {name.split("@")[0] for name in clone.repro("merge")}
    assert "select" in done
    assert "crawl" not in done


def test_undoing_a_wave_removes_its_rows_and_every_trace(grown: Clone, built: Clone) -> None:
    grown.run("sauropod", "grow", "2022-11", "--undo")
    grown.repro("report")
    assert hashes(grown.root / "data/dataset") == hashes(built.root / "data/dataset")
    assert dataset_metrics(grown) == dataset_metrics(built)
    assert grown.run("git", "diff", "v1", "--stat") == ""
    assert list((grown.root / "data").rglob("*2022-11*")) == []


@pytest.mark.parametrize("key", ["waves", "parts"])
def test_a_wave_half_removed_by_hand_is_refused_until_undone(grown: Clone, key: str) -> None:
    entry = {"waves": '"2022-11"', "parts": "hub/2022-11"}[key]
    file = grown.root / "params.yaml"
    file.write_text("".join(line for line in file.open() if line.strip() != f"- {entry}"), "utf-8")
    said = grown.run("sauropod", "plan", code=3)
    assert "2022-11" in said
    assert "sauropod grow" in said
    said = grown.run("dvc", "repro", code=None)
    assert "2022-11" in said
    assert "failed to reproduce" in said
    grown.run("sauropod", "grow", "2022-11", "--undo")
    grown.repro("merge")
    assert not (grown.root / "data/dataset/hub-2022-11.parquet").exists()


def test_a_deleted_data_folder_comes_back_with_the_same_bytes_whatever_the_hash_seed(clone: Clone) -> None:
    kept = ("data/dataset", "data/mix/all", "data/train/all", "metrics")
    before = {part: hashes(clone.root / part) for part in kept}
    for made in ("data", ".dvc/cache", ".dvc/tmp", ".sauropod"):
        shutil.rmtree(clone.root / made)
    clone.run("git", "checkout", "--quiet", "--", "data")
    clone.repro("train@all", PYTHONHASHSEED="7")
    assert {part: hashes(clone.root / part) for part in kept} == before
    assert clone.run("git", "status", "--porcelain") == ""


def test_a_stage_still_running_after_its_dvc_was_killed_is_not_run_beside(clone: Clone) -> None:
    clone.params(recipes__tiny__steps=100_000)
    first = clone.start("dvc", "repro", "--single-item", "train@all")
    locks = clone.root / ".sauropod/locks"
    shutil.rmtree(locks, ignore_errors=True)

    def held() -> str:
        return "".join(path.read_text() for path in locks.glob("*.lock"))

    until(lambda: bool(held()), first)
    assert first.poll() is None, first.communicate()[0]
    holder = held()
    try:
        # Beside a living dvc, DVC itself refuses the second.
        assert "lock" in clone.run("dvc", "repro", "--single-item", "train@all", code=None).lower()
        first.send_signal(signal.SIGKILL)
        first.wait()
        said = clone.run("dvc", "repro", "--single-item", "train@all", code=None)
        assert f"process {holder}" in said
        assert f"kill {holder}" in said
    finally:
        os.kill(int(holder), signal.SIGKILL)


def test_a_lock_conflict_of_two_growing_branches_ends_with_either_side_and_repro(clone: Clone) -> None:
    clone.run("git", "checkout", "--quiet", "-b", "other")
    clone.run("sauropod", "grow", "2022-12", "--dataset", "qasc")
    clone.repro("merge")
    clone.commit("qasc")
    clone.run("git", "checkout", "--quiet", "main")
    clone.run("dvc", "checkout", "--force")
    clone.run("sauropod", "grow", "2022-11", "--dataset", "circa")
    clone.repro("merge")
    clone.commit("circa")
    clone.run("git", "merge", "other", code=1)
    # Take this side of every conflict; the other branch's wave file merged cleanly, and grow joins it again.
    conflicts = clone.run("git", "diff", "--name-only", "--diff-filter=U").split()
    assert "dvc.lock" in conflicts
    clone.run("git", "checkout", "--ours", "--", *conflicts)
    clone.run("sauropod", "grow", "2022-12")
    done = clone.repro("merge")
    # What the other branch made is in the run cache: nothing of it runs a second time.
    assert [name for name in done if name.endswith("@2022-12")] == []
    assert {"hub-2022-11.parquet", "hub-2022-12.parquet"} <= set(hashes(clone.root / "data/dataset"))
