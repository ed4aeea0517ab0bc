"""Parts to merge: files as the stages before merge write them, and a run of merge over them."""

import argparse
import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from stages.dataset import merge
from stages.shared import files
from stages.shared.costs import Asked
from stages.shared.parts import KINDS
from stages.shared.records import INSTANCES, PAIRS, Card, Task, Usage, instance_id

Row = dict[str, Any]


def row(instruction: str, input: str = "", output: str = "yes", **others: Any) -> Row:
    """An instance of INSTANCES but for its part, which is set when it is written."""
    messages = others.get("messages")
    return {
        "instance_id": instance_id(instruction, input, output, messages),
        "instruction": instruction,
        "input": input,
        "output": output,
        "messages": messages,
        "license": "mit",
        "terms": "",
        "website": "https://example.org/glue",
        "taskname": "glue-cola",
        "task_id": "t1",
        "origin": "glue:cola",
        "revision": "r1",
        "row": "train:0",
        "generator": "template:rules-1",
        "language": "en",
        **others,
    }


def task(id: str) -> Task:
    return Task(
        task_id=id,
        taskname="glue-cola",
        setting="aware",
        instruction=f"Do {id}.",
        input_fields=("sentence",),
        output_field=("label",),
        license="apache-2.0",
        answer_key="k",
        generator="template:rules-1",
    )


def card(dataset: str) -> Card:
    return Card(
        taskname=dataset,
        dataset=dataset,
        config="x",
        revision="r1",
        website="https://example.org",
        license="mit",
        license_found="license: MIT License",
        languages=("en",),
        task_categories=(),
        task_ids=(),
        summary="",
        supported_tasks="",
        data_fields="",
        features={},
        splits={},
        languages_detected=(),
    )


def asked(cost: float | None = 0.0, **changes: Any) -> Asked:
    """What was asked for one wave: two answers, at `cost`."""
    known: dict[str, Any] = {
        "answers": 2,
        "asked_again": 0,
        "tokens": Usage(input=1000, cached_input=400, output=500),
        "without_usage": 0,
        "cost_usd": cost,
        "prices_as_of": "2026-06",
        "proposed_tasks": 4,
        "tokens_per_proposed_task": 375.0,
        "usd_per_proposed_task": None,
    }
    return Asked(**{**known, **changes})


def write_part(
    folder: Path, part: str, rows: Sequence[Row], tasks: Sequence[str] | None = None, cost: float | None = 0.0
) -> None:
    """Write instances.parquet of a part and, for a wave, tasks.jsonl (the tasks named or those of the rows) and the
    metrics of what was asked for it.
    """
    folder.joinpath(part).mkdir(parents=True)
    table = pa.Table.from_pylist([{**row, "part": part} for row in rows], INSTANCES)
    pq.write_table(table, folder / part / "instances.parquet")
    ids = list(dict.fromkeys(row["task_id"] for row in rows)) if tasks is None else tasks
    files.write_jsonl(folder / part / "tasks.jsonl", [task(id) for id in ids])
    files.write_json(folder / part / "generate.json", {"asked": asked(cost).model_dump()})
    datasets = dict.fromkeys(row["origin"].partition(":")[0] for row in rows)
    files.write_jsonl(folder / part / "cards.jsonl", [card(dataset) for dataset in datasets])
    pq.write_table(pa.Table.from_pylist([], PAIRS), folder / part / "pairs.parquet")
    (folder / part / "corpus.yaml").write_text("license: MIT License\ncitation: 'Ann: A corpus. 2023'\n", "utf-8")


DESCRIBED = {"hub": "cards.jsonl", "corpus": "corpus.yaml"}
"""What describes the sources of a part, by its kind."""

NEAR: dict[str, Any] = {
    "threshold": 0.8,
    "words": 3,
    "instructions": 0.8,
    "permutations": 128,
    "bands": 16,
    "seed": 1,
}
"""`merge.near` of these tests."""

RULES: dict[str, Any] = {"use": "all", "drop": [], "near": NEAR, "contamination": None, "exclude_sources_of": None}
"""`merge` of these tests, but for the size of row groups: no benchmark is looked for."""


def write_params(folder: Path, parts: Sequence[str], size: int, **rules: Any) -> None:
    """Write the params.yaml that merge reads; `rules` stand in for those of RULES."""
    of = {kind: [part.partition("/")[2] for part in parts if part.startswith(kind)] for kind in KINDS}
    sections = {
        "parts": list(parts),
        **{key: of[kind] for kind, key in KINDS.items()},
        "merge": {**RULES, "row_group_size": size, **rules},
    }
    (folder / "params.yaml").write_text(yaml.safe_dump(sections), "utf-8")


def run(
    folder: Path, parts: Sequence[str], out: Path, size: int = 1000, rules: Row | None = None, **paths: Any
) -> Path:
    """Merge parts that were written to `folder`; `paths` stand in for single options. Return the dataset's folder."""
    out.mkdir(parents=True)
    write_params(out, parts, size, **(rules or {}))
    options = {
        "part": [(part, folder / part / "instances.parquet") for part in parts],
        "tasks": [(part, folder / part / "tasks.jsonl") for part in parts if part.startswith("hub/")],
        "pairs": [(part, folder / part / "pairs.parquet") for part in parts if part.startswith("corpus/")],
        "asked": [(part, folder / part / "generate.json") for part in parts if part.startswith("hub/")],
        "described": [(part, folder / part / DESCRIBED[part.partition("/")[0]]) for part in parts],
        "benchmarks": out,
        "dataset": out / "dataset",
        "kept_pairs": out / "pairs",
        "dropped": out / "dropped.jsonl",
        "metrics": out / "dataset.json",
        **paths,
    }
    with contextlib.chdir(out):
        merge.main(argparse.Namespace(**options))
    return out / "dataset"
