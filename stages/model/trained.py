"""What a run was trained on, kept beside the model: the ids behind replay and behind the promise of the holdout."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from sys import intern

import pyarrow as pa

from stages.model.shards import rows
from stages.shared.files import parquet_writer

FILE = "trained_on.parquet"

SCHEMA = pa.schema(
    [
        pa.field("instance_id", pa.string(), nullable=False),
        pa.field("task_id", pa.string(), nullable=False),
        pa.field("part", pa.string(), nullable=False),
        pa.field("stage", pa.int64(), nullable=False),
    ]
)
"""Instances that training saw; stage counts the runs that built on each other: 0 saw it first where it says 0."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An instance that training saw, and the stage that saw it first."""

    instance_id: str
    task_id: str
    part: str
    stage: int


def read_trained(model: Path) -> list[Seen]:
    """What a trained model has seen, in the order it was written; nothing for a model that is yet to be made."""
    file = model / FILE
    if model.is_file() or not file.exists():
        return []
    # Tasks and parts are few, instances many: each name is held once.
    named = (tuple(row.values()) for row in rows(file, SCHEMA.names))
    return [Seen(instance_id, intern(task_id), intern(part), stage) for instance_id, task_id, part, stage in named]


def write_trained(model: Path, earlier: list[Seen], now: Iterable[tuple[str, str, str]]) -> int:
    """Write what earlier stages saw and what this one adds (instance_id, task_id, part); return how many in all."""
    found = list(_joined(earlier, now))
    columns = {name: [getattr(seen, name) for seen in found] for name in SCHEMA.names}
    with parquet_writer(model / FILE, SCHEMA) as writer:
        writer.write_table(pa.table(columns, SCHEMA))
    return len(found)


def _joined(earlier: list[Seen], now: Iterable[tuple[str, str, str]]) -> Iterator[Seen]:
    yield from earlier
    known = {seen.instance_id for seen in earlier}
    stage = max((seen.stage for seen in earlier), default=-1) + 1
    for instance_id, task_id, part in sorted(now):
        if instance_id not in known:
            known.add(instance_id)
            yield Seen(instance_id, task_id, part, stage)
