"""The second of merge's two readings: the shards of the dataset, and why each other row is not in one."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from tqdm import tqdm

from stages.dataset import dedup, survey
from stages.dataset.dedup import Decision
from stages.dataset.findings import Findings
from stages.dataset.inventory import Inventory
from stages.dataset.partfiles import PartFiles
from stages.dataset.survey import Survey
from stages.shared import files
from stages.shared.ledger import Ledger
from stages.shared.records import INSTANCES

STATISTICS = ["license", "terms", "taskname", "generator", "language"]
"""Columns whose minima and maxima each row group keeps, so that a reader can pass over what it does not want."""


@dataclass(frozen=True)
class Books:
    """Where every instance is entered."""

    ledger: Ledger
    inventory: Inventory
    findings: Findings


def write(
    folder: Path, sources: Sequence[PartFiles], seen: Survey, decision: Decision, books: Books, group: int
) -> None:
    """Write the shard of each part into the folder, in row groups of `group` rows."""
    for number, source in enumerate(sources):
        with files.parquet_writer(folder / source.shard, INSTANCES, STATISTICS) as writer:
            for table in regrouped(kept(number, sources, seen, decision, books), group):
                writer.write_table(table, row_group_size=group)


def kept(
    number: int, sources: Sequence[PartFiles], seen: Survey, decision: Decision, books: Books
) -> Iterator[pa.RecordBatch]:
    """Yield what part `number` adds to the dataset, entering every instance in the books."""
    source, row = sources[number], seen.starts[number]
    batches = survey.read_batches(source.id, source.instances)
    for batch in tqdm(batches, desc=f"merge {source.id}", unit="batch", delay=5):
        fates = decision.fate[row : row + batch.num_rows]
        result = batch.filter(pa.array(fates == dedup.KEPT))
        books.ledger.read("instances", batch.num_rows)
        books.ledger.keep("instances", result.num_rows)
        for place in np.flatnonzero(fates != dedup.KEPT).tolist():
            id, origin, place_in = (batch.column(name)[place].as_py() for name in ("instance_id", "origin", "row"))
            here = f"{source.id} {origin} {place_in}"
            refused = seen.refused.get(row + place)
            if refused is None:
                detail = f"{gives_way(row + place, sources, seen, decision)}; this one: {here}"
                books.ledger.drop("instances", id, dedup.REASONS[fates[place]], detail)
            else:
                books.ledger.drop("instances", id, refused.reason, f"{refused.detail}; this one: {here}")
                books.findings.add(source.id, id, refused)
        books.inventory.add(result)
        row += batch.num_rows
        yield result


def gives_way(row: int, sources: Sequence[PartFiles], seen: Survey, decision: Decision) -> str:
    """Which row of the dataset a duplicate gives way to, in words."""
    first = int(decision.first[row])
    shard = sources[dedup.part_of(seen, first)].shard
    same = seen.instances[first] == seen.instances[row]
    return f"{shard} has it" if same else f"{shard} has it as {int(seen.instances[first]):016x}"


def regrouped(batches: Iterable[pa.RecordBatch], size: int) -> Iterator[pa.Table]:
    """Cut batches anew into tables of `size` rows, the last one smaller, so that only the rows decide on the bytes."""
    held = INSTANCES.empty_table()
    for batch in batches:
        held = pa.concat_tables([held, pa.Table.from_batches([batch])])
        while held.num_rows >= size:
            yield held.slice(0, size).combine_chunks()
            held = held.slice(size)
    if held.num_rows:
        yield held.combine_chunks()
