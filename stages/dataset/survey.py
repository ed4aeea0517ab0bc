"""The first of merge's two readings: what it must know of every instance to tell which ones the dataset keeps.

Of each instance that is some 170 bytes in memory, and in a file without a name what a closer look needs. What is said
of a row hangs on the row alone, so parts are read in several processes.
"""

import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
from tqdm import tqdm

from stages.dataset import contamination, near, usage, wording
from stages.dataset.inventory import dataset_of, kind
from stages.dataset.near import NearParams
from stages.dataset.usage import Use
from stages.dataset.wording import Hashes, Places, Words
from stages.shared import files, workers
from stages.shared.errors import InputError
from stages.shared.records import INSTANCES, instance_id
from stages.shared.sources import Sources

BATCH_ROWS = 1000
"""Instances read at once."""

MANY = 20_000
"""Instances from which on several processes are faster than one."""

COLUMNS = [
    "instance_id",
    "instruction",
    "input",
    "output",
    "messages",
    "license",
    "terms",
    "part",
    "origin",
    "taskname",
]


@dataclass(frozen=True)
class Policy:
    """What may be in the dataset. dropped: datasets that may not. texts: of benchmarks, None where none are looked for.

    sources: what a benchmark was made from, None where that may stay.
    """

    use: Use
    dropped: frozenset[str]
    near: NearParams | None
    texts: contamination.Index | None
    sources: Sources | None = None


@dataclass(frozen=True)
class Refused:
    """A row that the policy leaves out. holds: the benchmark and the text of it that stands in the row, if any."""

    row: int
    reason: str
    detail: str
    holds: tuple[str, str] | None = None


@dataclass(frozen=True)
class Batch:
    """What was seen of some rows. questions: a hash of instruction and input, 0 for a dialogue."""

    instances: Hashes
    questions: Hashes
    looked: near.Looked
    refused: tuple[Refused, ...]


@dataclass(frozen=True)
class Survey:
    """What was seen of all rows, which are numbered over all parts in their order.

    same: equal where two say the same but for case, marks and layout. places: of their records in the file, counted in
    numbers of 32 bits: shape (rows + 1,). starts: the first row of each part, and how many rows there are.
    """

    instances: Hashes
    questions: Hashes
    same: Hashes
    bands: Hashes
    places: Places
    file: int
    refused: dict[int, Refused]
    starts: tuple[int, ...]


def read_batches(
    id: str, path: Path, groups: Sequence[int] | None = None, schema: pa.Schema = INSTANCES
) -> Iterator[pa.RecordBatch]:
    """Yield the instances of a part in batches, or its pairs by another schema; raise InputError where the file is
    damaged or is another part's.
    """
    file = files.open_parquet(path, schema.names)
    remedy = f"run the stage that writes it again, or correct the lines of {id} in dvc.yaml"
    if not file.schema_arrow.equals(schema):
        raise InputError("the schema that its stage writes", str(file.schema_arrow), str(path), remedy)
    try:
        for batch in file.iter_batches(BATCH_ROWS, row_groups=groups, columns=schema.names):
            others = sorted(set(batch.column("part").to_pylist()) - {id})
            if others:
                raise InputError(f"rows of {id}", others[0], str(path), remedy)
            yield batch
    except (pa.ArrowException, OSError) as error:
        raise InputError("whole Parquet data", str(error), str(path), remedy) from error


def seen(batch: pa.RecordBatch, policy: Policy) -> Batch:
    """What there is to know of a batch; raise InputError where an instance_id is not that of its content."""
    rows = batch.select(COLUMNS).to_pylist()
    words = wording.read([piece for row in rows for piece in near.pieces(row)])
    refused = refusals(rows, words, policy)
    return Batch(
        np.array([_checked(row) for row in rows], np.uint64),
        np.array([_question(row) for row in rows], np.uint64),
        near.look(words, policy.near),
        tuple(refused[row] for row in sorted(refused)),
    )


def refusals(rows: Sequence[dict[str, Any]], words: Words | None, policy: Policy, each: int = 1) -> dict[int, Refused]:
    """Why rows may not be in the dataset, by their places: for what they are from and under, or for what they hold.

    words: the pieces of the rows, those of `each` instances for a row; None where no text is looked for.
    """
    refused = {place: found for place, row in enumerate(rows) if (found := refusal(place, row, policy))}
    if policy.texts is not None and words is not None:
        for instance, item, how in contamination.find(words, policy.texts):
            row, holds = instance // each, policy.texts.names[item]
            refused.setdefault(row, Refused(row, "contaminated", f"{' '.join(holds)} ({how})", holds))
    return refused


def refusal(place: int, row: dict[str, Any], policy: Policy) -> Refused | None:
    """Why a row may not be in the dataset, by where it is from and what it is under."""
    dataset = dataset_of(row["part"], row["origin"])
    if policy.dropped and (name := forgotten(row, dataset, policy.dropped)):
        return Refused(place, "forgotten", name)
    if policy.sources is not None and policy.sources.made(row):
        return Refused(place, "benchmark-source", dataset)
    reason = usage.unfit(row["license"], row["terms"], policy.use)
    if reason:
        return Refused(place, reason, f"licence {row['license'] or 'none'}, terms {row['terms'] or 'none'}")
    return None


def forgotten(row: Mapping[str, Any], dataset: str, dropped: Collection[str]) -> str:
    """Which of the forgotten datasets a row (its part and taskname) is from, "" for none.

    A corpus may hold rows that others made of a hub dataset, which they tell as their taskname, `dataset` or
    `dataset-config`.
    """
    if dataset in dropped:
        return dataset
    task = row["taskname"]
    if kind(row["part"]) != "corpus" or task == dataset:
        return ""
    return next((name for name in sorted(dropped) if task == name or task.startswith(f"{name}-")), "")


def _checked(row: dict[str, Any]) -> int:
    id = instance_id(row["instruction"], row["input"], row["output"], row["messages"])
    if id != row["instance_id"]:
        raise InputError(
            f"instance_id {id}, the hash of the content",
            repr(row["instance_id"]),
            f"an instance that begins {row['instruction'][:40]!r}",
            "run the stage that wrote it again",
        )
    return int(id, 16)


def _question(row: dict[str, Any]) -> int:
    if row["messages"] is not None:
        return 0
    text = f"{row['instruction']}\0{row['input']}".encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "little") or 1


@contextmanager
def taken(parts: Sequence[tuple[str, Path]], policy: Policy, folder: Path) -> Iterator[Survey]:
    """Give the survey of all parts, in their order; its file is made in `folder` and is gone after the block."""
    opened = [files.open_parquet(path).metadata for _, path in parts]
    jobs = [(number, group) for number, one in enumerate(opened) for group in range(one.num_row_groups)]
    many = sum(one.num_rows for one in opened) >= MANY

    def work(job: tuple[int, int]) -> Iterator[tuple[int, Batch]]:
        number, group = job
        for batch in read_batches(*parts[number], [group]):
            yield number, seen(batch, policy)

    for id, path in parts:
        next(read_batches(id, path, []), None)  # the schema of a part without a row is checked too
    with (
        tempfile.TemporaryFile(dir=folder) as file,
        workers.mapped(work, jobs, workers.usable() if many else 1) as found,
    ):
        yield _joined(found, len(parts), file)


def _joined(found: Iterator[tuple[int, Batch]], parts: int, file: IO[bytes]) -> Survey:
    counts = [0] * parts
    batches: list[Batch] = []
    refused: dict[int, Refused] = {}
    rows = 0
    for number, batch in tqdm(found, desc="read", unit="batch", delay=5):
        refused |= {rows + one.row: one for one in batch.refused}
        counts[number] += len(batch.instances)
        rows += len(batch.instances)
        file.write(batch.looked.records)
        # The records are in the file now; keeping them would hold the whole data.
        batches.append(Batch(batch.instances, batch.questions, batch.looked._replace(records=b""), ()))
    file.flush()
    empty = np.empty(0, np.uint64)
    sizes = np.concatenate([np.zeros(1, np.int64), *(one.looked.sizes for one in batches)])
    bands = [one.looked.bands for one in batches]
    return Survey(
        np.concatenate([empty, *(one.instances for one in batches)]),
        np.concatenate([empty, *(one.questions for one in batches)]),
        np.concatenate([empty, *(one.looked.same for one in batches)]),
        np.concatenate(bands) if bands else np.empty((0, 0), np.uint64),
        np.cumsum(sizes),
        file.fileno(),
        refused,
        tuple(np.cumsum([0, *counts]).tolist()),
    )
