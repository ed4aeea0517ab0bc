"""Where the instances of a mix stand in the dataset, in arrays, and how their rows are written in the mix's order.

An instance takes some 40 bytes here, so that millions fit. Their rows are never in memory together: they are dealt out
into files by where they belong in the mix, and each file is put in order on its own.
"""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stages.model import work
from stages.model.chance import fraction
from stages.shared.files import batches, parquet_writer
from stages.shared.records import INSTANCES

SLICE = 50_000
"""Rows of the mix in memory while it is written."""

FILES = 64
"""Files that rows are dealt into at a time; each so many slices cost one reading of the dataset."""

WORK = work.WORK / "mix"
"""Where the rows of a mix wait, a folder for each mix; it can be removed when none is being made."""

Numbers = npt.NDArray[Any]


@dataclass(frozen=True)
class Places:
    """Instances of the mix, an entry of each array for one.

    order: what decides where it stands, from 0 up to 1. ids: its id, in UTF-8. tasks: the number of its task in the
    table that gathered it. shards, rows: its file's number and its row there.
    """

    order: Numbers
    ids: Numbers
    tasks: Numbers
    shards: Numbers
    rows: Numbers

    def __len__(self) -> int:
        return len(self.order)

    def at(self, which: Numbers | slice) -> "Places":
        """Some of the instances: those a mask, numbers or a slice name."""
        return Places(self.order[which], self.ids[which], self.tasks[which], self.shards[which], self.rows[which])

    def sorted(self) -> "Places":
        """The instances in the order of the mix; of equals the lower id comes first."""
        return self.at(np.lexsort((self.ids, self.order)))

    def id(self, number: int) -> str:
        """The id of one instance."""
        return _text(self.ids[number])

    def all_ids(self) -> Iterator[str]:
        """The id of every instance, in order."""
        return map(_text, self.ids)


def _text(id: Any) -> str:
    return bytes(id).decode("utf-8", "surrogatepass")


class Gathering:
    """Collects places one by one, and numbers their tasks. `tasks` holds the ids of tasks, by their numbers."""

    def __init__(self, seed: int) -> None:
        """Start empty; the seed decides the order, 0 being the plain one."""
        self.purpose = f"order:{seed}" if seed else "order"
        self.numbers: dict[str, int] = {}
        self._blocks: list[Places] = []
        self._waiting: list[tuple[float, bytes, int, int, int]] = []

    @property
    def tasks(self) -> list[str]:
        """The ids of tasks, by number."""
        return list(self.numbers)

    def add(self, instance_id: str, task_id: str, shard: int, row: int) -> None:
        """Take in an instance."""
        task = self.numbers.setdefault(task_id, len(self.numbers))
        id = instance_id.encode("utf-8", "surrogatepass")
        self._waiting.append((fraction(self.purpose, instance_id), id, task, shard, row))
        if len(self._waiting) == SLICE:
            self._pack()

    def places(self) -> Places:
        """What was taken in since the last time, in the order of the mix."""
        self._pack()
        merged = _merged(self._blocks)
        self._blocks = []
        return merged.sorted()

    def _pack(self) -> None:
        kinds = (np.float64, np.bytes_, np.int32, np.int32, np.int64)
        columns = zip(*self._waiting, strict=True) if self._waiting else [()] * len(kinds)
        self._blocks.append(Places(*(np.array(one, kind) for one, kind in zip(columns, kinds, strict=True))))
        self._waiting = []


def _merged(blocks: Sequence[Places]) -> Places:
    columns = zip(*((one.order, one.ids, one.tasks, one.shards, one.rows) for one in blocks), strict=True)
    return Places(*map(np.concatenate, columns))


def joined(one: Places, other: Places) -> Places:
    """Two lots of instances as one, in the order of the mix."""
    return _merged([one, other]).sorted()


def standing(groups: Numbers) -> Numbers:
    """For each entry how many entries before it are of the same group."""
    by_group = np.argsort(groups, kind="stable")
    ordered = groups[by_group]
    begins = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(ordered) else np.zeros(0, np.int64)
    sizes = np.diff(np.r_[begins, len(ordered)])
    found = np.empty(len(groups), np.int64)
    found[by_group] = np.arange(len(groups)) - np.repeat(begins, sizes)
    return found


def write(path: Path, places: Places, shards: Sequence[Path]) -> None:
    """Write the rows at `places`, in their order, with all that is known of them: licence, terms, source, generator."""
    waiting = WORK / path.parent.as_posix().strip("/").replace("/", "-")
    with parquet_writer(path, INSTANCES) as writer, ExitStack() as stack:
        shutil.rmtree(waiting, ignore_errors=True)
        waiting.mkdir(parents=True)
        stack.callback(shutil.rmtree, waiting, ignore_errors=True)
        for start in range(0, len(places), SLICE * FILES):
            for table in _tables(places.at(slice(start, start + SLICE * FILES)), shards, waiting):
                writer.write_table(table)


def _tables(places: Places, shards: Sequence[Path], waiting: Path) -> Iterator[pa.Table]:
    """The rows at `places`, a slice at a time: dealt out into a file for each slice, then each put in order."""
    files = [waiting / f"{number}.arrow" for number in range(-(-len(places) // SLICE))]
    ranks: list[list[Numbers]] = [[] for _ in files]
    with ExitStack() as stack:
        writers = [stack.enter_context(pa.ipc.new_file(str(file), INSTANCES)) for file in files]
        for batch, rank in _found(places, shards):
            numbers = rank // SLICE
            for number in np.unique(numbers):
                here = np.flatnonzero(numbers == number)
                writers[number].write_batch(batch.take(pa.array(here)))
                ranks[number].append(rank[here])
    for file, rank_lists in zip(files, ranks, strict=True):
        with pa.OSFile(str(file)) as source:
            table = pa.ipc.open_file(source).read_all()
            yield table.take(pa.array(np.argsort(np.concatenate(rank_lists))))
        file.unlink()


def _found(places: Places, shards: Sequence[Path]) -> Iterator[tuple[pa.RecordBatch, Numbers]]:
    """The rows at `places` as they lie in the dataset, with where each belongs."""
    for number, path in enumerate(shards):
        rank = np.flatnonzero(places.shards == number)
        rank = rank[np.argsort(places.rows[rank])]
        rows = places.rows[rank]
        offset = 0
        for batch in batches(path) if len(rank) else ():
            begin, end = np.searchsorted(rows, (offset, offset + batch.num_rows))
            if begin < end:
                yield batch.take(pa.array(rows[begin:end] - offset)), rank[begin:end]
            offset += batch.num_rows
