"""The instances of a mix as a model sees them, written down once: every pass and every process reads the same ids.

To make ids takes far longer than to read them, most of all with a chat template. The file is work in progress
(work.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from stages.model.batches import Example
from stages.model.coding import answer_bytes, learned
from stages.model.network import Model
from stages.model.shards import rows
from stages.model.tokenizing import Tokens
from stages.shared.errors import InputError
from stages.shared.files import batches, parquet_writer

COLUMNS = ("instance_id", "task_id", "part", "instruction", "input", "output", "messages")

SCHEMA = pa.schema(
    [
        *(pa.field(name, pa.string(), nullable=False) for name in ("instance_id", "task_id", "part", "reason")),
        *(pa.field(name, pa.list_(pa.int32()), nullable=False) for name in ("ids", "labels")),
        *(pa.field(name, pa.int64(), nullable=False) for name in ("left_out", "bytes")),
    ]
)
"""An instance of the mix. reason: why the model can't hold it, "" where it can; then the rest is that of an Example."""

BATCH_ROWS = 256
"""Instances in memory at a time."""


@dataclass(frozen=True)
class Survey:
    """What a recipe can hold of a mix. instances: all of them. usable: those it can hold. shortened: how many of these
    are seen in part.
    """

    instances: int
    usable: int
    shortened: int


def prepare(mix: Path, model: Model, file: Path) -> None:
    """Write the instances of a mix as the ids of a model, in the order of the mix; nothing is done where that is there.

    Raises InputError where the model's tokenizer can't hold its format.
    """
    if file.exists():
        return
    with parquet_writer(file, SCHEMA) as writer:
        held: list[dict[str, Any]] = []
        for row, found in _learned(mix, model):
            told = {name: row[name] for name in ("instance_id", "task_id", "part")}
            if isinstance(found, str):
                held.append({**told, "reason": found, "ids": [], "labels": [], "left_out": 0, "bytes": 0})
            else:
                ids = {"ids": found.ids, "labels": found.labels, "left_out": found.left_out}
                held.append({**told, "reason": "", **ids, "bytes": answer_bytes(model, found)})
            if len(held) == BATCH_ROWS:
                writer.write_table(pa.Table.from_pylist(held, SCHEMA))
                held = []
        writer.write_table(pa.Table.from_pylist(held, SCHEMA))


def survey(file: Path, mix: Path) -> Survey:
    """What a model can hold of a prepared mix; raise InputError where that is nothing. mix: for errors."""
    instances = usable = shortened = 0
    reasons = set[str]()
    for row in rows(file, ("reason", "left_out")):
        instances += 1
        usable += not row["reason"]
        shortened += row["left_out"] > 0
        reasons.add(row["reason"])
    if not instances:
        raise InputError("at least one instance", "none", str(mix), "give the run parts that hold some (runs)")
    if not usable:
        came = f"none ({', '.join(sorted(reasons))})"
        raise InputError("at least one instance that the recipe can hold", came, str(mix), "raise its lengths")
    return Survey(instances, usable, shortened)


def examples(file: Path) -> Iterator[Example]:
    """The instances of a prepared mix that the model can hold, in order."""
    for batch in batches(file, ("instance_id", "reason", "ids", "labels", "left_out", "bytes")):
        for start in range(0, batch.num_rows, BATCH_ROWS):
            for row in batch.slice(start, BATCH_ROWS).to_pylist():
                if not row["reason"]:
                    yield Example(row["instance_id"], Tokens(row["ids"], row["labels"], row["left_out"]), row["bytes"])


def made(mix: Path, model: Model) -> Iterator[Example]:
    """The instances of a mix that the model can hold, made as they are asked for."""
    for row, found in _learned(mix, model):
        if not isinstance(found, str):
            yield Example(row["instance_id"], found, answer_bytes(model, found))


def _learned(mix: Path, model: Model) -> Iterator[tuple[dict[str, Any], Tokens | str]]:
    """Each row of a mix with its ids, or the reason word."""
    write = learned(model)
    for row in rows(mix, COLUMNS):
        yield row, write(row)
