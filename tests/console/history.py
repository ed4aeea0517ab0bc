"""A repository with two versions of real instances: git and DVC as they are, merge and summarize played."""

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dvc.repo import Repo

from stages.shared.records import INSTANCES, digest, instance_id
from tests.clone import Clone, environment
from tests.house import ROOT

SEEDS = ROOT / "data/sources/corpora/self-instruct-seeds.jsonl"
HOSTILE = "<script>alert(1)</script> | `x` ```` \x1b[31m\u202e @somebody #1\n| a |"


def seeds(part: str) -> list[dict[str, Any]]:
    """Self-Instruct's seeds as instances of a part."""
    found = []
    for number, line in enumerate(SEEDS.read_text("utf-8").splitlines()):
        task = json.loads(line)
        row = {"instruction": task["instruction"], **task["instances"][0], "messages": None, "license": "apache-2.0"}
        row |= {"terms": "", "website": "w", "taskname": "seeds", "task_id": digest([part, number]), "part": part}
        row |= {"origin": task["id"], "revision": "1", "row": f"{number}:0", "generator": "human", "language": "en"}
        found.append({**row, "instance_id": instance_id(row["instruction"], row["input"], row["output"])})
    return found


def write(shards: dict[str, list[dict[str, Any]]], **scores: float) -> None:
    """A version: shards, and the metrics that merge and summarize would have written."""
    folder = Path("data/dataset")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    Path("metrics").mkdir(exist_ok=True)
    for part, rows in shards.items():
        table = pa.Table.from_pylist(rows, INSTANCES)
        pq.write_table(table, folder / f"{part.replace('/', '-')}.parquet", row_group_size=50)
    everything = [row for rows in shards.values() for row in rows]
    licenses = [row["license"] or "none" for row in everything]
    counts = {
        "instances": len(everything),
        "parts": {part: {"instances": len(rows)} for part, rows in shards.items()},
        "licenses": {name: licenses.count(name) for name in licenses},
    }
    Path("metrics/dataset.json").write_text(json.dumps(counts), "utf-8")
    (folder / "README.md").write_text(f"# {len(everything)} instances\n", "utf-8")
    analysis = {"verbs": {"unique_pairs": len(shards)}, "languages": {"en": len(everything)}}
    Path("metrics/analyze.json").write_text(json.dumps(analysis), "utf-8")
    Path("metrics/evaluate.json").write_text(json.dumps({"all": {"superni": scores}}), "utf-8")


def keep() -> None:
    """Give the dataset to DVC."""
    with Repo(".") as repo:
        repo.add("data/dataset")


def two_versions(root: Path) -> Path:
    """v1: one part. v2: another joined; five rows of the first left, two changed, one licence changed."""
    clone = Clone(root, environment(root))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        clone.run("git", "init", "--quiet", "--initial-branch", "main")
        Repo.init(str(root)).close()
        first = seeds("corpus/one")
        write({"corpus/one": first}, rougeL=1.5)
        keep()
        clone.commit("One", tag="v1")
        rows = [dict(row) for row in first[5:]]
        for row, text in zip(rows[:2], ("Another answer.", HOSTILE), strict=True):
            row["output"] = f"{row['output']} {text}"
            row["instance_id"] = instance_id(row["instruction"], row["input"], row["output"])
        rows[3]["license"] = ""
        write({"corpus/one": rows, "corpus/two": seeds("corpus/two")[:30]}, rougeL=2.0)
        keep()
        clone.commit("Two", tag="v2")
    return root
