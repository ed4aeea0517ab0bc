"""A small dataset of real texts, and stages of the model route run in a folder of their own."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from stages.shared.records import INSTANCES, instance_id

PARAMS: dict[str, Any] = {
    "parts": ["hub/one", "hub/two"],
    "waves": ["one", "two"],
    "domains": [],
    "corpora": [],
    "mix": {
        "exclude_sources_of": "superni-test",
        "per_task": None,
        "seed": 0,
        "replay": {"strategy": "none", "scope": "last", "tasks": 4, "per_task": 3, "examples": 8, "seed": 1},
        "embedder": {"model": "lexical", "revision": None},
        "validation": 0.1,
    },
    "train": {"threads": 1},
    "recipes": {
        "tiny": {
            "format": "bytes",
            "max_length": None,
            "source_length": None,
            "target_length": None,
            "packing": False,
            "epochs": None,
            "steps": 5,
            "passes": 10,
            "batch": 8,
            "micro_batch": 8,
            "learning_rate": 4e-3,
            "schedule": "linear",
            "warmup": 2,
            "weight_decay": 0.01,
            "clip": 1.0,
            "precision": "fp32",
            "lora": None,
            "gradient_checkpointing": False,
            "save_every": None,
            "seed": 1,
            "log_every": 3,
            "validation_instances": 8,
        },
    },
    "predict": {"batch": 16, "threads": 1, "new_ids": 8},
    "evaluate": {"baselines": ["copy_input", "copy_demonstration"]},
    "summarize": {"metric": "rougeL", "floor": "copy_input"},
    "runs": {
        "first": {"init": "tiny.yaml", "recipe": "tiny", "parts": ["hub/one"]},
        "second": {"init": "trained", "recipe": "tiny", "parts": ["hub/two"]},
        "all": {"init": "tiny.yaml", "recipe": "tiny", "parts": "all"},
    },
    "benchmarks": {
        "superni": {"kind": "superni", "per_task": 3, "positive_examples": 0},
        "holdout": {"kind": "holdout", "share": 0.2, "per_part": 5},
    },
    "models": {"first": {"from": "data/train/first"}},
    "measures": {
        "first-superni": {"from": "data/train/first", "benchmark": "superni", "reads": "superni"},
        "first-holdout": {"from": "data/train/first", "benchmark": "holdout", "reads": "dataset"},
    },
}

TINY = {
    "kind": "configuration",
    "seed": 1,
    "encoding": {"source_bytes": 48, "target_bytes": 16, "instruction_share": 0.6},
    "t5": {
        "d_model": 16,
        "d_kv": 8,
        "d_ff": 32,
        "num_layers": 1,
        "num_decoder_layers": 1,
        "num_heads": 2,
        "relative_attention_num_buckets": 8,
        "relative_attention_max_distance": 16,
        "dropout_rate": 0.1,
        "feed_forward_proj": "gated-gelu",
    },
}


def instance(instruction: str, input: str, output: str, part: str, origin: str, task_id: str) -> dict[str, Any]:
    """One row of a shard."""
    return {
        "instance_id": instance_id(instruction, input, output),
        "instruction": instruction,
        "input": input,
        "output": output,
        "messages": None,
        "license": "apache-2.0",
        "terms": "",
        "website": "",
        "taskname": origin.split(":", maxsplit=1)[0],
        "task_id": task_id,
        "part": part,
        "origin": origin,
        "revision": "r1",
        "row": "train:0",
        "generator": "human",
        "language": "en",
    }


def write_shard(dataset: Path, part: str, rows: list[dict[str, Any]]) -> Path:
    """Write a part's shard and return its path."""
    dataset.mkdir(parents=True, exist_ok=True)
    path = dataset / f"{part.replace('/', '-')}.parquet"
    pq.write_table(pa.Table.from_pylist(rows, INSTANCES), path, compression="zstd")
    return path


@pytest.fixture
def road(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, repository: Path, seed_rows: list[tuple[str, str, str]]
) -> Path:
    """A folder with params.yaml, a dataset of two parts, a model to make and the table of sources."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(PARAMS, sort_keys=False), "utf-8")
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(TINY), "utf-8")
    for number, part in enumerate(("hub/one", "hub/two")):
        rows = [
            instance(*texts, part=part, origin=f"{('banking77', 'glue')[at % 20 == 0]}:c", task_id=f"{part}:{at % 9}")
            for at, texts in enumerate(seed_rows[number::2])
        ]
        write_shard(tmp_path / "dataset", part, rows)
    table = repository / "data/sources/benchmarks/superni-test-sources.yaml"
    (tmp_path / "sources.yaml").write_bytes(table.read_bytes())
    (tmp_path / "superni").symlink_to(repository / "data/sources/benchmarks/superni")
    return tmp_path


@pytest.fixture
def change(road: Path) -> Callable[..., None]:
    """Change params.yaml: `change("mix", replay=0.5)`."""

    def apply(section: str, **values: Any) -> None:
        path = road / "params.yaml"
        found = yaml.safe_load(path.read_text("utf-8"))
        target = found
        for word in section.split("."):
            target = target[word]
        target.update(values)
        path.write_text(yaml.safe_dump(found, sort_keys=False), "utf-8")

    return apply


def options(**values: Any) -> argparse.Namespace:
    """What a stage's main is given: paths, words and named paths."""
    return argparse.Namespace(**values)
